import { describe, expect, it } from 'vitest'
import { measure, type Samples, smallestT, tThreshold } from '../test/timing.ts'
import { equalInConstantTime } from './constant-time.ts'

const samples = 1_000_000

/** What {@link equalInConstantTime} must not be. */
function equalWithEarlyExit(a: Uint8Array, b: Uint8Array): boolean {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

/** As long as a commitment, or longer, so that a difference would show. */
function measureComparison(equal: (a: Uint8Array, b: Uint8Array) => boolean, length: number, last: number): Samples {
  const a = new Uint8Array(length).fill(0x5a)
  const b = new Uint8Array(length).fill(0x5a)
  let equals = 0
  const taken = measure(
    samples,
    // Both classes write the same places, without a branch, and neither compares equal: only the place differs.
    (inputClass) => {
      b[0] = 0x5a ^ inputClass
      b[last] = 0x5b ^ inputClass
    },
    () => {
      if (equal(a, b)) equals++
    },
  )
  expect(equals).toBe(0)
  return taken
}

// K7 of the threat model: secrets are compared in constant time.
describe('the time of equalInConstantTime', () => {
  it.each([32, 256])('does not tell whether the first or the last of %i bytes differs', async (length) => {
    const t = await smallestT(() => measureComparison(equalInConstantTime, length, length - 1))
    expect(t).toBeLessThan(tThreshold)
  })

  it('would tell if the comparison stopped at the first difference', async () => {
    const t = await smallestT(() => measureComparison(equalWithEarlyExit, 256, 255))
    expect(t).toBeGreaterThan(tThreshold)
  })
})
