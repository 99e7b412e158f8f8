/**
 * A keyring wraps and unwraps data keys. Two methods make one.
 *
 * Spec: framework/keyring-interface.md
 *
 * @module
 */

import type { EncryptedDataKey } from '@esdk/serialize'
import type {
  EmptyDecryptionMaterials,
  EncryptionMaterials,
  ReadyDecryptionMaterials,
  ReadyEncryptionMaterials,
} from './materials.ts'

/** What comes along with each call of a keyring or a materials manager. */
export interface CallOptions {
  /** Aborted when the caller has lost interest. Pass it on to whatever waits. */
  readonly signal?: AbortSignal
}

/** Wraps data keys, and unwraps them. */
export interface Keyring {
  /** Without a data key: make one and wrap it. With one: add a wrapped copy. */
  onEncrypt(materials: EncryptionMaterials, options?: CallOptions): Promise<ReadyEncryptionMaterials>
  /** Unwrap the first key it can, in message order; reject with `NoDataKeyError` when there is none. */
  onDecrypt(
    materials: EmptyDecryptionMaterials,
    encryptedDataKeys: readonly EncryptedDataKey[],
    options?: CallOptions,
  ): Promise<ReadyDecryptionMaterials>
}

/** Has this value the two methods of a keyring? */
export function isKeyring(value: unknown): value is Keyring {
  return hasMethods(value, 'onEncrypt', 'onDecrypt')
}

/** Is this an object with all of these methods? */
export function hasMethods(value: unknown, ...names: readonly string[]): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    names.every((name) => typeof (value as Record<string, unknown>)[name] === 'function')
  )
}
