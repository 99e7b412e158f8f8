/**
 * `-w key=ARN`, `-w discovery=true`, `-w type=kms-rsa,...`: keys in AWS KMS, described by attributes.
 *
 * | attribute                                  | for                     | meaning                                         |
 * | ------------------------------------------ | ----------------------- | ----------------------------------------------- |
 * | `key`                                      | all                     | the ARN of a key; see below for other names     |
 * | `region`, `profile`                        | all                     | in place of `--region` and `--profile`          |
 * | `discovery`                                | kms, kms-mrk            | `true`: whichever keys messages name            |
 * | `discovery-partition`, `discovery-account` | with `discovery=true`   | only keys of this partition and these accounts  |
 * | `algorithm`                                | kms-rsa                 | as in the messages                              |
 * | `curve`                                    | kms-ecdh                | of both keys                                    |
 * | `file`, `env`                              | kms-rsa, kms-ecdh       | the own public key; that of the other party     |
 * | `table`, `key-store`, `id`                 | branch-key              | where the branch key is, and its id             |
 *
 * `kms` and `kms-mrk` take `key` more than once; to encrypt, also an alias or a key id.
 *
 * @module
 */

import type { CurveName } from '@esdk/crypto-backend'
import type { DiscoveryFilter, KmsRsaPadding } from '@esdk/keyring-kms'
import type { Attributes } from './attributes.ts'
import { UsageError } from './cli-error.ts'
import { inNoArgument, type KeyLocation, takeOptionalLocation } from './key-location.ts'
import { kmsNameKind } from './kms-name.ts'
import { curves } from './raw-key.ts'
import { parseRegion } from './values.ts'

/** Whose client is used: what is absent is taken from the options of the run, or left to the AWS SDK. */
export interface ServicePlace {
  readonly region?: string
  readonly profile?: string
}

/** Keys in AWS KMS, as attributes describe them. */
export type KmsKeyDescription = ServicePlace &
  (
    | { readonly type: 'kms' | 'kms-mrk'; readonly keys: readonly [string, ...string[]] }
    | { readonly type: 'kms-discovery'; readonly filter?: DiscoveryFilter; readonly regions: readonly string[] }
    | { readonly type: 'kms-mrk-discovery'; readonly filter?: DiscoveryFilter }
    | {
        readonly type: 'kms-rsa'
        readonly key: string
        readonly algorithm: KmsRsaPadding
        /** Of that key, so that encryption makes no call. */
        readonly publicKey?: KeyLocation
      }
    | {
        readonly type: 'kms-ecdh'
        readonly key: string
        readonly curve: CurveName
        /** The public key of the other party; without it, whatever was sent to the key can be decrypted. */
        readonly other?: KeyLocation
      }
    | {
        readonly type: 'branch-key'
        readonly key: string
        readonly table: string
        readonly keyStore: string
        readonly id: string
      }
  )

type Reader = (attributes: Attributes) => KmsKeyDescription

export const kmsReaders: readonly (readonly [type: string, read: Reader])[] = [
  ['kms', (attributes) => readSymmetric(attributes, 'kms')],
  ['kms-mrk', (attributes) => readSymmetric(attributes, 'kms-mrk')],
  ['kms-rsa', readRsa],
  ['kms-ecdh', readEcdh],
  ['branch-key', readBranchKey],
]

/** Do the attributes mean AWS KMS without a type? In the AWS Encryption CLI, `provider=aws-kms` may say so. */
export function isKmsWithoutType(attributes: Attributes): boolean {
  if (attributes.has('type')) return false
  return (
    attributes.takeChoice('provider', ['aws-kms']) !== undefined || attributes.has('key') || attributes.has('discovery')
  )
}

function readSymmetric(attributes: Attributes, type: 'kms' | 'kms-mrk'): KmsKeyDescription {
  const discovery = attributes.takeChoice('discovery', ['true', 'false']) === 'true'
  const keys = attributes.takeAll('key')
  const filter = takeFilter(attributes, discovery)
  if (discovery) {
    if (keys.length > 0) {
      throw new UsageError(
        '--wrapping-key takes key=... or discovery=true, not both',
        'Discovery decrypts with whichever key the message names.',
      )
    }
    const regions = type === 'kms' ? attributes.takeAll('region').map(checkRegion) : []
    const place = takePlace(attributes)
    if (type === 'kms-mrk') return { type: 'kms-mrk-discovery', ...place, ...(filter && { filter }) }
    return { type: 'kms-discovery', ...place, regions, ...(filter && { filter }) }
  }
  const [first = attributes.missing('key', 'or discovery=true, to decrypt'), ...others] = keys
  return { type, keys: [checkName(first), ...others.map(checkName)], ...takePlace(attributes) }
}

/** @throws UsageError - a filter without discovery, or a half of one */
function takeFilter(attributes: Attributes, discovery: boolean): DiscoveryFilter | undefined {
  const partition = attributes.takeOptional('discovery-partition')
  const accountIds = attributes.takeAll('discovery-account')
  if (partition === undefined && accountIds.length === 0) return undefined
  const hint = '-w discovery=true,discovery-partition=aws,discovery-account=111122223333'
  if (!discovery) throw new UsageError('discovery-account and discovery-partition need discovery=true', hint)
  if (partition === undefined) throw new UsageError('discovery-account needs discovery-partition', hint)
  if (accountIds.length === 0) throw new UsageError('discovery-partition needs discovery-account', hint)
  if (!accountIds.every((id) => /^\d{12}$/.test(id))) {
    throw new UsageError('discovery-account is the id of an AWS account: 12 digits; repeat it for more accounts', hint)
  }
  return { partition, accountIds }
}

const rsaAlgorithms: readonly KmsRsaPadding[] = ['RSAES_OAEP_SHA_256', 'RSAES_OAEP_SHA_1']

function readRsa(attributes: Attributes): KmsKeyDescription {
  const algorithm =
    attributes.takeChoice('algorithm', rsaAlgorithms) ?? attributes.missing('algorithm', rsaAlgorithms.join(', '))
  const publicKey = takeOptionalLocation(attributes)
  return {
    type: 'kms-rsa',
    key: takeArn(attributes),
    algorithm,
    ...(publicKey && { publicKey }),
    ...takePlace(attributes),
  }
}

function readEcdh(attributes: Attributes): KmsKeyDescription {
  const curve = attributes.takeChoice('curve', curves) ?? attributes.missing('curve', curves.join(', '))
  const other = takeOptionalLocation(attributes)
  return { type: 'kms-ecdh', key: takeArn(attributes), curve, ...(other && { other }), ...takePlace(attributes) }
}

function readBranchKey(attributes: Attributes): KmsKeyDescription {
  const table = attributes.take('table')
  const keyStore = attributes.takeOptional('key-store') ?? table
  const id = attributes.take('id')
  return { type: 'branch-key', key: takeArn(attributes), table, keyStore, id, ...takePlace(attributes) }
}

function takePlace(attributes: Attributes): ServicePlace {
  const region = attributes.takeOptional('region')
  const profile = attributes.takeOptional('profile')
  return { ...(region !== undefined && { region: checkRegion(region) }), ...(profile !== undefined && { profile }) }
}

function checkRegion(region: string): string {
  return parseRegion('the attribute region of --wrapping-key', region)
}

function takeArn(attributes: Attributes): string {
  const key = checkName(attributes.take('key'))
  if (kmsNameKind(key) === 'key ARN') return key
  throw new UsageError(
    `this type of key is named by its ARN, found ${key}`,
    'arn:aws:kms:REGION:ACCOUNT:key/ID, as `aws kms describe-key` shows it',
  )
}

/** The value is shown only where it is a name. */
function checkName(name: string): string {
  if (kmsNameKind(name) !== undefined) return name
  throw new UsageError(
    'the attribute key of --wrapping-key names no key of AWS KMS: arn:aws:kms:REGION:ACCOUNT:key/ID is expected; to encrypt, an alias (ARN or alias/NAME) or a key id will do',
    inNoArgument,
  )
}
