import { describe, expect, it } from 'vitest'
import { beginnings, counting, fromHex, thrownBy } from '../test/bytes.ts'
import { exampleFooter } from '../test/specification.ts'
import { concat } from './bytes.ts'
import { decode } from './decoder.ts'
import { encodeFooter, readFooter } from './footer.ts'

const signature = fromHex('3006 020107 020109')
const footer = fromHex('0008 3006 020107 020109')

describe('a footer', () => {
  it('is a 16-bit length, then the signature', () => {
    expect(encodeFooter(signature)).toEqual(footer)
  })

  it('is read back, and the bytes behind it are left', () => {
    const { value, rest } = decode(readFooter(), concat(footer, fromHex('ff')))
    expect(value).toEqual(signature)
    expect(rest).toEqual(fromHex('ff'))
  })

  it('is that of the specification', () => {
    const { value, rest } = decode(readFooter(), exampleFooter)
    expect(value).toEqual(exampleFooter.slice(2))
    expect(value.length).toBe(103)
    expect(rest.length).toBe(0)
    expect(encodeFooter(value)).toEqual(exampleFooter)
  })

  it('is refused when it is cut anywhere', () => {
    for (const beginning of beginnings(exampleFooter)) {
      expect(thrownBy(() => decode(readFooter(), beginning))).toMatchObject({ code: 'ERR_ESDK_TRUNCATED' })
    }
  })

  it('may be empty as bytes: whether a signature is right, others say', () => {
    expect(decode(readFooter(), fromHex('0000')).value).toEqual(new Uint8Array(0))
  })

  it('takes up to 65535 bytes', () => {
    for (const length of [0xfffe, 0xffff]) {
      const long = concat(Uint8Array.of(0x30), counting(length - 1))
      const { value, rest } = decode(readFooter(), encodeFooter(long))
      expect(value.length).toBe(length)
      expect(rest.length).toBe(0)
    }
  })

  it('tells a second final frame apart, whose marker reads as a length of 65535 (P2, trailing bytes)', () => {
    const finalFrame = concat(fromHex('ffffffff 00000002'), counting(12), fromHex('00000000'), counting(16))
    expect(thrownBy(() => decode(readFooter(), finalFrame))).toMatchObject({
      code: 'ERR_ESDK_TRAILING_BYTES',
      message: 'a second final frame follows the final frame',
    })
  })

  it('asks for a long signature only after it has seen that it is none of a frame', () => {
    const reader = readFooter()
    expect(reader.next().value).toBe(2)
    expect(reader.next(fromHex('ffff')).value).toBe(2)
    expect(reader.next(fromHex('30ff')).value).toBe(0xffff - 2)
  })
})
