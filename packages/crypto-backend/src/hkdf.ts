/**
 * HKDF, as ordinary code over a backend's HMAC: extract once, expand as often as there are keys to derive.
 *
 * Spec: RFC 5869; framework/transitive-requirements.md
 *
 * @module
 */

import { type Awaitable, andThen, type CryptoBackend, type HashName, zero } from './backend.ts'

/** Bytes of a hash, and so of an extracted key. */
export const hashLength: Readonly<Record<HashName, number>> = {
  'SHA-1': 20,
  'SHA-256': 32,
  'SHA-384': 48,
  'SHA-512': 64,
}

/** The pseudorandom key of `key` under `salt`. The caller zeroes it. */
export function hkdfExtract(
  backend: Pick<CryptoBackend, 'hmac'>,
  hash: HashName,
  key: Uint8Array,
  salt: Uint8Array,
): Awaitable<Uint8Array> {
  return backend.hmac(hash, salt, key)
}

/**
 * `length` bytes of key from an extracted one. The caller zeroes them.
 *
 * @throws RangeError - more than 255 hash lengths
 */
export function hkdfExpand(
  backend: Pick<CryptoBackend, 'hmac'>,
  hash: HashName,
  extracted: Uint8Array,
  info: Uint8Array,
  length: number,
): Awaitable<Uint8Array> {
  const blockLength = hashLength[hash]
  if (length > 255 * blockLength) throw new RangeError(`HKDF gives at most ${255 * blockLength} bytes, asked ${length}`)
  const output = new Uint8Array(length)
  const addBlock = (counter: number, previous: Uint8Array): Awaitable<Uint8Array> => {
    const offset = (counter - 1) * blockLength
    if (offset >= length) return output
    const input = new Uint8Array(previous.length + info.length + 1)
    input.set(previous)
    input.set(info, previous.length)
    input[input.length - 1] = counter
    return andThen(backend.hmac(hash, extracted, input), (block) => {
      const end = Math.min(blockLength, length - offset)
      for (let i = 0; i < end; i++) output[offset + i] = block[i] as number
      const result = andThen(addBlock(counter + 1, block), () => output)
      zero(input)
      zero(block)
      return result
    })
  }
  return addBlock(1, new Uint8Array(0))
}
