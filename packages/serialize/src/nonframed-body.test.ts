import { describe, expect, it } from 'vitest'
import { beginnings, counting, fromHex, thrownBy } from '../test/bytes.ts'
import { exampleNonFramedLength } from '../test/specification.ts'
import { concat } from './bytes.ts'
import { decode } from './decoder.ts'
import { maxNonFramedLength, readNonFramedBodyHead } from './nonframed-body.ts'

const noLimit = Number.POSITIVE_INFINITY

/** IV and length, as they stand before the content. */
function head(length: string): Uint8Array {
  return concat(counting(12), fromHex(length))
}

describe('a body without frames', () => {
  it('begins with IV and 64-bit length, as in the specification', () => {
    const bytes = concat(counting(12), exampleNonFramedLength, fromHex('e8b6'))
    const { value, rest } = decode(readNonFramedBodyHead(noLimit), bytes)
    expect(value).toEqual({ iv: counting(12), contentLength: 654 })
    expect(rest).toEqual(fromHex('e8b6'))
  })

  it.each([
    ['0000000000000000', 0],
    ['0000000000000001', 1],
    ['00000000ffffffff', 2 ** 32 - 1],
    ['0000000100000000', 2 ** 32],
    ['0000000fffffffe0', 2 ** 36 - 32],
  ])('may have a length of %s', (length, expected) => {
    expect(decode(readNonFramedBodyHead(noLimit), head(length)).value.contentLength).toBe(expected)
  })

  it.each([
    ['0000000fffffffe1', '68719476705'],
    ['0010000000000000', '4503599627370496'],
    ['0020000000000001', '9007199254740993'],
    ['ffffffffffffffff', '18446744073709551615'],
  ])('may not have a length of %s, whose digits are all told', (length, digits) => {
    expect(thrownBy(() => decode(readNonFramedBodyHead(noLimit), head(length)))).toMatchObject({
      code: 'ERR_ESDK_BODY_MALFORMED',
      message: `non-framed body of ${digits} bytes, AES-GCM allows 68719476704`,
    })
  })

  it('is refused beyond the limit of the caller', () => {
    expect(decode(readNonFramedBodyHead(1000), head('00000000000003e8')).value.contentLength).toBe(1000)
    expect(thrownBy(() => decode(readNonFramedBodyHead(1000), head('00000000000003e9')))).toMatchObject({
      code: 'ERR_ESDK_LIMIT',
      limit: 'maxFrameLength',
      allowed: 1000,
      found: 1001,
    })
  })

  it('asks for 20 bytes and not for one of its content (P5, lengths that lie)', () => {
    const reader = readNonFramedBodyHead(noLimit)
    expect(reader.next()).toEqual({ done: false, value: 20 })
    expect(reader.next(head('0000000fffffffe0'))).toEqual({
      done: true,
      value: { iv: counting(12), contentLength: maxNonFramedLength },
    })
  })

  it('is refused when it is cut anywhere', () => {
    for (const beginning of beginnings(head('0000000000000001'))) {
      expect(thrownBy(() => decode(readNonFramedBodyHead(noLimit), beginning))).toMatchObject({
        code: 'ERR_ESDK_TRUNCATED',
      })
    }
  })
})
