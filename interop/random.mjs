/**
 * Numbers and bytes that are the same for the same seed, on every machine.
 *
 * @module
 */

import { createCipheriv, createHash } from 'node:crypto'

/** An endless row of numbers from 0 up to, not including, 1. */
export function randomNumbers(seed) {
  // mulberry32, in the public domain: 32 bits of state, good enough to choose with.
  let state = createHash('sha256').update(`numbers ${seed}`).digest().readUInt32BE()
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Bytes without a pattern. */
export function randomBytesOf(seed, length) {
  const key = createHash('sha256').update(`bytes ${seed}`).digest()
  return createCipheriv('aes-256-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(length))
}

/** The items in another order. */
export function shuffled(items, random) {
  const result = [...items]
  for (let last = result.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1))
    ;[result[last], result[other]] = [result[other], result[last]]
  }
  return result
}
