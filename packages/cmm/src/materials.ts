/**
 * What a message is encrypted or decrypted with, and how far it has come.
 *
 * Each state is a type of its own: a keyring gets empty materials and can only give back ready ones. Values are never
 * changed; each step makes a new one.
 *
 * Spec: framework/structures.md
 *
 * @module
 */

import type { SigningKey, VerificationKey } from '@esdk/crypto-backend'
import type { AlgorithmSuite, EncryptedDataKey, EncryptionContext } from '@esdk/serialize'
import type { DataKey } from './data-key.ts'
import { KeyringError, MaterialsError } from './errors.ts'

interface MaterialsCommon {
  readonly suite: AlgorithmSuite
  /** All pairs, those that are not stored in the message included. */
  readonly encryptionContext: EncryptionContext
  /** Keys of pairs that are authenticated but not stored, and must be given again to decrypt. */
  readonly requiredContextKeys: ReadonlySet<string>
}

/** What the first keyring is asked to fill in. */
export interface EmptyEncryptionMaterials extends MaterialsCommon {
  readonly dataKey?: undefined
  readonly encryptedDataKeys: readonly []
  /** There if, and only if, the suite signs. */
  readonly signingKey?: SigningKey
}

/** A data key and at least one wrapped copy of it: ready to encrypt a message. */
export interface ReadyEncryptionMaterials extends MaterialsCommon {
  readonly dataKey: DataKey
  readonly encryptedDataKeys: readonly [EncryptedDataKey, ...EncryptedDataKey[]]
  readonly signingKey?: SigningKey
}

/** What a keyring gets to encrypt: without a data key it makes one, with one it adds a wrapped copy. */
export type EncryptionMaterials = EmptyEncryptionMaterials | ReadyEncryptionMaterials

/** What a keyring is asked to find the data key for. */
export interface EmptyDecryptionMaterials extends MaterialsCommon {
  readonly dataKey?: undefined
  /** There if, and only if, the suite signs. */
  readonly verificationKey?: VerificationKey
}

/** The data key is known: ready to decrypt the message. */
export interface ReadyDecryptionMaterials extends MaterialsCommon {
  readonly dataKey: DataKey
  /** Which of the message's keys was unwrapped, where the keyring says so. */
  readonly encryptedDataKey?: EncryptedDataKey
  readonly verificationKey?: VerificationKey
}

/**
 * Materials with a new data key and its first wrapped copy.
 *
 * @throws MaterialsError - the key is not as long as the suite's
 */
export function withGeneratedDataKey(
  materials: EmptyEncryptionMaterials,
  dataKey: DataKey,
  wrapped: EncryptedDataKey,
): ReadyEncryptionMaterials {
  checkKeyLength(materials, dataKey)
  return readyToEncrypt(materials, dataKey, [wrapped])
}

/** Materials with one more wrapped copy of their data key. */
export function withWrappedDataKey(
  materials: ReadyEncryptionMaterials,
  wrapped: EncryptedDataKey,
): ReadyEncryptionMaterials {
  const [first, ...others] = materials.encryptedDataKeys
  return readyToEncrypt(materials, materials.dataKey, [first, ...others, wrapped])
}

function readyToEncrypt(
  { suite, encryptionContext, requiredContextKeys, signingKey }: EncryptionMaterials,
  dataKey: DataKey,
  encryptedDataKeys: ReadyEncryptionMaterials['encryptedDataKeys'],
): ReadyEncryptionMaterials {
  Object.freeze(encryptedDataKeys)
  return Object.freeze({
    suite,
    encryptionContext,
    requiredContextKeys,
    dataKey,
    encryptedDataKeys,
    ...(signingKey && { signingKey }),
  })
}

/**
 * Materials with the data key of a message. Give the `encryptedDataKey` it came from, and the caller of `decrypt`
 * learns which key opened the message.
 *
 * @throws MaterialsError - the key is not as long as the suite's
 * @throws KeyringError - the materials have a data key already
 */
export function withUnwrappedDataKey(
  materials: EmptyDecryptionMaterials,
  dataKey: DataKey,
  encryptedDataKey?: EncryptedDataKey,
): ReadyDecryptionMaterials {
  checkNoDataKey(materials)
  checkKeyLength(materials, dataKey)
  const { suite, encryptionContext, requiredContextKeys, verificationKey } = materials
  return Object.freeze({
    suite,
    encryptionContext,
    requiredContextKeys,
    dataKey,
    ...(encryptedDataKey && { encryptedDataKey }),
    ...(verificationKey && { verificationKey }),
  })
}

/**
 * For the first line of `onDecrypt`: a second data key must not replace the first.
 *
 * @throws KeyringError - the materials have a data key already
 */
export function checkNoDataKey(materials: { readonly dataKey?: DataKey | undefined }): void {
  if (materials.dataKey !== undefined) throw new KeyringError('the decryption materials have a data key already')
}

function checkKeyLength({ suite }: MaterialsCommon, dataKey: DataKey): void {
  if (dataKey.length !== suite.keyLength) {
    throw new MaterialsError(`data key of ${dataKey.length} bytes, the suite ${suite.name} takes ${suite.keyLength}`)
  }
}
