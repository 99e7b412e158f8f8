import { describe, expect, it } from 'vitest'
import { measure, type Samples, smallestT, tThreshold } from '../../test/timing.ts'
import { pattern } from '../testing/rule.ts'
import { elementOf, type FieldElement, multiply } from './field.ts'

const samples = 300_000

/** What {@link multiply} must not be. */
function multiplyWithBranches(element: FieldElement, factor: FieldElement): void {
  const one = new Uint16Array(factor)
  for (let bit = 0; bit < 128; bit++) {
    if ((((element[bit >> 4] as number) >> (15 - (bit & 15))) & 1) === 1) multiply(one, factor)
  }
}

/** Products with a secret that is all zeros but for its last bit, or looks like any other. */
function measureProducts(count: number, operation: (element: FieldElement, factor: FieldElement) => void): Samples {
  const [few, many] = [new Uint16Array(8), elementOf(pattern(16))]
  few[7] = 1
  const secret = new Uint16Array(8)
  const other = elementOf(pattern(16, 2))
  const element = new Uint16Array(8)
  return measure(
    count,
    (inputClass) => {
      const mask = 0 - inputClass
      for (let i = 0; i < 8; i++) secret[i] = ((few[i] as number) & ~mask) | ((many[i] as number) & mask)
      element.set(secret)
    },
    () => {
      operation(element, other)
      operation(other, secret)
      other[0] = 0x1234
    },
  )
}

// K7 of the threat model: what is multiplied gives the key of GHASH away.
describe('the time of a multiplication', () => {
  it('does not tell how many bits of either factor are set', async () => {
    const t = await smallestT(() => measureProducts(samples, multiply))
    expect(t).toBeLessThan(tThreshold)
  })

  it('would tell if it branched on them', async () => {
    const t = await smallestT(() => measureProducts(3000, multiplyWithBranches))
    expect(t).toBeGreaterThan(tThreshold)
  })
})
