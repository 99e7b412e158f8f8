/**
 * Materials for keyrings to work with, names of keys, and what keyrings make of both.
 *
 * @module
 */

import {
  DataKey,
  type EmptyDecryptionMaterials,
  type EncryptedDataKey,
  type Keyring,
  type ReadyEncryptionMaterials,
} from '@esdk/cmm'
import { type AlgorithmSuiteId, algorithmSuite, contextOf, type EncryptionContext, utf8 } from '@esdk/serialize'

const account = '111122223333'

/** Keys in three Regions, one of them in two, and one of somebody else. */
export const oregon = `arn:aws:kms:us-west-2:${account}:key/11111111-1111-4111-8111-111111111111`
export const ireland = `arn:aws:kms:eu-west-1:${account}:key/22222222-2222-4222-8222-222222222222`
export const tokyo = `arn:aws:kms:ap-northeast-1:${account}:key/33333333-3333-4333-8333-333333333333`
export const sydney = `arn:aws:kms:ap-southeast-2:${account}:key/44444444-4444-4444-8444-444444444444`
export const mrkOregon = `arn:aws:kms:us-west-2:${account}:key/mrk-0123456789abcdef0123456789abcdef`
export const mrkIreland = `arn:aws:kms:eu-west-1:${account}:key/mrk-0123456789abcdef0123456789abcdef`
export const stranger = 'arn:aws:kms:us-west-2:999999999999:key/55555555-5555-4555-8555-555555555555'

export const context: EncryptionContext = contextOf([
  ['purpose', 'backup'],
  ['tenant', '42'],
])

export function toEncrypt(suite: AlgorithmSuiteId = 0x0478, encryptionContext: EncryptionContext = context) {
  return Object.freeze({
    suite: algorithmSuite(suite),
    encryptionContext,
    requiredContextKeys: new Set<string>(),
    encryptedDataKeys: Object.freeze([] as const),
  })
}

/** Materials that have a data key already, and one wrapped copy of it. */
export function toWrap(suite: AlgorithmSuiteId = 0x0478): ReadyEncryptionMaterials {
  const dataKey = new DataKey(Uint8Array.from({ length: algorithmSuite(suite).keyLength }, (_, i) => i + 1))
  return { ...toEncrypt(suite), dataKey, encryptedDataKeys: [edkOf(stranger, Uint8Array.of(1))] }
}

export function toDecrypt(
  suite: AlgorithmSuiteId = 0x0478,
  encryptionContext: EncryptionContext = context,
): EmptyDecryptionMaterials {
  return Object.freeze({ suite: algorithmSuite(suite), encryptionContext, requiredContextKeys: new Set<string>() })
}

/** An encrypted data key that says it was wrapped with this key. */
export function edkOf(providerInfo: string, ciphertext: Uint8Array = new Uint8Array(60), providerId = 'aws-kms') {
  return { providerId, providerInfo: utf8(providerInfo), ciphertext }
}

/** What a keyring makes of a new data key. */
export async function wrappedBy(
  keyring: Keyring,
  suite?: AlgorithmSuiteId,
): Promise<{ readonly dataKey: Uint8Array; readonly edks: readonly EncryptedDataKey[] }> {
  const { dataKey, encryptedDataKeys } = await keyring.onEncrypt(toEncrypt(suite))
  return { dataKey: new Uint8Array(dataKey.expose()), edks: encryptedDataKeys }
}

/** The bytes of the data key that a keyring unwraps. */
export async function unwrappedBy(
  keyring: Keyring,
  edks: readonly EncryptedDataKey[],
  materials: EmptyDecryptionMaterials = toDecrypt(),
): Promise<Uint8Array> {
  return new Uint8Array((await keyring.onDecrypt(materials, edks)).dataKey.expose())
}

/** What a keyring rejects with. Throws when it does not. */
export async function rejectionOf(
  promise: Promise<unknown>,
): Promise<Error & { readonly attempts?: readonly Error[] }> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (error instanceof Error) return error
  throw new Error(`expected an error, found ${String(error)}`)
}

/** How often a keyring tried in vain, and why. */
export async function attemptsOf(
  keyring: Keyring,
  edks: readonly EncryptedDataKey[],
  materials: EmptyDecryptionMaterials = toDecrypt(),
): Promise<readonly Error[]> {
  const error = await rejectionOf(keyring.onDecrypt(materials, edks))
  if ('code' in error && error.code === 'ERR_ESDK_NO_DATA_KEY' && error.attempts) return error.attempts
  throw new Error(`expected a NoDataKeyError, found ${String(error)}`)
}

export function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes)
}
