/**
 * Comparing long bodies, which `toEqual` does byte by byte and slowly.
 *
 * @module
 */

import { expect } from 'vitest'

/** Fails with the place of the first difference. */
export function expectBytes(found: Uint8Array, expected: Uint8Array): void {
  expect(found.length).toBe(expected.length)
  let same = 0
  while (same < found.length && found[same] === expected[same]) same++
  expect(same, 'bytes that are the same, from the first').toBe(expected.length)
}
