/**
 * Requests as a client makes them.
 *
 * @module
 */

import type {
  CommitmentPolicy,
  DecryptionMaterialsRequest,
  EncryptedDataKey,
  EncryptionMaterialsRequest,
  ReadyEncryptionMaterials,
} from '@esdk/cmm'
import { algorithmSuite, contextOf, type EncryptionContext, hex } from '@esdk/serialize'

export const strict: CommitmentPolicy = 'require-encrypt-require-decrypt'
export const forbidding: CommitmentPolicy = 'forbid-encrypt-allow-decrypt'

export const context: EncryptionContext = contextOf([
  ['purpose', 'backup'],
  ['tenant', '42'],
])

/** One message of 100 bytes in the suite 0478. */
export function toEncrypt(changes: Partial<EncryptionMaterialsRequest> = {}): EncryptionMaterialsRequest {
  return Object.freeze({
    commitmentPolicy: strict,
    suite: algorithmSuite(0x0478),
    encryptionContext: context,
    maxPlaintextLength: 100,
    ...changes,
  })
}

/** The message that was encrypted with these materials. */
export function toDecrypt(
  { suite, encryptedDataKeys, encryptionContext }: ReadyEncryptionMaterials,
  changes: Partial<DecryptionMaterialsRequest> = {},
): DecryptionMaterialsRequest {
  const commitmentPolicy = suite.committing ? strict : forbidding
  return Object.freeze({ commitmentPolicy, suite, encryptedDataKeys, encryptionContext, ...changes })
}

/** The data keys as hexadecimal text. */
export function keysOf(materials: readonly { readonly dataKey: { expose(): Uint8Array } }[]): string[] {
  return materials.map(({ dataKey }) => hex(dataKey.expose()))
}

/** An encrypted data key of three short texts. */
export function edk(providerId: string, info: string, ciphertext: string): EncryptedDataKey {
  const bytes = (text: string) => new TextEncoder().encode(text)
  return { providerId, providerInfo: bytes(info), ciphertext: bytes(ciphertext) }
}
