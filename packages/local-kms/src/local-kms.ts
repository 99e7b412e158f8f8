/**
 * A KMS in this process, with a client for each Region.
 *
 * @module
 */

import { type Fault, faultBox, type KmsCall } from './fault.ts'
import type { Input } from './input.ts'
import { openKeyStore } from './key-store.ts'
import type { Operation } from './operation.ts'
import type { KmsOperations, OperationName } from './operation-types.ts'
import { operationNames, operations } from './operations.ts'
import { isRegionName } from './region.ts'

/** Where keys are kept, whose they are, and what goes wrong. */
export interface LocalKmsOptions {
  /** Where keys are kept: made if it is not there. Without one, keys are gone with the process. */
  readonly keyFile?: string
  /** 12 digits. Default: those of the key file, or 111122223333. */
  readonly accountId?: string
  /** The Region of keys that are named without one. Default: us-east-1. */
  readonly defaultRegion?: string
  /** What goes wrong, from the start. */
  readonly faults?: Iterable<Fault>
  /** Told of every call, before it is answered. */
  readonly onCall?: (call: KmsCall) => void
}

/** How a call is made. */
export interface LocalKmsCallOptions {
  readonly abortSignal?: AbortSignal
}

type Method<Name extends OperationName> =
  Record<string, never> extends KmsOperations[Name]['input']
    ? (input?: KmsOperations[Name]['input'], options?: LocalKmsCallOptions) => Promise<KmsOperations[Name]['output']>
    : (input: KmsOperations[Name]['input'], options?: LocalKmsCallOptions) => Promise<KmsOperations[Name]['output']>

/** The methods of `KMS` in `@aws-sdk/client-kms`, as far as they are here: `generateDataKey`, `decrypt` and others. */
export type LocalKmsClient = { readonly [Name in OperationName as Uncapitalize<Name>]: Method<Name> }

/** A KMS in this process. */
export interface LocalKms {
  readonly accountId: string
  /** The Regions that have keys, in the order of their names. */
  regions(): readonly string[]
  /**
   * The client of a Region; always the same one.
   *
   * @throws TypeError - no name of a Region
   */
  client(region: string): LocalKmsClient
  /** The same, as keyrings take it: for a key without a Region it is the client of the default one. */
  readonly clientFor: (region: string | undefined) => LocalKmsClient
  /** Make calls go wrong from now on. Gives what ends that. */
  inject(fault: Fault): () => void
  /** Make a call by its name; for servers. The answer is as the faults have left it. */
  call(call: KmsCall, options?: LocalKmsCallOptions): Promise<unknown>
}

/**
 * A KMS in this process. It protects nothing: whoever reads the memory or the key file has the keys.
 *
 * @throws TypeError - no account, no Region
 * @throws KeyFileError - the key file holds something else
 */
export function localKms(options: LocalKmsOptions = {}): LocalKms {
  const { defaultRegion = 'us-east-1', onCall } = options
  checkRegion(defaultRegion)
  const store = openKeyStore(options)
  const faults = faultBox(options.faults ?? [])
  const clients = new Map<string, LocalKmsClient>()

  async function call(request: KmsCall, { abortSignal: signal }: LocalKmsCallOptions = {}): Promise<unknown> {
    throwIfAborted(signal)
    const { operation, region, input } = request
    onCall?.(request)
    const operate: Operation<OperationName> = operations[operation]
    const answer = faults.meet(request, signal, async () => operate({ store, region }, input))
    try {
      return await answer
    } finally {
      throwIfAborted(signal)
    }
  }

  function client(region: string): LocalKmsClient {
    checkRegion(region)
    const known = clients.get(region) ?? newClient(region)
    clients.set(region, known)
    return known
  }

  function newClient(region: string): LocalKmsClient {
    const methods = operationNames.map((operation) => {
      const method = (input: Input = {}, callOptions?: LocalKmsCallOptions) =>
        call({ operation, region, input: copyOf(input) }, callOptions)
      return [operation.charAt(0).toLowerCase() + operation.slice(1), method]
    })
    return Object.freeze(Object.fromEntries(methods)) as LocalKmsClient
  }

  return {
    accountId: store.read().accountId,
    regions: () => [...new Set(store.read().keys.flatMap((key) => key.residences.map(({ region }) => region)))].sort(),
    client,
    clientFor: (region) => client(region ?? defaultRegion),
    inject: faults.add,
    call,
  }
}

/** The caller may zero its bytes when the call is made, and change its objects. */
function copyOf(input: Input): Input {
  return Object.fromEntries(
    // A clone of a Buffer would take the pool that it lies in along.
    Object.entries(input).map(([name, value]) => [
      name,
      value instanceof Uint8Array ? new Uint8Array(value) : structuredClone(value),
    ]),
  )
}

function checkRegion(region: string): void {
  if (typeof region === 'string' && isRegionName(region)) return
  throw new TypeError(`a Region is a name such as us-east-1, found ${JSON.stringify(region)}`)
}

/** As the AWS SDK does it. */
class AbortError extends Error {
  override readonly name = 'AbortError'
}

function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new AbortError('Request aborted', { cause: signal.reason })
}
