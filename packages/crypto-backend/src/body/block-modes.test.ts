import { describe, expect, it } from 'vitest'
import { hex } from '../testing/rule.ts'
import { checkPlace, counterBlock, longestGcmBody } from './block-modes.ts'

const iv = hex('000102030405060708090a0b')

describe('the counter of a block', () => {
  it.each([
    [0, '00000001'],
    [1, '00000002'],
    [2 ** 31 - 1, '80000000'],
    [2 ** 32 - 2, 'ffffffff'],
  ])('%i is the IV and %s', (block, counter) => {
    expect(counterBlock(iv, block)).toEqual(hex(`000102030405060708090a0b ${counter}`))
  })

  it('does not come back to one that was used, at the end of the longest body', () => {
    expect(longestGcmBody / 16).toBe(2 ** 32 - 2)
  })
})

describe('a place in a body of AES-GCM', () => {
  it.each([
    [0, 0],
    [0, 2 ** 36 - 32],
    [2 ** 36 - 33, 1],
    [2 ** 36 - 32, 0],
  ])('may be %i, of %i bytes', (offset, length) => {
    expect(() => checkPlace(offset, length)).not.toThrow()
  })

  it.each([
    [0, 2 ** 36 - 31, 'AES-GCM takes 68719476704 bytes under one IV, found 68719476705'],
    [2 ** 36 - 32, 1, 'AES-GCM takes 68719476704 bytes under one IV, found 68719476705'],
    [-1, 1, 'an offset is a whole number from 0 on, found -1'],
    [0.5, 1, 'an offset is a whole number from 0 on, found 0.5'],
    [Number.NaN, 1, 'an offset is a whole number from 0 on, found NaN'],
  ])('may not be %f, of %i bytes', (offset, length, message) => {
    expect(() => checkPlace(offset, length)).toThrow(new RangeError(message))
  })
})
