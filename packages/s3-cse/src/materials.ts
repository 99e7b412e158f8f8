/**
 * What an object is encrypted or decrypted with, and who decides it.
 *
 * A keyring wraps and unwraps data keys; a materials manager (CMM) decides which keyring, suite and context are used.
 * Materials are values: each step makes new ones, and ready ones cannot be had without a data key.
 *
 * @module
 */

import type { CallOptions, CommitmentPolicy, DataKey, EncryptionContext } from '@esdk/cmm'
import type { ContentSuite, WritingSuite } from './content-suite.ts'
import type { WrappedDataKey, WritingAlgorithm } from './envelope.ts'

/** What a keyring is asked to make a data key for. */
export interface EmptyObjectEncryptionMaterials {
  readonly suite: ContentSuite
  /** What the caller of `PutObject` gave. */
  readonly encryptionContext: EncryptionContext
  readonly dataKey?: undefined
}

/** The data key of an object that is there already, to be wrapped for another key. */
export interface RewrappingMaterials extends Omit<EmptyObjectEncryptionMaterials, 'dataKey'> {
  readonly dataKey: DataKey
}

/** What a keyring gets to encrypt: without a data key it makes one, with one it wraps that. */
export type ObjectEncryptionMaterials = EmptyObjectEncryptionMaterials | RewrappingMaterials

/** A data key, of 32 bytes where it is new, and the same wrapped. Whoever gets them zeroes the key. */
export interface ReadyObjectEncryptionMaterials extends RewrappingMaterials {
  readonly wrappedDataKey: WrappedDataKey & { readonly algorithm: WritingAlgorithm }
}

/** What a keyring is asked to unwrap the data key for. */
export interface EmptyObjectDecryptionMaterials {
  readonly suite: ContentSuite
  /** What the caller of `GetObject` gave; `undefined` when nothing. */
  readonly encryptionContext: EncryptionContext | undefined
  readonly dataKey?: undefined
}

/** The data key is known. Whoever gets it zeroes it. */
export interface ReadyObjectDecryptionMaterials extends Omit<EmptyObjectDecryptionMaterials, 'dataKey'> {
  readonly dataKey: DataKey
}

/** The data key of an object that is there already, which another keyring can unwrap. */
export interface ReEncryptionRequest {
  readonly suite: ContentSuite
  /** Unwraps it. */
  readonly from: S3Keyring
  readonly wrappedDataKey: WrappedDataKey
  /** What `from` is given to unwrap it. */
  readonly encryptionContext: EncryptionContext | undefined
  readonly newEncryptionContext: EncryptionContext
}

/** Wraps and unwraps the data keys of objects. Any object with the first two methods is one. */
export interface S3Keyring {
  /** Without a data key: make one of 32 bytes and wrap it. With one: wrap it. */
  onEncrypt(materials: ObjectEncryptionMaterials, options?: CallOptions): Promise<ReadyObjectEncryptionMaterials>
  /** Unwrap the data key of an object. What is legacy, the client has allowed before. */
  onDecrypt(
    materials: EmptyObjectDecryptionMaterials,
    wrappedDataKey: WrappedDataKey,
    options?: CallOptions,
  ): Promise<ReadyObjectDecryptionMaterials>
  /**
   * Wrap a data key without unwrapping it here, where one service holds the keys of both. `undefined`: it does not, and
   * the data key is to be unwrapped by `from` and wrapped by `onEncrypt`.
   */
  onReEncrypt?(
    request: ReEncryptionRequest,
    options?: CallOptions,
  ): Promise<ReadyObjectEncryptionMaterials['wrappedDataKey'] | undefined>
}

export interface ObjectEncryptionRequest extends CallOptions {
  readonly suite: WritingSuite
  readonly encryptionContext: EncryptionContext
  readonly commitmentPolicy: CommitmentPolicy
  /** Bytes; not there when the length is unknown. */
  readonly maxPlaintextLength?: number
}

export interface ObjectDecryptionRequest extends CallOptions, EmptyObjectDecryptionMaterials {
  readonly commitmentPolicy: CommitmentPolicy
  readonly wrappedDataKey: WrappedDataKey
}

/** Decides what objects are encrypted and decrypted with. Any object with these two methods is one. */
export interface S3CryptographicMaterialsManager {
  getEncryptionMaterials(request: ObjectEncryptionRequest): Promise<ReadyObjectEncryptionMaterials>
  decryptMaterials(request: ObjectDecryptionRequest): Promise<ReadyObjectDecryptionMaterials>
}
