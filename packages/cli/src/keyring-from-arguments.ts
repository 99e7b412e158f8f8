/**
 * The keys that the arguments name, as one keyring.
 *
 * @module
 */

import { type Keyring, multiKeyring } from '@esdk/cmm'
import { type AwsArguments, type AwsClients, awsClients, endpointWarning } from './aws-clients.ts'
import { UsageError } from './cli-error.ts'
import type { FileIdentity } from './file-identity.ts'
import { parseKeyAttributes } from './key-attributes.ts'
import type { KeyLocation } from './key-location.ts'
import { type LoadedKey, loadRawKey } from './load-raw-key.ts'
import { type KeyUse, keyringOf, type RawKey } from './raw-key.ts'
import { describeServiceKey, serviceKeyring } from './service-keyring.ts'
import type { Surroundings } from './surroundings.ts'

/** A key as the command line names it. */
export type KeyArgument = KeyLocation | { readonly kind: 'attributes'; readonly text: string }

export interface LoadedKeys {
  readonly keyring: Keyring
  /** One line for each key, with nothing of the key itself. */
  readonly descriptions: readonly string[]
  /** Key files that others can read, and the like. */
  readonly warnings: readonly string[]
  /** The key files, so that no output replaces them. */
  readonly identities: readonly FileIdentity[]
}

/** The keys, and what is known of AWS for those that are there. */
export interface KeysToLoad {
  readonly keys: readonly KeyArgument[]
  readonly aws: AwsArguments
}

type Where = Pick<Surroundings, 'cwd' | 'env' | 'platform' | 'signal'>

/**
 * Read the keys. The first generates data keys, all wrap them; any of them unwraps.
 *
 * @throws UsageError - no key, attributes that do not add up, a key that cannot do what it is needed for
 * @throws CliError - `ERR_ESDK_CLI_KEY`; FileError - a key file cannot be read
 */
export async function loadKeys({ keys, aws }: KeysToLoad, use: KeyUse, where: Where): Promise<LoadedKeys> {
  if (keys.length === 0) {
    throw new UsageError(
      'a key is missing',
      'Make one with `esdk keygen aes -o key.json`, then add -k key.json. `esdk help` names the other ways.',
    )
  }
  const clients = awsClients(aws)
  const loaded: LoadedKey<Keyring>[] = []
  for (const key of keys) {
    loaded.push(await loadKey(key, { use, where, clients, region: aws.region, generates: loaded.length === 0 }))
  }
  const [generator, ...children] = loaded.map(({ keyring }) => keyring) as [Keyring, ...Keyring[]]
  return {
    keyring: children.length === 0 ? generator : multiKeyring({ generator, children }),
    descriptions: loaded.map(({ description }) => description),
    warnings: [...loaded.map(({ warning }) => warning), endpointWarning(aws)].filter((one) => one !== undefined),
    identities: loaded.map(({ identity }) => identity),
  }
}

interface Loading {
  readonly use: KeyUse
  readonly where: Where
  readonly clients: AwsClients
  readonly region: string | undefined
  readonly generates: boolean
}

async function loadKey(argument: KeyArgument, loading: Loading): Promise<LoadedKey<Keyring>> {
  const { use, where } = loading
  const make = (key: RawKey, source: string) => keyringOf(key, use, source)
  if (argument.kind !== 'attributes') return loadRawKey(argument, undefined, where, make)
  const described = parseKeyAttributes(argument.text)
  if ('location' in described) return loadRawKey(described.location, described, where, make)
  const keyring = await serviceKeyring(described, loading)
  return { keyring, description: describeServiceKey(described), warning: undefined, identity: undefined }
}
