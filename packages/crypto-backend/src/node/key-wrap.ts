import { createDecipheriv } from 'node:crypto'
import { checkAesKeyLength } from '../backend.ts'

/** The integrity check value of RFC 3394, section 2.2.3.1. */
const keyWrapIv = new Uint8Array(8).fill(0xa6)

export function unwrapAesKey(wrappingKey: Uint8Array, wrapped: Uint8Array): Uint8Array | undefined {
  checkAesKeyLength(wrappingKey)
  try {
    const decipher = createDecipheriv(`id-aes${wrappingKey.length * 8}-wrap`, wrappingKey, keyWrapIv)
    const key = new Uint8Array(decipher.update(wrapped))
    decipher.final()
    // OpenSSL unwraps keys of other lengths too; none of them is an AES key.
    checkAesKeyLength(key)
    return key
  } catch {
    return undefined
  }
}
