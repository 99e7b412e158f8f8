import { createHash, createHmac } from 'node:crypto'
import type { HashName } from '../backend.ts'

/** The names that OpenSSL has for the hashes. */
export const opensslHash: Readonly<Record<HashName, string>> = {
  'SHA-1': 'sha1',
  'SHA-256': 'sha256',
  'SHA-384': 'sha384',
  'SHA-512': 'sha512',
}

export function digest(hash: HashName, data: Uint8Array): Uint8Array {
  return plain(createHash(opensslHash[hash]).update(data).digest())
}

export function hmac(hash: HashName, key: Uint8Array, data: Uint8Array): Uint8Array {
  return plain(createHmac(opensslHash[hash], key).update(data).digest())
}

/** A `Uint8Array` over the same memory: a `Buffer` would show its own methods and its own text to the caller. */
export function plain(buffer: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(buffer.buffer as ArrayBuffer, buffer.byteOffset, buffer.length)
}

/** Bytes that nobody has zeroed, in an `ArrayBuffer` of their own (the pool of `Buffer` is shared with others). */
export function allocate(length: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.allocUnsafeSlow(length).buffer as ArrayBuffer)
}
