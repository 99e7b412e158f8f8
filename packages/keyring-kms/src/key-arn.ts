/**
 * Names of AWS KMS keys: ARNs, aliases and key ids.
 *
 * Spec: framework/aws-kms/aws-kms-key-arn.md
 *
 * @module
 */

import { quote } from '@esdk/cmm'

/** `arn:PARTITION:kms:REGION:ACCOUNT:TYPE/ID`, taken apart. */
export interface KeyArn {
  readonly arn: string
  readonly partition: string
  readonly region: string
  readonly account: string
  readonly type: 'key' | 'alias'
  /** All behind the first `/`. */
  readonly id: string
}

/** The parts of an ARN of AWS KMS; `undefined` for any other text. */
export function parseKeyArn(arn: string): KeyArn | undefined {
  const parts = arn.split(':')
  const [prefix, partition, service, region, account, resource = ''] = parts
  if (parts.length !== 6 || prefix !== 'arn' || service !== 'kms') return undefined
  const slash = resource.indexOf('/')
  const type = resource.slice(0, Math.max(slash, 0))
  const id = resource.slice(slash + 1)
  if ((type !== 'key' && type !== 'alias') || !partition || !region || !account || !id) return undefined
  return { arn, partition, region, account, type, id }
}

/** A key as the caller names it. */
export interface KeyIdentifier {
  readonly text: string
  /** There if, and only if, the name is an ARN. */
  readonly arn: KeyArn | undefined
  /** Does it name an alias, which can encrypt and not decrypt? */
  readonly isAlias: boolean
  /** The Region that the name says; `undefined` leaves it to the AWS SDK. */
  readonly region: string | undefined
}

/** @throws TypeError - no text, or neither an ARN of a key or an alias, nor `alias/NAME`, nor a key id */
export function checkKeyIdentifier(option: string, text: string): KeyIdentifier {
  if (typeof text !== 'string' || text === '') throw wrongIdentifier(option, text)
  const arn = parseKeyArn(text)
  // A name with a colon that is no ARN is an ARN with a mistake.
  if (arn === undefined && !/^(?:alias\/[\w/-]+|[\w-]+)$/.test(text)) throw wrongIdentifier(option, text)
  const isAlias = arn === undefined ? text.startsWith('alias/') : arn.type === 'alias'
  return { text, arn, isAlias, region: arn?.region }
}

function wrongIdentifier(option: string, found: unknown): TypeError {
  return new TypeError(
    `${option} must name a key of AWS KMS, such as arn:aws:kms:REGION:ACCOUNT:key/ID, an alias ARN, alias/NAME or a key id; found ${typeof found === 'string' ? quote(found) : typeof found}`,
  )
}

/** Is this the ARN of a multi-Region key? An alias may be named like one, and is none. */
export function isMultiRegionArn({ type, id }: KeyArn): boolean {
  return type === 'key' && id.startsWith('mrk-')
}

/** The same multi-Region key in another Region. */
export function inRegion({ partition, account, type, id }: KeyArn, region: string): string {
  return `arn:${partition}:kms:${region}:${account}:${type}/${id}`
}

/** Does a key that is named by the caller open what the key of this ARN wrapped? Only the very same one. */
export function isSameKey(configured: KeyIdentifier, wrappedWith: KeyArn): boolean {
  return configured.text === wrappedWith.arn
}

/**
 * The same, or another replica of the same multi-Region key.
 *
 * Spec: framework/aws-kms/aws-kms-mrk-match-for-decrypt.md
 */
export function isSameMultiRegionKey(configured: KeyIdentifier, wrappedWith: KeyArn): boolean {
  if (isSameKey(configured, wrappedWith)) return true
  const { arn } = configured
  if (arn === undefined || !isMultiRegionArn(arn) || !isMultiRegionArn(wrappedWith)) return false
  return inRegion(arn, wrappedWith.region) === wrappedWith.arn
}
