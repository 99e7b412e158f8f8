/**
 * The id of a cache entry, as the specification has it: the SHA-384 of these fields, with a zero byte between each two.
 *
 * | encryption, no suite asked for | encryption, with a suite | decryption                                 |
 * | ------------------------------ | ------------------------ | ------------------------------------------ |
 * | `01`: a caching CMM            | `01`                     | `01`                                       |
 * | `01`: to encrypt               | `01`                     | `02`: to decrypt                           |
 * | partition id, UTF-8            | partition id             | partition id                               |
 * | `00`: no suite                 | `01`: a suite            |                                            |
 * |                                | suite id, 2 bytes        | suite id, 2 bytes                          |
 * |                                |                          | encrypted data keys, serialized and sorted |
 * | context, serialized            | context, serialized      | context of the message, serialized         |
 *
 * These ids say nothing of the commitment policy, and their fields have no lengths: `entryKey` adds both.
 *
 * Spec: framework/caching-cmm.md, "Appendix A: Cache Entry Identifier Formulas"
 *
 * @module
 */

import type { AlgorithmSuite, EncryptedDataKey, EncryptionContext } from '@esdk/cmm'
import type { Awaitable, CryptoBackend } from '@esdk/crypto-backend'
import { compareBytes, concat, encodeContext, encodeEncryptedDataKey, u16, utf8 } from '@esdk/serialize'

/** What the id of encryption materials is made of. */
export interface EncryptionEntry {
  readonly partitionId: string
  readonly suite?: AlgorithmSuite | undefined
  readonly encryptionContext: EncryptionContext
}

/** What the id of decryption materials is made of. */
export interface DecryptionEntry {
  readonly partitionId: string
  readonly suite: AlgorithmSuite
  readonly encryptedDataKeys: readonly EncryptedDataKey[]
  /** The pairs of the message. */
  readonly encryptionContext: EncryptionContext
}

const cachingCmm = 0x01
const toEncrypt = 0x01
const toDecrypt = 0x02

/** The id of encryption materials: 48 bytes. */
export function encryptionEntryId(
  backend: Pick<CryptoBackend, 'digest'>,
  { partitionId, suite, encryptionContext }: EncryptionEntry,
): Awaitable<Uint8Array> {
  const choice = suite === undefined ? [0x00] : [0x01, 0x00, ...u16(suite.id)]
  const bytes = concat(
    Uint8Array.of(cachingCmm, 0x00, toEncrypt, 0x00),
    utf8(partitionId),
    Uint8Array.of(0x00, ...choice, 0x00),
    encodeContext(encryptionContext),
  )
  return backend.digest('SHA-384', bytes)
}

/** The id of decryption materials: 48 bytes. */
export function decryptionEntryId(
  backend: Pick<CryptoBackend, 'digest'>,
  { partitionId, suite, encryptedDataKeys, encryptionContext }: DecryptionEntry,
): Awaitable<Uint8Array> {
  const bytes = concat(
    Uint8Array.of(cachingCmm, 0x00, toDecrypt, 0x00),
    utf8(partitionId),
    Uint8Array.of(0x00, ...u16(suite.id), 0x00),
    ...encryptedDataKeys.map(encodeEncryptedDataKey).sort(compareBytes),
    Uint8Array.of(0x00),
    encodeContext(encryptionContext),
  )
  return backend.digest('SHA-384', bytes)
}
