/**
 * What a symmetric key encrypts: AES-256-GCM, bound to the key and the encryption context.
 *
 * | field      | bytes    | meaning                                      |
 * | ---------- | -------- | -------------------------------------------- |
 * | magic      | 4        | `eLK1`                                       |
 * | key length | 1        | uint8                                        |
 * | key        | as above | id of the key, without Region: replicas open what another Region encrypted |
 * | IV         | 12       | random                                       |
 * | ciphertext | any      |                                              |
 * | tag        | 16       |                                              |
 *
 * The additional data is all before the IV, then the context: each name and value, in the order of the bytes of the
 * names, with its length as uint32 before it. AWS KMS has a layout of its own, which it does not tell.
 *
 * @module
 */

import { createCipheriv, createDecipheriv, randomFillSync } from 'node:crypto'
import { LocalKmsError } from './kms-error.ts'

const magic = Uint8Array.of(0x65, 0x4c, 0x4b, 0x31)
const ivLength = 12
const tagLength = 16
const algorithm = 'aes-256-gcm'

/** Names and values in any order. */
export type Context = readonly (readonly [string, string])[]

interface BoundKey {
  readonly id: string
  readonly material: Uint8Array
}

export function sealBlob({ id, material }: BoundKey, plaintext: Uint8Array, context: Context): Uint8Array {
  const prefix = blobPrefix(id)
  const iv = randomFillSync(new Uint8Array(ivLength))
  const cipher = createCipheriv(algorithm, material, iv)
  cipher.setAAD(concat(prefix, encodeContext(context)))
  const ciphertext = cipher.update(plaintext)
  cipher.final()
  return concat(prefix, iv, ciphertext, cipher.getAuthTag())
}

/** @throws LocalKmsError - InvalidCiphertextException: changed bytes, or another context */
export function openBlob({ id, material }: BoundKey, blob: Uint8Array, context: Context): Uint8Array {
  const prefix = blobPrefix(id)
  const sealed = blob.subarray(prefix.length)
  const iv = sealed.subarray(0, ivLength)
  const decipher = createDecipheriv(algorithm, material, iv, { authTagLength: tagLength })
  decipher.setAAD(concat(prefix, encodeContext(context)))
  try {
    decipher.setAuthTag(sealed.subarray(sealed.length - tagLength))
    const plaintext = decipher.update(sealed.subarray(ivLength, sealed.length - tagLength))
    decipher.final()
    return new Uint8Array(plaintext)
  } catch {
    throw invalidCiphertext()
  }
}

/**
 * The id of the key that a blob names.
 *
 * @throws LocalKmsError - InvalidCiphertextException: it is no blob of a local KMS
 */
export function keyIdOfBlob(blob: Uint8Array): string {
  const start = magic.length + 1
  const end = start + (blob[magic.length] ?? 0)
  if (!magic.every((byte, i) => blob[i] === byte) || blob.length < end + ivLength + tagLength) {
    throw invalidCiphertext()
  }
  return new TextDecoder().decode(blob.subarray(start, end))
}

/** One text, whatever is wrong: AWS KMS does not tell either. */
export function invalidCiphertext(): LocalKmsError {
  return new LocalKmsError(
    'InvalidCiphertextException',
    'the ciphertext cannot be opened: it was changed, or encrypted by another key or under another encryption context',
  )
}

function blobPrefix(id: string): Uint8Array {
  const name = new TextEncoder().encode(id)
  return concat(magic, Uint8Array.of(name.length), name)
}

function encodeContext(context: Context): Uint8Array {
  const encoder = new TextEncoder()
  const encoded = context.map(([name, value]) => [encoder.encode(name), encoder.encode(value)] as const)
  encoded.sort(([a], [b]) => Buffer.compare(a, b))
  return concat(...encoded.flat().flatMap((part) => [u32(part.length), part]))
}

function u32(value: number): Uint8Array {
  const bytes = new Uint8Array(4)
  new DataView(bytes.buffer).setUint32(0, value)
  return bytes
}

function concat(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts))
}
