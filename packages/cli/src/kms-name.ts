/**
 * How keys of AWS KMS are named.
 *
 * @module
 */

/** `arn:PARTITION:kms:REGION:ACCOUNT:key/ID`, taken apart. */
export interface KmsKeyName {
  readonly arn: string
  readonly partition: string
  readonly region: string
  readonly account: string
  readonly keyId: string
  readonly multiRegion: boolean
}

/** The parts of the ARN of a key; `undefined` for any other text, that of an alias too. */
export function parseKmsKeyName(arn: string): KmsKeyName | undefined {
  const [, partition, region, account, keyId] = /^arn:([^:]+):kms:([^:]+):([^:]+):key\/([^:]+)$/.exec(arn) ?? []
  if (!partition || !region || !account || !keyId) return undefined
  return { arn, partition, region, account, keyId, multiRegion: keyId.startsWith('mrk-') }
}

export type KmsNameKind = 'key ARN' | 'alias ARN' | 'alias' | 'key id'

/** What a text names; `undefined` if it is no name of a key. */
export function kmsNameKind(text: string): KmsNameKind | undefined {
  if (parseKmsKeyName(text) !== undefined) return 'key ARN'
  if (/^arn:[^:]+:kms:[^:]+:[^:]+:alias\/[\w/-]+$/.test(text)) return 'alias ARN'
  if (/^alias\/[\w/-]+$/.test(text)) return 'alias'
  // No looser: whatever else somebody wrote may be a key itself.
  return /^(?:[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}|mrk-[\da-f]{32})$/i.test(text) ? 'key id' : undefined
}
