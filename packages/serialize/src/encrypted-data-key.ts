/**
 * An encrypted data key (EDK): one wrapped copy of the data key of a message.
 *
 * | field              | bytes    | meaning                                          |
 * | ------------------ | -------- | ------------------------------------------------ |
 * | provider id length | 2        | uint16                                           |
 * | provider id        | as above | UTF-8: which kind of keyring, or whose namespace |
 * | info length        | 2        | uint16                                           |
 * | info               | as above | bytes: which key                                 |
 * | ciphertext length  | 2        | uint16                                           |
 * | ciphertext         | as above | bytes: the wrapped data key                      |
 *
 * Spec: data-format/message-header.md, "Encrypted Data Keys"
 *
 * @module
 */

import { concat, lengthPrefixed16, parseUtf8, u16, utf8 } from './bytes.ts'
import * as read from './decoder.ts'
import type { Decoder } from './decoder.ts'
import { LimitError, MessageFormatError } from './errors.ts'

/** One wrapped copy of a data key. */
export interface EncryptedDataKey {
  readonly providerId: string
  readonly providerInfo: Uint8Array
  readonly ciphertext: Uint8Array
}

/** The bytes of one EDK. Each part takes at most 65535 bytes. */
export function encodeEncryptedDataKey(key: EncryptedDataKey): Uint8Array<ArrayBuffer> {
  return concat(
    lengthPrefixed16(utf8(key.providerId)),
    lengthPrefixed16(key.providerInfo),
    lengthPrefixed16(key.ciphertext),
  )
}

/** The count, then each EDK in order. */
export function encodeEncryptedDataKeys(keys: readonly EncryptedDataKey[]): Uint8Array<ArrayBuffer> {
  return concat(u16(keys.length), ...keys.map(encodeEncryptedDataKey))
}

/** Reads the count and the EDKs; stops at the count when it is above `maxEncryptedDataKeys`. */
export function* readEncryptedDataKeys(maxEncryptedDataKeys: number): Decoder<readonly EncryptedDataKey[]> {
  const count = yield* read.u16()
  if (count === 0) {
    throw new MessageFormatError('ERR_ESDK_HEADER_MALFORMED', 'the message holds no encrypted data key')
  }
  if (count > maxEncryptedDataKeys) {
    throw new LimitError('maxEncryptedDataKeys', maxEncryptedDataKeys, count, 'the message has too many encrypted data keys')
  }
  const keys: EncryptedDataKey[] = []
  for (let i = 0; i < count; i++) keys.push(yield* readEncryptedDataKey())
  return Object.freeze(keys)
}

function* readEncryptedDataKey(): Decoder<EncryptedDataKey> {
  const providerId = parseUtf8(yield* read.bytes16())
  if (providerId === undefined) {
    throw new MessageFormatError('ERR_ESDK_HEADER_MALFORMED', 'the provider id of an encrypted data key is not UTF-8')
  }
  const providerInfo = yield* read.bytes16()
  const ciphertext = yield* read.bytes16()
  return Object.freeze({ providerId, providerInfo, ciphertext })
}
