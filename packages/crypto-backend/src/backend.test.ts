import { describe, expect, it } from 'vitest'
import { andThen, checkAesKeyLength, copyOf, UnsupportedAlgorithmError, writeNumber, zero } from './backend.ts'
import { bufferLike, hex } from './testing/rule.ts'

describe('andThen', () => {
  it('goes on at once with a value that is there', () => {
    expect(andThen(2, (value) => value * 3)).toBe(6)
  })

  it('waits for a promise', async () => {
    const result = andThen(Promise.resolve(2), (value) => value * 3)
    expect(result).toBeInstanceOf(Promise)
    expect(await result).toBe(6)
  })
})

describe('checkAesKeyLength', () => {
  it.each([16, 24, 32])('takes a key of %i bytes', (length) => {
    expect(() => checkAesKeyLength(new Uint8Array(length))).not.toThrow()
  })

  it.each([0, 15, 17, 25, 64])('refuses a key of %i bytes, and says so', (length) => {
    const message = `an AES key has 16, 24 or 32 bytes, found ${length}`
    expect(() => checkAesKeyLength(new Uint8Array(length))).toThrow(new RangeError(message))
  })
})

describe('writeNumber', () => {
  it.each([
    [0, '00000000'],
    [1, '00000001'],
    [0x0102_0304, '01020304'],
    [0x8000_0000, '80000000'],
    [0xffff_ffff, 'ffffffff'],
  ])('writes %i big-endian into each of its places, and nowhere else', (value, expected) => {
    const bytes = new Uint8Array(14).fill(0xee)
    writeNumber({ bytes, numberAt: [1, 9] }, value)
    expect(bytes).toEqual(hex(`ee ${expected} eeeeeeee ${expected} ee`))
  })
})

describe('copies and zeroing', () => {
  it('copies bytes whose slice() is a view', () => {
    const original = bufferLike(hex('010203'))
    const copy = copyOf(original.subarray(1))
    zero(original)
    expect(copy).toEqual(hex('0203'))
    expect(original.every((byte) => byte === 0)).toBe(true)
  })
})

describe('UnsupportedAlgorithmError', () => {
  it('is an Error with a stable name and code', () => {
    const error = new UnsupportedAlgorithmError('no such thing')
    expect(error).toBeInstanceOf(Error)
    expect(error).toMatchObject({ name: 'UnsupportedAlgorithmError', code: 'ERR_ESDK_UNSUPPORTED' })
  })
})
