/**
 * Names of AWS KMS keys: ARNs, aliases and key ids.
 *
 * @module
 */

import { quote } from '@esdk/cmm'

/** `arn:PARTITION:kms:REGION:ACCOUNT:TYPE/ID`, taken apart. */
export interface KmsKeyArn {
  readonly partition: string
  readonly region: string
  readonly account: string
  readonly type: 'key' | 'alias'
}

const arnForm = /^arn:([^:\s]+):kms:([^:\s]+):([^:\s]+):(key|alias)\/[^:\s]+$/

/** The parts of an ARN of AWS KMS; `undefined` for all else. */
export function parseKmsKeyArn(arn: unknown): KmsKeyArn | undefined {
  const [, partition, region, account, type] = (typeof arn === 'string' && arnForm.exec(arn)) || []
  if (partition === undefined || region === undefined || account === undefined) return undefined
  return { partition, region, account, type: type === 'key' ? 'key' : 'alias' }
}

/** A key as the caller names it. */
export interface KmsKeyName {
  readonly text: string
  /** There if, and only if, the name is an ARN. */
  readonly arn: KmsKeyArn | undefined
}

/** @throws TypeError - neither an ARN of a key or an alias, nor `alias/NAME`, nor a key id */
export function checkKmsKeyName(text: string): KmsKeyName {
  const arn = parseKmsKeyArn(text)
  if (arn !== undefined || (typeof text === 'string' && /^(?:alias\/[\w/-]+|[\w-]+)$/.test(text))) return { text, arn }
  throw new TypeError(
    `keyId must name a key of AWS KMS, such as arn:aws:kms:REGION:ACCOUNT:key/ID, an alias ARN, alias/NAME or a key id; found ${typeof text === 'string' ? quote(text) : typeof text}`,
  )
}

/**
 * May this key answer for the one that the caller has named? AWS KMS resolves aliases and key ids, and says the ARN of
 * the key; as much as the caller's name says must be in it.
 */
export function mayAnswerFor({ text, arn }: KmsKeyName, answered: string): boolean {
  const found = parseKmsKeyArn(answered)
  if (found?.type !== 'key') return false
  if (arn?.type === 'key') return answered === text
  if (arn !== undefined) {
    return found.partition === arn.partition && found.region === arn.region && found.account === arn.account
  }
  return text.startsWith('alias/') || answered.endsWith(`:key/${text}`)
}
