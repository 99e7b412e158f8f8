/**
 * The keyring over keys in AWS KMS that attributes describe.
 *
 * @module
 */

import { type Keyring, KeyringError, quote, untilAborted } from '@esdk/cmm'
import { encodePem } from '@esdk/crypto-backend'
import { branchKeyStore, hierarchicalKeyring } from '@esdk/keyring-hierarchical'
import {
  kmsDiscoveryKeyring,
  kmsEcdhKeyring,
  kmsKeyring,
  kmsMrkDiscoveryKeyring,
  kmsMrkKeyring,
  kmsRsaKeyring,
} from '@esdk/keyring-kms'
import type { AwsClients } from './aws-clients.ts'
import { UsageError } from './cli-error.ts'
import { type KeyLocation, readLocation } from './key-location.ts'
import { pemBlocks, textOf } from './key-pem.ts'
import type { KmsKeyDescription, ServicePlace } from './kms-key-attributes.ts'
import { kmsNameKind, parseKmsKeyName } from './kms-name.ts'
import type { KeyUse } from './raw-key.ts'
import type { Surroundings } from './surroundings.ts'

/** A branch key is asked for again when it is older. */
const branchKeyAgeMs = 600_000

/** How a key is going to be used, and by whom. */
export interface ServiceUse {
  readonly use: KeyUse
  readonly clients: AwsClients
  /** Where keys are that have no Region in their names, if the options of the run say it. */
  readonly region: string | undefined
  /** Does this key make the data key? All others wrap it. */
  readonly generates: boolean
  readonly where: Pick<Surroundings, 'cwd' | 'env' | 'platform' | 'signal'>
}

/**
 * @throws UsageError - the key cannot be used for this
 * @throws KeyringError - AWS KMS does not give a public key that is needed
 */
export async function serviceKeyring(key: KmsKeyDescription, how: ServiceUse): Promise<Keyring> {
  try {
    return await keyringOf(key, how)
  } catch (error) {
    // The names were looked at when they were read: nothing of a key can be in the text.
    throw error instanceof TypeError ? new UsageError(`--wrapping-key: ${error.message}`) : error
  }
}

async function keyringOf(key: KmsKeyDescription, how: ServiceUse): Promise<Keyring> {
  const { use, clients } = how
  // A Region in the name of a key comes before all others.
  const clientFor = (region: string | undefined) => clients.kms({ ...placeOf(key), ...(region && { region }) })
  switch (key.type) {
    case 'kms':
    case 'kms-mrk': {
      if (use === 'decrypt') for (const name of key.keys) checkOpens(name)
      const [first, ...others] = key.keys
      const keys = how.generates ? { generatorKeyId: first, keyIds: others } : { keyIds: key.keys }
      return key.type === 'kms' ? kmsKeyring({ ...keys, clientFor }) : kmsMrkKeyring({ ...keys, clientFor })
    }
    case 'kms-discovery': {
      checkOnlyDecrypts(use)
      const { filter, regions } = key
      return kmsDiscoveryKeyring({ clientFor, ...(filter && { filter }), ...(regions.length > 0 && { regions }) })
    }
    case 'kms-mrk-discovery': {
      checkOnlyDecrypts(use)
      const { filter, region = how.region } = key
      if (region === undefined) {
        throw new UsageError(
          'type=kms-mrk with discovery=true lacks the attribute region',
          'Add region=..., or --region.',
        )
      }
      return kmsMrkDiscoveryKeyring({ clientFor, region, ...(filter && { filter }) })
    }
    case 'kms-rsa': {
      const publicKey = use === 'encrypt' ? await rsaPublicKey(key, clientFor, how) : undefined
      const { algorithm: encryptionAlgorithm } = key
      return kmsRsaKeyring({ keyId: key.key, encryptionAlgorithm, clientFor, ...(publicKey && { publicKey }) })
    }
    case 'kms-ecdh':
      return ecdhKeyring(key, clientFor, how)
    case 'branch-key':
      return branchKeyring(key, clientFor, how)
  }
}

type ClientFor = (region: string | undefined) => ReturnType<AwsClients['kms']>
type Described<Type extends KmsKeyDescription['type']> = Extract<KmsKeyDescription, { readonly type: Type }>

async function ecdhKeyring(key: Described<'kms-ecdh'>, clientFor: ClientFor, how: ServiceUse): Promise<Keyring> {
  const { curve, other } = key
  if (other !== undefined) {
    const recipientPublicKey = await publicKeyAt(other, how)
    return kmsEcdhKeyring({ schema: 'static', curve, senderKeyId: key.key, recipientPublicKey, clientFor })
  }
  if (how.use === 'decrypt') return kmsEcdhKeyring({ schema: 'discovery', curve, recipientKeyId: key.key, clientFor })
  throw new UsageError(
    'type=kms-ecdh lacks the attribute file (or env): to encrypt, the public key of the recipient is needed',
    'file=recipient.pem, which begins with the line -----BEGIN PUBLIC KEY-----',
  )
}

async function branchKeyring(key: Described<'branch-key'>, clientFor: ClientFor, how: ServiceUse): Promise<Keyring> {
  const kmsName = parseKmsKeyName(key.key)
  const store = branchKeyStore({
    tableName: key.table,
    logicalKeyStoreName: key.keyStore,
    kmsKeyArn: key.key,
    kms: await clientFor(kmsName?.region),
    dynamoDb: await how.clients.dynamoDb(placeOf(key)),
  })
  return hierarchicalKeyring({ branchKeyStore: store, branchKeyId: key.id, ttlMs: branchKeyAgeMs })
}

/** From where it is said to be, or from AWS KMS. */
async function rsaPublicKey(key: Described<'kms-rsa'>, clientFor: ClientFor, how: ServiceUse): Promise<string> {
  if (key.publicKey !== undefined) return publicKeyAt(key.publicKey, how)
  const region = parseKmsKeyName(key.key)?.region
  const { signal } = how.where
  try {
    const kms = await clientFor(region)
    const answer = await untilAborted(kms.getPublicKey({ KeyId: key.key }, { abortSignal: signal }), signal)
    if (answer.KeyId !== key.key || answer.PublicKey === undefined) throw new Error('the answer is for another key')
    return encodePem('PUBLIC KEY', answer.PublicKey)
  } catch (cause) {
    signal.throwIfAborted()
    const why = cause instanceof Error ? `${cause.name}: ${quote(cause.message)}` : 'no error was given'
    throw new KeyringError(`GetPublicKey with ${quote(key.key)} in ${region} failed: ${why}`, [], { cause })
  }
}

async function publicKeyAt(location: KeyLocation, { where }: ServiceUse): Promise<string> {
  const { bytes, source } = await readLocation(location, where)
  const { publicKey } = pemBlocks(textOf(bytes, source), source)
  bytes.fill(0)
  if (publicKey !== undefined) return publicKey
  throw new UsageError(`${source} holds a private key only, and a public key is needed`)
}

function placeOf({ region, profile }: ServicePlace): ServicePlace {
  return { ...(region !== undefined && { region }), ...(profile !== undefined && { profile }) }
}

/** Messages hold ARNs: by any other name, a key would find none of its own. */
function checkOpens(name: string): void {
  const kind = kmsNameKind(name)
  if (kind === 'key ARN') return
  throw new UsageError(
    `${name} is an ${kind}, which can only encrypt`.replace('an key', 'a key'),
    'To decrypt, name the key by its ARN, which `esdk inspect FILE` shows; or give -w discovery=true.',
  )
}

function checkOnlyDecrypts(use: KeyUse): void {
  if (use === 'decrypt') return
  throw new UsageError(
    'discovery=true decrypts with the keys that messages name, and cannot encrypt',
    'To encrypt, name the key: -w key=arn:aws:kms:REGION:ACCOUNT:key/ID, or an alias.',
  )
}

export const discoveryInWords = 'AWS KMS, whichever key the message names'

/** The keys in words. */
export function describeServiceKey(key: KmsKeyDescription): string {
  switch (key.type) {
    case 'kms':
      return `AWS KMS, ${key.keys.join(', ')}`
    case 'kms-mrk':
      return `AWS KMS, multi-Region, ${key.keys.join(', ')}`
    case 'kms-discovery':
    case 'kms-mrk-discovery': {
      const { filter } = key
      const regions = key.type === 'kms-discovery' ? key.regions : [key.region ?? 'the Region of the run']
      return [
        discoveryInWords,
        ...(regions.length > 0 ? [`in ${regions.join(', ')}`] : []),
        ...(filter ? [`of ${filter.partition}, accounts ${[...filter.accountIds].join(', ')}`] : []),
      ].join(', ')
    }
    case 'kms-rsa':
      return `AWS KMS, RSA, ${key.algorithm}, ${key.key}`
    case 'kms-ecdh':
      return `AWS KMS, ECDH, ${key.curve}, ${key.key}`
    case 'branch-key':
      return `the branch key ${quote(key.id)} in the table ${quote(key.table)}, wrapped by AWS KMS, ${key.key}`
  }
}
