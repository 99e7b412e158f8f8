import { describe, expect, it } from 'vitest'
import { checkLimits } from './limits.ts'

describe('limits', () => {
  it('are few when none are given: the format has its own', () => {
    expect(checkLimits(undefined)).toEqual({
      maxEncryptedDataKeys: Number.POSITIVE_INFINITY,
      maxHeaderLength: 64 * 1024 * 1024,
      maxFrameLength: Number.POSITIVE_INFINITY,
      maxPlaintextLength: Number.POSITIVE_INFINITY,
    })
  })

  it('are whole numbers, or Infinity', () => {
    const given = { maxHeaderLength: 1, maxFrameLength: Number.POSITIVE_INFINITY, maxPlaintextLength: 2 ** 53 - 1 }
    const limits = checkLimits(3, given)
    expect(limits).toEqual({ maxEncryptedDataKeys: 3, ...given })
    expect(Object.isFrozen(limits)).toBe(true)
  })

  it.each([0, -1, 1.5, Number.NaN, 2 ** 53, '10', null, 5n])('are not %s', (value) => {
    const wrong = value as number
    const text = (name: string) => `${name} must be a whole number of at least 1, or Infinity; found ${String(value)}`
    expect(() => checkLimits(wrong)).toThrow(new RangeError(text('maxEncryptedDataKeys')))
    for (const name of ['maxHeaderLength', 'maxFrameLength', 'maxPlaintextLength']) {
      expect(() => checkLimits(undefined, { [name]: wrong })).toThrow(new RangeError(text(`limits.${name}`)))
    }
  })
})
