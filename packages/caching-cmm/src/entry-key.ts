/**
 * Under which key a request's materials are kept: the specified entry id, and what must not be shared besides.
 *
 * | field                                | bytes        |                                                       |
 * | ------------------------------------ | ------------ | ----------------------------------------------------- |
 * | entry id                             | 48           | see `entry-id.ts`                                     |
 * | commitment policy                    | 2 + its name | so that no client gets a suite that its policy forbids |
 * | partition id, then context           | 4 each       | their lengths: the id has none between its fields     |
 * | encryption: keys that are not stored | 2 + each     | counted and sorted                                    |
 * | decryption: context given again      | 4 + bytes    | serialized                                            |
 *
 * The key is the base64 text of the SHA-384 of all that.
 *
 * @module
 */

import type { DecryptionMaterialsRequest, EncryptionMaterialsRequest } from '@esdk/cmm'
import { type Awaitable, andThen, type CryptoBackend } from '@esdk/crypto-backend'
import {
  compareUtf8,
  concat,
  copyContext,
  emptyContext,
  encodeBase64,
  encodeContext,
  u16,
  u32,
  utf8,
} from '@esdk/serialize'
import { decryptionEntryId, encryptionEntryId } from './entry-id.ts'

type Digest = Pick<CryptoBackend, 'digest'>

/**
 * The key of what a request to encrypt asks for.
 *
 * @throws TypeError - a context that has no UTF-8 form: two of them would have one key
 */
export function encryptionKey(
  backend: Digest,
  partitionId: string,
  { commitmentPolicy, suite, encryptionContext: given, requiredContextKeys }: EncryptionMaterialsRequest,
): Awaitable<string> {
  const encryptionContext = copyContext(given)
  const required = requiredContextKeys === undefined ? [] : [...requiredContextKeys].sort(compareUtf8)
  const rest = concat(
    withLength(utf8(commitmentPolicy)),
    u32(utf8(partitionId).length),
    u32(encodeContext(encryptionContext).length),
    u16(required.length),
    ...required.map((key) => withLength(utf8(key))),
  )
  return keyOf(backend, encryptionEntryId(backend, { partitionId, suite, encryptionContext }), rest)
}

/**
 * The key of what a request to decrypt asks for.
 *
 * @throws TypeError - a context that has no UTF-8 form: two of them would have one key
 */
export function decryptionKey(
  backend: Digest,
  partitionId: string,
  { commitmentPolicy, suite, encryptedDataKeys, ...contexts }: DecryptionMaterialsRequest,
): Awaitable<string> {
  const encryptionContext = copyContext(contexts.encryptionContext)
  // Before the context of the message: the bytes of the last context are at hand the next time they are asked for.
  const again = encodeContext(copyContext(contexts.reproducedContext ?? emptyContext))
  const rest = concat(
    withLength(utf8(commitmentPolicy)),
    u32(utf8(partitionId).length),
    u32(encodeContext(encryptionContext).length),
    u32(again.length),
    again,
  )
  const id = decryptionEntryId(backend, { partitionId, suite, encryptedDataKeys, encryptionContext })
  return keyOf(backend, id, rest)
}

function keyOf(backend: Digest, id: Awaitable<Uint8Array>, rest: Uint8Array): Awaitable<string> {
  return andThen(id, (bytes) => andThen(backend.digest('SHA-384', concat(bytes, rest)), encodeBase64))
}

function withLength(bytes: Uint8Array): Uint8Array {
  return concat(u16(bytes.length), bytes)
}
