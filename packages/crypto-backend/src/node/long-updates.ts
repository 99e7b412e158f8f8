import type { Cipher, Decipher } from 'node:crypto'
import { allocate, plain } from './hash.ts'

/** What one call of a cipher takes; OpenSSL counts in signed 32-bit integers. */
const longestUpdate = 2 ** 30

/** The bytes in pieces that one call takes. */
export function piecesOf(bytes: Uint8Array, longest: number = longestUpdate): Uint8Array[] {
  const pieces: Uint8Array[] = []
  for (let start = 0; start < bytes.length; start += longest) pieces.push(bytes.subarray(start, start + longest))
  return pieces
}

/** All bytes through a cipher that gives as many as it takes, in memory of their own. */
export function updateAll(
  cipher: Cipher | Decipher,
  bytes: Uint8Array,
  longest: number = longestUpdate,
): Uint8Array<ArrayBuffer> {
  if (bytes.length <= longest) return plain(cipher.update(bytes))
  const output = allocate(bytes.length)
  let offset = 0
  for (const piece of piecesOf(bytes, longest)) {
    output.set(cipher.update(piece), offset)
    offset += piece.length
  }
  return output
}
