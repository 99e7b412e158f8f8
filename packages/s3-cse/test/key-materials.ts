/**
 * What keyrings of S3 objects are asked for, in tests.
 *
 * @module
 */

import { contextOf, DataKey, type EncryptionContext } from '@esdk/cmm'
import { type ContentSuite, contentSuites } from '../src/content-suite.ts'
import type { WrappedDataKey, WrappingAlgorithm } from '../src/envelope.ts'
import type { S3Keyring } from '../src/materials.ts'

const account = '111122223333'

/** Keys in two Regions, and one of somebody else. */
export const oregon = `arn:aws:kms:us-west-2:${account}:key/11111111-1111-4111-8111-111111111111`
export const ireland = `arn:aws:kms:eu-west-1:${account}:key/22222222-2222-4222-8222-222222222222`
export const stranger = 'arn:aws:kms:us-west-2:999999999999:key/55555555-5555-4555-8555-555555555555'

export const { cbc, gcm, committing } = contentSuites

export const noContext: EncryptionContext = contextOf([])
export const context: EncryptionContext = contextOf([
  ['team', 'alpha'],
  ['purpose', 'unit test'],
])

export function toEncrypt(suite: ContentSuite = committing, encryptionContext: EncryptionContext = noContext) {
  return { suite, encryptionContext }
}

/** The bytes 1, 2, 3 and so on. */
export function counting(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => i + 1)
}

/** Materials with a data key of these bytes. */
export function toRewrap(bytes: Uint8Array, suite: ContentSuite = committing, encryptionContext = noContext) {
  return { suite, encryptionContext, dataKey: new DataKey(bytes) }
}

export function toDecrypt(suite: ContentSuite = committing, encryptionContext?: EncryptionContext) {
  return { suite, encryptionContext }
}

export function wrapped(
  algorithm: WrappingAlgorithm,
  ciphertext: Uint8Array,
  description: Readonly<Record<string, string>> = {},
): WrappedDataKey {
  return { algorithm, ciphertext, description: contextOf(Object.entries(description)) }
}

/** The data key that a keyring unwraps. */
export async function unwrappedBy(
  keyring: S3Keyring,
  dataKey: WrappedDataKey,
  suite: ContentSuite = committing,
  encryptionContext?: EncryptionContext,
): Promise<Uint8Array> {
  return (await keyring.onDecrypt(toDecrypt(suite, encryptionContext), dataKey)).dataKey.expose()
}

/** What a promise is rejected with. */
export async function rejectionOf(promise: Promise<unknown>): Promise<Error> {
  const outcome = await promise.then(
    () => undefined,
    (error: unknown) => error,
  )
  if (outcome instanceof Error) return outcome
  throw new Error('it was not rejected with an error')
}
