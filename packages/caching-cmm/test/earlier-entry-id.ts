/**
 * The id of a cache entry as it was until 2024, and as the caches of released implementations still compute it: a
 * SHA-512 of hashes. Nothing here is kept under it; it tells which entry of theirs a request belongs to.
 *
 * | encryption                                    | decryption                                             |
 * | --------------------------------------------- | ------------------------------------------------------ |
 * | SHA-512 of the partition id                   | SHA-512 of the partition id                            |
 * | `00`, or `01` and the suite id that was asked for | suite id                                           |
 * |                                               | SHA-512 of each serialized encrypted data key, sorted  |
 * |                                               | 64 zero bytes                                          |
 * | SHA-512 of the serialized context             | SHA-512 of the serialized context                      |
 *
 * Spec: changes/2020-07-17_cache-entry-identifier-formulas/change.md
 *
 * @module
 */

import type { CryptoBackend } from '@esdk/crypto-backend'
import { compareBytes, concat, encodeContext, encodeEncryptedDataKey, u16, utf8 } from '@esdk/serialize'
import type { DecryptionEntry, EncryptionEntry } from '../src/entry-id.ts'

/** The earlier id of encryption materials: 64 bytes. */
export async function earlierEncryptionEntryId(
  backend: Pick<CryptoBackend, 'digest'>,
  { partitionId, suite, encryptionContext }: EncryptionEntry,
): Promise<Uint8Array> {
  const hash = async (bytes: Uint8Array) => backend.digest('SHA-512', bytes)
  return hash(
    concat(
      await hash(utf8(partitionId)),
      suite === undefined ? Uint8Array.of(0x00) : Uint8Array.of(0x01, ...u16(suite.id)),
      await hash(encodeContext(encryptionContext)),
    ),
  )
}

/** The earlier id of decryption materials: 64 bytes. */
export async function earlierDecryptionEntryId(
  backend: Pick<CryptoBackend, 'digest'>,
  { partitionId, suite, encryptedDataKeys, encryptionContext }: DecryptionEntry,
): Promise<Uint8Array> {
  const hash = async (bytes: Uint8Array) => backend.digest('SHA-512', bytes)
  const keys = await Promise.all(encryptedDataKeys.map((key) => hash(encodeEncryptedDataKey(key))))
  return hash(
    concat(
      await hash(utf8(partitionId)),
      u16(suite.id),
      ...keys.sort(compareBytes),
      new Uint8Array(64),
      await hash(encodeContext(encryptionContext)),
    ),
  )
}
