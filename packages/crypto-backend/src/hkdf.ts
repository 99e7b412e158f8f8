/**
 * HKDF, as ordinary code over a backend's HMAC: extract once, expand as often as there are keys to derive.
 *
 * Spec: RFC 5869; framework/transitive-requirements.md
 *
 * @module
 */

import type { CryptoBackend, HashName } from './backend.ts'

/** Bytes of a hash, and so of an extracted key. */
export const hashLength: Readonly<Record<HashName, number>> = {
  'SHA-1': 20,
  'SHA-256': 32,
  'SHA-384': 48,
  'SHA-512': 64,
}

/** The pseudorandom key of `key` under `salt`. The caller zeroes it. */
export async function hkdfExtract(
  backend: Pick<CryptoBackend, 'hmac'>,
  hash: HashName,
  key: Uint8Array,
  salt: Uint8Array,
): Promise<Uint8Array> {
  return backend.hmac(hash, salt, key)
}

/**
 * `length` bytes of key from an extracted one. The caller zeroes them.
 *
 * @throws RangeError - more than 255 hash lengths
 */
export async function hkdfExpand(
  backend: Pick<CryptoBackend, 'hmac'>,
  hash: HashName,
  extracted: Uint8Array,
  info: Uint8Array,
  length: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const blockLength = hashLength[hash]
  if (length > 255 * blockLength) throw new RangeError(`HKDF gives at most ${255 * blockLength} bytes, asked ${length}`)
  const output = new Uint8Array(length)
  let block: Uint8Array = new Uint8Array(0)
  for (let counter = 1, offset = 0; offset < length; counter++, offset += blockLength) {
    const input = new Uint8Array(block.length + info.length + 1)
    input.set(block)
    input.set(info, block.length)
    input[input.length - 1] = counter
    const next = await backend.hmac(hash, extracted, input)
    input.fill(0)
    block.fill(0)
    block = next
    output.set(block.subarray(0, length - offset), offset)
  }
  block.fill(0)
  return output
}
