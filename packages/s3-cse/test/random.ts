/**
 * A backend whose random bytes are the same each time, so that two clients write the same object.
 *
 * @module
 */

import { type CryptoBackend, defaultBackend } from '@esdk/crypto-backend'

/** Random bytes 1, 2, 3, ...: for tests of equal bytes, and for nothing else. */
export function countingBackend(): CryptoBackend {
  let next = 1
  const randomBytes = (length: number) => Uint8Array.from({ length }, () => next++ & 0xff)
  return { ...defaultBackend, randomBytes }
}
