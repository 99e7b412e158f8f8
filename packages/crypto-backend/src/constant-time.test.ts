import { describe, expect, it } from 'vitest'
import { equalInConstantTime } from './constant-time.ts'
import { changedAt, pattern } from './testing/rule.ts'

describe('equalInConstantTime', () => {
  it.each([0, 1, 16, 32, 1000])('finds %i bytes equal to a copy of them', (length) => {
    expect(equalInConstantTime(pattern(length), pattern(length))).toBe(true)
  })

  it('finds one bit, wherever it is', () => {
    const bytes = pattern(32)
    for (let i = 0; i < 256; i++) {
      const changed = pattern(32)
      changed[i >> 3] = (changed[i >> 3] as number) ^ (1 << (i & 7))
      expect(equalInConstantTime(bytes, changed)).toBe(false)
    }
  })

  it('does not let two differences cancel each other', () => {
    const bytes = pattern(32)
    expect(equalInConstantTime(bytes, changedAt(changedAt(bytes, 3), 4))).toBe(false)
  })

  it('finds other lengths unequal, also where one begins with the other', () => {
    expect(equalInConstantTime(pattern(32), pattern(31))).toBe(false)
    expect(equalInConstantTime(pattern(0), pattern(1))).toBe(false)
  })
})
