/**
 * The key that the arguments name, as a keyring for objects in Amazon S3.
 *
 * Their formats hold one wrapped data key, by AWS KMS, AES or RSA.
 *
 * @module
 */

import type { S3Keyring } from '@esdk/s3-cse'
import { type AwsArguments, awsClients } from './aws-clients.ts'
import { UsageError } from './cli-error.ts'
import { parseKeyAttributes } from './key-attributes.ts'
import type { KeyArgument } from './keyring-from-arguments.ts'
import type { KmsKeyDescription } from './kms-key-attributes.ts'
import { type LoadedKey, loadRawKey } from './load-raw-key.ts'
import { privateOf, publicOf, type RawKey } from './raw-key.ts'
import type { S3Run } from './s3-command.ts'
import { describeServiceKey } from './service-keyring.ts'
import type { Surroundings } from './surroundings.ts'

/** What a key is needed for. */
type S3KeyUse = 'encrypt' | 'decrypt' | 'both'

type Where = Pick<Surroundings, 'cwd' | 'env' | 'platform'>
type Library = typeof import('@esdk/s3-cse')

/**
 * The keyring; what is to be said of its key is said.
 *
 * @throws UsageError - not one key, or one of a kind that objects in S3 do not have
 * @throws CliError - `ERR_ESDK_CLI_KEY`; FileError - a key file cannot be read
 */
export async function loadS3Key(
  keys: readonly KeyArgument[],
  use: S3KeyUse,
  { args: { aws }, reporter, world }: Pick<S3Run, 'args' | 'reporter' | 'world'>,
): Promise<LoadedKey<S3Keyring>> {
  const loaded = await loadKey(keys, use, aws, world)
  if (loaded.warning !== undefined) await reporter.warn(loaded.warning)
  await reporter.detail(`${waysToUse[use]} ${loaded.description}`)
  return loaded
}

const waysToUse = { encrypt: 'wraps with', decrypt: 'unwraps with', both: 'unwraps and wraps with' } as const

async function loadKey(
  keys: readonly KeyArgument[],
  use: S3KeyUse,
  aws: AwsArguments,
  where: Where,
): Promise<LoadedKey<S3Keyring>> {
  const [key, ...others] = keys
  if (key === undefined) {
    throw new UsageError(
      'a key is missing',
      'Add -w key=KEY-ARN for AWS KMS; or -k key.json, which `esdk keygen aes -o key.json` makes.',
    )
  }
  if (others.length > 0) {
    throw new UsageError(
      `an object in S3 has one key, and ${keys.length} are given`,
      'Give one -k or -w. For further readers, `esdk s3 rewrap --new-instruction-file-suffix` writes a file each.',
    )
  }
  const library = await import('@esdk/s3-cse')
  const make = (raw: RawKey, source: string) => rawS3Keyring(library, raw, use, source)
  if (key.kind !== 'attributes') return loadRawKey(key, undefined, where, make)
  const described = parseKeyAttributes(key.text)
  if ('location' in described) return loadRawKey(described.location, described, where, make)
  const keyring = await kmsS3Keyring(library, described, use, aws)
  const description = described.type === 'kms' ? describeServiceKey(described) : 'AWS KMS, whichever key wrapped it'
  return { keyring, description, warning: undefined, identity: undefined }
}

function rawS3Keyring({ s3AesKeyring, s3RsaKeyring }: Library, key: RawKey, use: S3KeyUse, source: string): S3Keyring {
  switch (key.type) {
    case 'raw-aes':
      return s3AesKeyring({ wrappingKey: key.wrappingKey })
    case 'raw-rsa':
      return s3RsaKeyring({
        ...(use !== 'decrypt' && { publicKey: publicOf(key, source) }),
        ...(use !== 'encrypt' && { privateKey: privateOf(key, source) }),
      })
    case 'raw-ecdh':
      throw otherKind(`${source} is an ECDH key`)
  }
}

async function kmsS3Keyring(
  { s3KmsKeyring, s3KmsDiscoveryKeyring }: Library,
  key: KmsKeyDescription,
  use: S3KeyUse,
  aws: AwsArguments,
): Promise<S3Keyring> {
  const { kms } = awsClients(aws)
  const { profile } = key
  switch (key.type) {
    case 'kms': {
      const [keyId, ...others] = key.keys
      if (others.length > 0) throw otherKind(`key=... is given ${key.keys.length} times`)
      const region = regionOfArn(keyId) ?? key.region
      return s3KmsKeyring({ keyId, client: await kms(placeOf(region, profile)) })
    }
    case 'kms-discovery': {
      if (use !== 'decrypt') {
        throw new UsageError(
          'discovery=true only decrypts, and a key that encrypts is needed',
          use === 'both'
            ? 'Name the key from now on: --new-wrapping-key key=KEY-ARN'
            : 'Name the key: -w key=arn:aws:kms:REGION:ACCOUNT:key/ID, or an alias.',
        )
      }
      const [region, ...others] = key.regions
      if (others.length > 0) {
        throw new UsageError(
          `objects in S3 do not say in which Region their key is, and ${key.regions.length} are given`,
          'Give one: -w discovery=true,region=eu-west-1',
        )
      }
      const client = await kms(placeOf(region, profile))
      return s3KmsDiscoveryKeyring({ client, ...(key.filter && { filter: key.filter }) })
    }
    case 'kms-mrk':
    case 'kms-mrk-discovery':
      throw otherKind('type=kms-mrk finds replicas of a key by the names in messages')
    case 'kms-rsa':
    case 'kms-ecdh':
    case 'branch-key':
      throw otherKind(`type=${key.type} is for messages of \`esdk encrypt\``)
  }
}

function placeOf(region: string | undefined, profile: string | undefined) {
  return { ...(region !== undefined && { region }), ...(profile !== undefined && { profile }) }
}

/** Of keys and aliases. */
function regionOfArn(name: string): string | undefined {
  return /^arn:[^:]+:kms:([^:]+):/.exec(name)?.[1]
}

function otherKind(found: string): UsageError {
  return new UsageError(
    `${found}, and objects in S3 know no such keys`,
    'They have one symmetric key of AWS KMS (-w key=ARN), or one AES or RSA key (-k, -w type=raw-aes,...).',
  )
}
