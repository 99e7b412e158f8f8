import { describe, expect, it } from 'vitest'
import { beginnings, counting, fromHex, thrownBy } from '../test/bytes.ts'
import { exampleFrames } from '../test/specification.ts'
import { concat } from './bytes.ts'
import { decode } from './decoder.ts'
import {
  countRegularFrames,
  encodeFinalFramePrefix,
  encodeRegularFramePrefix,
  finalFrameOverhead,
  frameIv,
  isFinalFrame,
  maxFrames,
  readFinalFrameHead,
  regularFrameIvOffset,
  regularFrameOverhead,
  regularFramePrefixLength,
} from './frame.ts'

const frameLength = 5

/** A regular frame: number, IV, content, tag. */
function regularFrame(sequenceNumber: number): Uint8Array {
  return concat(encodeRegularFramePrefix(sequenceNumber), counting(frameLength), new Uint8Array(16))
}

/** The final frame up to its content. */
const finalHead = fromHex('ffffffff 00000003 000102030405060708090a0b 00000004')

describe('a regular frame', () => {
  it('begins with its number, and an IV that is its number in 12 bytes', () => {
    expect(encodeRegularFramePrefix(1)).toEqual(fromHex('00000001 0000000000000000 00000001'))
    expect(encodeRegularFramePrefix(0x01020304)).toEqual(fromHex('01020304 0000000000000000 01020304'))
    expect(encodeRegularFramePrefix(0xfffffffe)).toEqual(fromHex('fffffffe 0000000000000000 fffffffe'))
  })

  it('takes 32 bytes around its content: 4 and 12 before, 16 behind', () => {
    expect(regularFramePrefixLength).toBe(16)
    expect(regularFrameIvOffset).toBe(4)
    expect(regularFrameOverhead).toBe(32)
  })

  it('has an IV for each number, up to the last there is', () => {
    expect(maxFrames).toBe(2 ** 32 - 1)
    expect(frameIv(1)).toEqual(fromHex('0000000000000000 00000001'))
    expect(frameIv(maxFrames)).toEqual(fromHex('0000000000000000 ffffffff'))
  })
})

describe('the final frame', () => {
  it('begins with a marker, its number, its IV and its length', () => {
    expect(encodeFinalFramePrefix(3, 4)).toEqual(fromHex('ffffffff 00000003 000000000000000000000003 00000004'))
    expect(encodeFinalFramePrefix(maxFrames, 0xffff_ffff)).toEqual(
      fromHex('ffffffff ffffffff 0000000000000000ffffffff ffffffff'),
    )
  })

  it('takes 40 bytes around its content: 24 before, 16 behind', () => {
    expect(finalFrameOverhead).toBe(40)
    expect(encodeFinalFramePrefix(1, 0).length).toBe(24)
  })

  it('is known by its marker', () => {
    expect(isFinalFrame(fromHex('ffffffff'))).toBe(true)
    expect(isFinalFrame(finalHead)).toBe(true)
    expect(isFinalFrame(fromHex('fffffffe'))).toBe(false)
    expect(isFinalFrame(fromHex('00ffffff ff'))).toBe(false)
  })

  it('is read up to its content, with the IV that it has', () => {
    const { value, rest } = decode(
      readFinalFrameHead({ sequenceNumber: 3, frameLength }),
      concat(finalHead, fromHex('aa')),
    )
    expect(value).toEqual({ sequenceNumber: 3, iv: counting(12), contentLength: 4 })
    expect(rest).toEqual(fromHex('aa'))
  })

  it.each([0, 1, 4, 5])('may hold %i of 5 bytes', (contentLength) => {
    const bytes = encodeFinalFramePrefix(1, contentLength)
    expect(decode(readFinalFrameHead({ sequenceNumber: 1, frameLength }), bytes).value.contentLength).toBe(
      contentLength,
    )
  })

  it.each([6, 0xffff_ffff])('may not hold %i of 5 bytes (P4, sealed by an insider)', (contentLength) => {
    const bytes = encodeFinalFramePrefix(1, contentLength)
    expect(thrownBy(() => decode(readFinalFrameHead({ sequenceNumber: 1, frameLength }), bytes))).toMatchObject({
      code: 'ERR_ESDK_BODY_MALFORMED',
      message: `final frame of ${contentLength} bytes, the frame length is 5`,
    })
  })

  it('is refused before a byte of its content is asked for (P5, lengths that lie)', () => {
    const reader = readFinalFrameHead({ sequenceNumber: 1, frameLength: 4096 })
    expect(reader.next()).toEqual({ done: false, value: 24 })
    expect(thrownBy(() => reader.next(encodeFinalFramePrefix(1, 0xffff_ffff)))).toMatchObject({
      code: 'ERR_ESDK_BODY_MALFORMED',
    })
  })

  it.each([
    [1, 2],
    [3, 2],
    [0, 1],
    [maxFrames, 1],
  ])('is refused as frame %i where frame %i is due', (found, expected) => {
    const bytes = encodeFinalFramePrefix(found, 0)
    expect(thrownBy(() => decode(readFinalFrameHead({ sequenceNumber: expected, frameLength }), bytes))).toMatchObject({
      code: 'ERR_ESDK_BODY_SEQUENCE',
      message: `frame ${found} where frame ${expected} was expected: frames are missing, repeated or out of order`,
    })
  })

  it('is refused when it is cut anywhere', () => {
    for (const beginning of beginnings(finalHead)) {
      expect(thrownBy(() => decode(readFinalFrameHead({ sequenceNumber: 3, frameLength }), beginning))).toMatchObject({
        code: 'ERR_ESDK_TRUNCATED',
      })
    }
  })
})

describe('counting regular frames', () => {
  const three = concat(regularFrame(1), regularFrame(2), regularFrame(3))

  it('counts whole frames, and stops where one is not whole', () => {
    const stride = frameLength + regularFrameOverhead
    for (let length = 0; length <= three.length; length++) {
      const whole = Math.floor(length / stride)
      expect(countRegularFrames(three.subarray(0, length), { sequenceNumber: 1, frameLength })).toBe(whole)
    }
  })

  it('stops at the final frame', () => {
    expect(countRegularFrames(concat(regularFrame(1), finalHead), { sequenceNumber: 1, frameLength })).toBe(1)
    expect(countRegularFrames(finalHead, { sequenceNumber: 3, frameLength })).toBe(0)
  })

  it('goes on from any number', () => {
    expect(countRegularFrames(three.subarray(37), { sequenceNumber: 2, frameLength })).toBe(2)
  })

  it('stops before a frame with another number, and refuses it when it is the first of the next call', () => {
    const gap = concat(regularFrame(1), regularFrame(3))
    expect(countRegularFrames(gap, { sequenceNumber: 1, frameLength })).toBe(1)
    expect(thrownBy(() => countRegularFrames(gap.subarray(37), { sequenceNumber: 2, frameLength }))).toMatchObject({
      code: 'ERR_ESDK_BODY_SEQUENCE',
      message: 'frame 3 where frame 2 was expected: frames are missing, repeated or out of order',
    })
  })

  it.each([
    ['missing', [2], 1],
    ['repeated', [1], 2],
    ['numbered from 0', [0], 1],
  ])('refuses a frame that is %s as soon as its number is there', (_, [found], sequenceNumber) => {
    const start = regularFrame(found as number).subarray(0, 4)
    expect(thrownBy(() => countRegularFrames(start, { sequenceNumber, frameLength }))).toMatchObject({
      code: 'ERR_ESDK_BODY_SEQUENCE',
    })
  })

  it.each([0, 1, 2, 3])('waits when only %i bytes of a number are there', (length) => {
    expect(countRegularFrames(regularFrame(9).subarray(0, length), { sequenceNumber: 1, frameLength })).toBe(0)
  })

  it('takes a frame length of 2^32 - 1 for what it is: not there yet', () => {
    expect(countRegularFrames(three, { sequenceNumber: 1, frameLength: 0xffff_ffff })).toBe(0)
  })
})

describe("the specification's frames", () => {
  it('are two regular frames of 256 bytes and a final one of 142', () => {
    expect(countRegularFrames(exampleFrames, { sequenceNumber: 1, frameLength: 256 })).toBe(2)
    const final = exampleFrames.subarray(2 * (256 + regularFrameOverhead))
    const { value, rest } = decode(readFinalFrameHead({ sequenceNumber: 3, frameLength: 256 }), final)
    expect(value).toEqual({ sequenceNumber: 3, iv: fromHex('35f74f11 25410f01 dd9e04bf'), contentLength: 142 })
    expect(rest.length).toBe(142 + 16)
    expect(final.length).toBe(142 + finalFrameOverhead)
  })
})
