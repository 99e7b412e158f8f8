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

import { ByteWriter, parseUtf8, readU16, utf8 } from './bytes.ts'
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
  const fields = fieldsOf(key)
  const writer = new ByteWriter(lengthOf(fields))
  for (const field of fields) writer.bytes16(field)
  return writer.bytes
}

/** The fields of all EDKs, in order: each is written with its length before it. */
export function encryptedDataKeyFields(keys: readonly EncryptedDataKey[]): readonly Uint8Array[] {
  const fields: Uint8Array[] = []
  for (const key of keys) fields.push(...fieldsOf(key))
  return fields
}

/** Bytes of fields that are written with their lengths. */
export function lengthOf(fields: readonly Uint8Array[]): number {
  return fields.reduce((sum, field) => sum + 2 + field.length, 0)
}

function fieldsOf(key: EncryptedDataKey): Uint8Array[] {
  return [utf8(key.providerId), key.providerInfo, key.ciphertext]
}

/** Reads as many EDKs as `count` says, or none when those are more than `maxEncryptedDataKeys`. */
export function* readEncryptedDataKeys(
  count: number,
  maxEncryptedDataKeys: number,
): Decoder<readonly EncryptedDataKey[]> {
  if (count === 0) {
    throw new MessageFormatError('ERR_ESDK_HEADER_MALFORMED', 'the message holds no encrypted data key')
  }
  if (count > maxEncryptedDataKeys) {
    throw new LimitError(
      'maxEncryptedDataKeys',
      maxEncryptedDataKeys,
      count,
      'the message has too many encrypted data keys',
    )
  }
  const keys: EncryptedDataKey[] = []
  for (let i = 0; i < count; i++) {
    // Each field is asked for together with the length of the next: fewer steps for every key.
    const idLength = readU16(yield 2)
    const id = yield idLength + 2
    const infoLength = readU16(id, idLength)
    const info = yield infoLength + 2
    const ciphertext = yield readU16(info, infoLength)
    const providerId = parseUtf8(id.subarray(0, idLength))
    if (providerId === undefined) {
      throw new MessageFormatError('ERR_ESDK_HEADER_MALFORMED', 'the provider id of an encrypted data key is not UTF-8')
    }
    keys.push(Object.freeze({ providerId, providerInfo: info.subarray(0, infoLength), ciphertext }))
  }
  return Object.freeze(keys)
}
