/**
 * What holds for every keyring, whatever it wraps with.
 *
 * @module
 */

import { type DataKey, quote } from '@esdk/cmm'
import type { ContentSuite } from '../content-suite.ts'
import type { WrappingAlgorithm } from '../envelope.ts'
import { DataKeyError } from '../errors.ts'

/** Has a key one of the lengths that the suite takes? */
export function fitsKeyLength({ length }: { readonly length: number }, suite: ContentSuite): boolean {
  return (suite.keyLengths as readonly number[]).includes(length)
}

/** The lengths that the suite takes, for a sentence. */
export function describeKeyLengths({ keyLengths }: ContentSuite): string {
  return keyLengths.join(', ').replace(/, (\d+)$/, ' or $1')
}

/** @throws DataKeyError - the data key that is to be wrapped has a length that the suite does not take */
export function checkKeyLength(dataKey: DataKey, suite: ContentSuite): void {
  if (fitsKeyLength(dataKey, suite)) return
  throw new DataKeyError(
    `the data key has ${dataKey.length} bytes, and ${suite.name} takes ${describeKeyLengths(suite)}: it is not wrapped`,
  )
}

const keyringFor: Readonly<Record<WrappingAlgorithm, string>> = {
  'kms+context': 's3KmsKeyring',
  kms: 's3KmsKeyring',
  'AES/GCM': 's3AesKeyring',
  AESWrap: 's3AesKeyring',
  'RSA-OAEP-SHA1': 's3RsaKeyring',
  'RSA/ECB/OAEPWithSHA-256AndMGF1Padding': 's3RsaKeyring',
  v1: 's3AesKeyring or s3RsaKeyring',
}

/** @throws DataKeyError - the data key of the object is wrapped with another kind of key than the keyring has */
export function checkReads(keyring: string, reads: readonly WrappingAlgorithm[], algorithm: WrappingAlgorithm): void {
  if (reads.includes(algorithm)) return
  const needed = Object.hasOwn(keyringFor, algorithm) ? `, which needs ${keyringFor[algorithm]}` : ''
  throw new DataKeyError(`the data key of the object is wrapped with ${quote(algorithm)}${needed}: this is ${keyring}`)
}
