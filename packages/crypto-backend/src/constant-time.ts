/**
 * Comparison of secrets.
 *
 * @module
 */

/**
 * Are the bytes the same? Looks at every byte whatever it finds, so that the time tells nothing but the lengths.
 *
 * For commitments, MACs and everything derived from a key.
 */
export function equalInConstantTime(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  let difference = 0
  for (let i = 0; i < a.length; i++) difference |= (a[i] as number) ^ (b[i] as number)
  return difference === 0
}
