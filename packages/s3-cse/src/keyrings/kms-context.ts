/**
 * The encryption context of data keys that AWS KMS wraps.
 *
 * | algorithm     | stored                                                | the caller's                          |
 * | ------------- | ----------------------------------------------------- | ------------------------------------- |
 * | `kms+context` | the caller's pairs, and the content algorithm         | must be the same, none if none        |
 * | `kms`         | `kms_cmk_id`, and whatever pairs the writer has added | must be the same pairs, if any is given |
 *
 * AWS KMS gets what is stored, as it is.
 *
 * @module
 */

import { contextOf, type EncryptionContext, EncryptionContextError, quote } from '@esdk/cmm'
import type { ContentSuite } from '../content-suite.ts'
import type { WrappedDataKey } from '../envelope.ts'
import { samePairs } from './material-description.ts'

/** Holds the content algorithm, so that a wrapped data key is good for that alone. */
const contentAlgorithmKey = 'aws:x-amz-cek-alg'

/** Holds the key's name, in what old clients wrote. */
const keyNameKey = 'kms_cmk_id'

const reserved: readonly string[] = [contentAlgorithmKey, keyNameKey]

/**
 * What is stored, and authenticated by AWS KMS.
 *
 * @throws EncryptionContextError - the caller's context has a reserved key
 */
export function contextToStore(context: EncryptionContext, { contentAlgorithm }: ContentSuite): EncryptionContext {
  for (const key of reserved) {
    if (Object.hasOwn(context, key)) {
      throw new EncryptionContextError(`the encryption context key ${quote(key)} is reserved: choose another name`)
    }
  }
  return contextOf([...Object.entries(context), [contentAlgorithmKey, contentAlgorithm]])
}

/**
 * Is what an object stores that of its content algorithm, and of the caller's context?
 *
 * @throws EncryptionContextError - it is not
 */
export function checkStoredContext(
  { algorithm, description: stored }: WrappedDataKey,
  { contentAlgorithm }: ContentSuite,
  given: EncryptionContext = {},
): void {
  const bound = Object.hasOwn(stored, contentAlgorithmKey) ? stored[contentAlgorithmKey] : undefined
  if (algorithm === 'kms+context') {
    if (bound !== contentAlgorithm) throw wrongContentAlgorithm(bound, contentAlgorithm)
    checkSame(stored, given)
    return
  }
  // What has one was written as kms+context: under the other name, the caller's context would not be asked for.
  if (bound !== undefined) {
    throw new EncryptionContextError(
      `the data key is labelled "kms", and its encryption context has "${contentAlgorithmKey}", which only "kms+context" has: the metadata of the object was changed`,
    )
  }
  if (Object.keys(given).length > 0) checkSame(stored, given)
}

function checkSame(stored: EncryptionContext, given: EncryptionContext): void {
  const pairs = Object.entries(stored).filter(([key]) => !reserved.includes(key))
  if (samePairs(contextOf(pairs), given)) return
  throw new EncryptionContextError(
    `the encryption context of the object has ${describeKeys(pairs.map(([key]) => key))}; what was given has ${describeKeys(Object.keys(given))}: give the very pairs that the object was written with`,
  )
}

function wrongContentAlgorithm(bound: string | undefined, contentAlgorithm: string): EncryptionContextError {
  return new EncryptionContextError(
    `the encryption context of the object has ${bound === undefined ? 'no' : quote(bound)} "${contentAlgorithmKey}", its body is ${quote(contentAlgorithm)}: the metadata of the object was changed`,
  )
}

const longestList = 8

function describeKeys(keys: readonly string[]): string {
  if (keys.length === 0) return 'no pairs'
  const shown = keys.slice(0, longestList).map((key) => quote(key))
  return `the keys ${shown.join(', ')}${keys.length > longestList ? ` and ${keys.length - longestList} more` : ''}`
}
