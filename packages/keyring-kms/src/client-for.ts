/**
 * Which client of AWS KMS is used in which Region.
 *
 * @module
 */

import { type CallOptions, isEsdkError, KeyringError, quote, untilAborted } from '@esdk/cmm'
import { describeServiceError } from '@esdk/cmm/services'
import type { KmsClient, KmsEcdhClient } from './kms-client.ts'
import { KmsCallError } from './kms-failure.ts'

/**
 * Gives the client for a Region; `undefined` when this Region is not to be used.
 *
 * The Region is `undefined` for keys that are named without one: leave the choice to the AWS SDK, which reads it from
 * the environment.
 */
export type ClientFor<Client = KmsClient> = (
  region: string | undefined,
) => Client | undefined | Promise<Client | undefined>

/** All that any keyring of this package asks of a client. */
type AnyKmsClient = KmsClient & KmsEcdhClient

/**
 * Clients of `@aws-sdk/client-kms`, which is loaded when the first is needed: credentials come from the environment, as
 * the AWS SDK finds them.
 *
 * @throws KeyringError - `@aws-sdk/client-kms` is not installed
 */
export async function awsClientFor(region: string | undefined): Promise<AnyKmsClient> {
  const { KMS } = await import('@aws-sdk/client-kms').catch((cause: unknown) => {
    throw new KeyringError(
      '@aws-sdk/client-kms could not be loaded: install it (npm i @aws-sdk/client-kms), or give clientFor with a client of your own',
      [],
      { cause },
    )
  })
  return new KMS({ ...(region !== undefined && { region }), customUserAgent: [['esdk-keyring-kms']] })
}

/** The same, in these Regions alone. */
export function limitRegions<Client>(clientFor: ClientFor<Client>, regions: Iterable<string>): ClientFor<Client> {
  const allowed = checkRegions('limitRegions', regions)
  return (region) => (region !== undefined && allowed.has(region) ? clientFor(region) : undefined)
}

/** The same, but not in these Regions. */
export function excludeRegions<Client>(clientFor: ClientFor<Client>, regions: Iterable<string>): ClientFor<Client> {
  const excluded = checkRegions('excludeRegions', regions)
  return (region) => (region !== undefined && excluded.has(region) ? undefined : clientFor(region))
}

/** More than AWS has Regions. A discovery keyring reads their names from messages, which may hold any number. */
const mostClients = 64

/** The same, made once for each Region: several keyrings can share the connections of the clients. */
export function reuseClients<Client>(clientFor: ClientFor<Client>): ClientFor<Client> {
  const known = new Map<string | undefined, Client | Promise<Client | undefined>>()
  return (region) => {
    const found = known.get(region)
    if (found !== undefined) return found
    const made = clientFor(region)
    // What gave no client, or failed, may do so no more the next time.
    if (made === undefined || made === null) return undefined
    if (known.size === mostClients) known.delete(known.keys().next().value)
    known.set(region, made)
    if (made instanceof Promise) {
      const forget = () => known.delete(region)
      made.then((client) => (client ?? undefined) === undefined && forget(), forget)
    }
    return made
  }
}

/** @throws TypeError - one text, no Region, or what is none */
export function checkRegions(name: string, regions: Iterable<string>): ReadonlySet<string> {
  if (typeof regions === 'string') throw new TypeError(`${name} takes a list of Regions, found one text`)
  const checked = new Set(regions)
  if (checked.size === 0) throw new TypeError(`${name} needs at least one Region`)
  for (const region of checked) checkRegion(name, region)
  return checked
}

/** @throws TypeError - an empty text, or none */
export function checkRegion(name: string, region: string): void {
  if (typeof region !== 'string' || region === '') {
    throw new TypeError(`${name}: a Region is a text such as us-east-1, found ${JSON.stringify(region)}`)
  }
}

/**
 * The client for a Region, which has these methods; `undefined` when the Region is not to be used.
 *
 * @throws KmsCallError - `clientFor` failed
 * @throws TypeError - it gave something else than a client
 */
export async function clientWith<Client extends object>(
  clientFor: ClientFor<Client>,
  region: string | undefined,
  methods: readonly (keyof Client & string)[],
  options: CallOptions | undefined,
): Promise<Client | undefined> {
  const client = await clientOf(clientFor, region, options?.signal)
  if (client === undefined || client === null) return undefined
  const missing = methods.find((method) => typeof client[method] !== 'function')
  if (missing === undefined) return client
  throw new TypeError(
    `clientFor(${shownRegion(region)}) gave a client without the method ${missing}: give \`new KMS({ region })\` of @aws-sdk/client-kms, which has one for each call (\`KMSClient\` has not)`,
  )
}

/**
 * The client for the Region of a key that the keyring cannot do without.
 *
 * @throws KeyringError - the Region is not to be used
 */
export async function clientOfKey<Client extends object>(
  clientFor: ClientFor<Client>,
  { keyId, region }: { readonly keyId: string; readonly region: string | undefined },
  methods: readonly (keyof Client & string)[],
  options: CallOptions | undefined,
): Promise<Client> {
  const client = await clientWith(clientFor, region, methods, options)
  if (client !== undefined) return client
  throw new KeyringError(`clientFor gave no client for ${describeRegion(region)}, where the key ${quote(keyId)} is`)
}

async function clientOf<Client>(
  clientFor: ClientFor<Client>,
  region: string | undefined,
  signal: AbortSignal | undefined,
): Promise<Client | undefined> {
  signal?.throwIfAborted()
  try {
    return await untilAborted((async () => clientFor(region))(), signal)
  } catch (error) {
    signal?.throwIfAborted()
    if (isEsdkError(error)) throw error
    throw new KmsCallError(`clientFor(${shownRegion(region)}) failed: ${describeServiceError(error)}`, { cause: error })
  }
}

function shownRegion(region: string | undefined): string {
  return region === undefined ? 'undefined' : quote(region)
}

/** How a Region is named in a sentence. */
export function describeRegion(region: string | undefined): string {
  return region === undefined ? 'the default Region' : quote(region).slice(1, -1)
}
