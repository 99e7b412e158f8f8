import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ascii, counting, fromHex } from '../test/bytes.ts'
import {
  ByteWriter,
  compareBytes,
  concat,
  hasLoneSurrogate,
  hex,
  parseUtf8,
  readU16,
  readU32,
  sameBytes,
  u16,
  u32,
  utf8,
  writeU32,
} from './bytes.ts'

describe('text', () => {
  // RFC 3629, section 7, and the first and last character of each length.
  it.each([
    ['', ''],
    ['A≢Α.', '41 e289a2 ce91 2e'],
    ['\u0000\u007f', '00 7f'],
    ['\u0080\u07ff', 'c280 dfbf'],
    ['\u0800\uffff', 'e0a080 efbfbf'],
    ['\u{10000}\u{10ffff}', 'f0908080 f48fbfbf'],
  ])('%j is %s in UTF-8, and the reverse', (text, bytes) => {
    expect(utf8(text)).toEqual(fromHex(bytes))
    expect(parseUtf8(fromHex(bytes))).toBe(text)
  })

  it.each([63, 64, 65, 1000])('is the same in short and in long strings: %i characters', (length) => {
    const plain = 'x'.repeat(length)
    expect(utf8(plain)).toEqual(new Uint8Array(length).fill(0x78))
    expect(parseUtf8(new Uint8Array(length).fill(0x78))).toBe(plain)
    const accented = `${'x'.repeat(length - 1)}é`
    const encoded = concat(new Uint8Array(length - 1).fill(0x78), fromHex('c3a9'))
    expect(utf8(accented)).toEqual(encoded)
    expect(parseUtf8(encoded)).toBe(accented)
  })

  it('keeps U+FEFF, which is no mark here', () => {
    expect(parseUtf8(fromHex('efbbbf 61'))).toBe('\ufeffa')
    expect(parseUtf8(concat(fromHex('efbbbf'), ascii('a'.repeat(100))))).toBe(`\ufeff${'a'.repeat(100)}`)
    expect(utf8('\ufeff')).toEqual(fromHex('efbbbf'))
  })

  it.each([
    ['a continuation alone', '80'],
    ['a lead alone', 'c3'],
    ['a sequence cut short', 'e289'],
    ['an overlong slash', 'c0af'],
    ['an overlong NUL', 'c080'],
    ['half a surrogate pair', 'eda080'],
    ['both halves, each by itself (CESU-8)', 'eda081edb080'],
    ['a character beyond U+10FFFF', 'f4908080'],
    ['a byte that never occurs', 'ff'],
  ])('is not %s', (_, bytes) => {
    expect(parseUtf8(fromHex(bytes))).toBeUndefined()
    expect(parseUtf8(concat(ascii('x'.repeat(100)), fromHex(bytes)))).toBeUndefined()
  })

  it('comes back as it was, for every well-formed string', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 100 }), (text) => {
        expect(parseUtf8(utf8(text))).toBe(text)
        expect(utf8(text)).toEqual(new Uint8Array(new TextEncoder().encode(text)))
      }),
    )
  })

  it.each([
    ['\ud800', true],
    ['\udc00', true],
    ['a\udfffb', true],
    ['\udc00\ud800', true],
    ['\ud83d\ude00', false],
    ['', false],
    ['text', false],
  ])('%j has a lone surrogate: %s', (text, expected) => expect(hasLoneSurrogate(text)).toBe(expected))
})

describe('integers', () => {
  it.each([
    [0, '0000'],
    [1, '0001'],
    [0x0102, '0102'],
    [0xffff, 'ffff'],
  ])('%i in 16 bits is %s', (value, bytes) => {
    expect(u16(value)).toEqual(fromHex(bytes))
    expect(readU16(fromHex(bytes))).toBe(value)
    expect(readU16(fromHex(`aa${bytes}bb`), 1)).toBe(value)
  })

  it.each([
    [0, '00000000'],
    [1, '00000001'],
    [0x01020304, '01020304'],
    [0x7fff_ffff, '7fffffff'],
    [0x8000_0000, '80000000'],
    [0xffff_ffff, 'ffffffff'],
  ])('%i in 32 bits is %s, never negative', (value, bytes) => {
    expect(u32(value)).toEqual(fromHex(bytes))
    expect(readU32(fromHex(bytes))).toBe(value)
    expect(readU32(fromHex(`aa${bytes}bb`), 1)).toBe(value)
    const target = new Uint8Array(6).fill(0xee)
    writeU32(target, 1, value)
    expect(target).toEqual(fromHex(`ee${bytes}ee`))
  })
})

describe('a byte writer', () => {
  it('writes fields one behind the other', () => {
    const writer = new ByteWriter(14).u8(1).u16(0x0203).u32(0x04050607).raw(fromHex('08090a')).bytes16(fromHex('0b0c'))
    expect(writer.bytes).toEqual(fromHex('01 0203 04050607 08090a 0002 0b0c'))
  })

  it('writes the longest field there is, and an empty one', () => {
    const longest = new ByteWriter(2 + 0xffff).bytes16(counting(0xffff)).bytes
    expect(longest.slice(0, 4)).toEqual(fromHex('ffff 0001'))
    expect(longest.slice(-2)).toEqual(fromHex('fdfe'))
    expect(new ByteWriter(2).bytes16(new Uint8Array(0)).bytes).toEqual(fromHex('0000'))
  })

  it('takes no more than the length it was made with', () => {
    expect(() => new ByteWriter(2).raw(counting(3))).toThrow(RangeError)
  })
})

describe('concat', () => {
  it('puts all parts into memory of their own', () => {
    const part = fromHex('0102')
    const whole = concat(part, new Uint8Array(0), fromHex('03'))
    expect(whole).toEqual(fromHex('010203'))
    part.fill(0xff)
    expect(whole).toEqual(fromHex('010203'))
    expect(whole.byteOffset).toBe(0)
    expect(whole.buffer.byteLength).toBe(3)
  })

  it('of nothing is empty', () => expect(concat()).toEqual(new Uint8Array(0)))
})

describe('comparing bytes', () => {
  it.each([
    ['', '', 0],
    ['', '00', -1],
    ['00', '', 1],
    ['01', '02', -1],
    ['7f', '80', -1],
    ['ff', '0000', 1],
    ['0102', '010200', -1],
    ['010203', '010203', 0],
  ])('%j against %j', (a, b, sign) => {
    expect(Math.sign(compareBytes(fromHex(a), fromHex(b)))).toBe(sign)
    expect(sameBytes(fromHex(a), fromHex(b))).toBe(sign === 0)
  })

  it('says that arrays of two lengths differ, also where one begins with the other', () => {
    expect(sameBytes(fromHex('0102'), fromHex('010200'))).toBe(false)
  })
})

describe('hexadecimal', () => {
  it('has two lower-case digits for each byte', () => {
    expect(hex(fromHex('000fA0ff'))).toBe('000fa0ff')
    expect(hex(new Uint8Array(0))).toBe('')
  })
})
