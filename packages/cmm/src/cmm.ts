/**
 * A cryptographic materials manager (CMM) decides what a message is encrypted or decrypted with.
 *
 * Spec: framework/cmm-interface.md
 *
 * @module
 */

import type { AlgorithmSuite, EncryptedDataKey, EncryptionContext } from '@esdk/serialize'
import type { CommitmentPolicy } from './commitment-policy.ts'
import { type CallOptions, hasMethods } from './keyring.ts'
import type { ReadyDecryptionMaterials, ReadyEncryptionMaterials } from './materials.ts'

/** What a client asks for to encrypt one message. */
export interface EncryptionMaterialsRequest extends CallOptions {
  readonly commitmentPolicy: CommitmentPolicy
  readonly encryptionContext: EncryptionContext
  /** Keys of pairs that must be authenticated but not stored. */
  readonly requiredContextKeys?: ReadonlySet<string>
  /** The suite the caller asked for; without one, the manager chooses. */
  readonly suite?: AlgorithmSuite
  /** The plaintext has at most this many bytes. Not there when that is unknown. */
  readonly maxPlaintextLength?: number
}

/** What a client asks for to decrypt one message. */
export interface DecryptionMaterialsRequest extends CallOptions {
  readonly commitmentPolicy: CommitmentPolicy
  readonly suite: AlgorithmSuite
  readonly encryptedDataKeys: readonly EncryptedDataKey[]
  /** The pairs in the message. */
  readonly encryptionContext: EncryptionContext
  /** The pairs that the caller of `decrypt` gave. */
  readonly reproducedContext?: EncryptionContext
}

/** Any object with these two methods is one. */
export interface CryptographicMaterialsManager {
  getEncryptionMaterials(request: EncryptionMaterialsRequest): Promise<ReadyEncryptionMaterials>
  decryptMaterials(request: DecryptionMaterialsRequest): Promise<ReadyDecryptionMaterials>
}

/** Has this value the two methods of a materials manager? */
export function isCmm(value: unknown): value is CryptographicMaterialsManager {
  return hasMethods(value, 'getEncryptionMaterials', 'decryptMaterials')
}
