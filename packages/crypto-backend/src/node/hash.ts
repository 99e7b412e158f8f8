import crypto, { createHash, createHmac } from 'node:crypto'
import type { HashName } from '../backend.ts'

/** The names that OpenSSL has for the hashes. */
export const opensslHash: Readonly<Record<HashName, string>> = {
  'SHA-1': 'sha1',
  'SHA-256': 'sha256',
  'SHA-384': 'sha384',
  'SHA-512': 'sha512',
}

/** Bytes that a hash takes in at once: the length of an HMAC key that is filled up. */
const blockLengths: Readonly<Record<HashName, number>> = { 'SHA-1': 64, 'SHA-256': 64, 'SHA-384': 128, 'SHA-512': 128 }

/** Node has it from 20.12 on. */
const hashOnce = crypto.hash as typeof crypto.hash | undefined

export function digest(hash: HashName, data: Uint8Array): Uint8Array<ArrayBuffer> {
  return plain(
    hashOnce === undefined
      ? createHash(opensslHash[hash]).update(data).digest()
      : hashOnce(opensslHash[hash], data, 'buffer'),
  )
}

/** Short inputs, as key derivation has them, go through memory that is used again. */
const scratch = new Uint8Array(512)

/**
 * HMAC (RFC 2104) as two hashes: `createHmac` takes half as long again on Node 20, and six times as long on Node 24,
 * where each new object costs more than what it hashes.
 */
export function hmac(hash: HashName, key: Uint8Array, data: Uint8Array): Uint8Array<ArrayBuffer> {
  const block = blockLengths[hash]
  if (hashOnce === undefined || key.length > block || block + data.length > scratch.length) {
    return plain(createHmac(opensslHash[hash], key).update(data).digest())
  }
  const name = opensslHash[hash]
  writeKey(key, block, 0x36)
  scratch.set(data, block)
  // As text: a Buffer costs more than the hash. Without the key, it tells nothing.
  const inner = hashOnce(name, scratch.subarray(0, block + data.length), 'binary')
  writeKey(key, block, 0x5c)
  for (let i = 0; i < inner.length; i++) scratch[block + i] = inner.charCodeAt(i)
  const outer = hashOnce(name, scratch.subarray(0, block + inner.length), 'buffer')
  scratch.fill(0)
  return plain(outer)
}

function writeKey(key: Uint8Array, block: number, pad: number): void {
  for (let i = 0; i < key.length; i++) scratch[i] = (key[i] as number) ^ pad
  for (let i = key.length; i < block; i++) scratch[i] = pad
}

/** A `Uint8Array` over the same memory: a `Buffer` would show its own methods and its own text to the caller. */
export function plain(buffer: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(buffer.buffer as ArrayBuffer, buffer.byteOffset, buffer.length)
}

/** Up to this length V8 keeps bytes within the object. */
const longestInObject = 64

/** Bytes that nobody has zeroed, in an `ArrayBuffer` of their own (the pool of `Buffer` is shared with others). */
export function allocate(length: number): Uint8Array<ArrayBuffer> {
  if (length <= longestInObject) return new Uint8Array(length)
  return new Uint8Array(Buffer.allocUnsafeSlow(length).buffer)
}
