import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ascii, counting, fromHex } from '../test/bytes.ts'
import { decodeBase64, encodeBase64 } from './base64.ts'

/** RFC 4648, section 10. */
const published = [
  ['', ''],
  ['f', 'Zg=='],
  ['fo', 'Zm8='],
  ['foo', 'Zm9v'],
  ['foob', 'Zm9vYg=='],
  ['fooba', 'Zm9vYmE='],
  ['foobar', 'Zm9vYmFy'],
] as const

describe('base64', () => {
  it.each(published)('of "%s" is "%s", and the reverse', (text, base64) => {
    expect(encodeBase64(ascii(text))).toBe(base64)
    expect(decodeBase64(base64)).toEqual(ascii(text))
  })

  it('uses + and /', () => {
    expect(encodeBase64(fromHex('fbefff'))).toBe('++//')
    expect(decodeBase64('++//')).toEqual(fromHex('fbefff'))
  })

  it('reads back every byte it wrote, whatever the length', () => {
    for (const length of [1, 2, 3, 255, 256, 257, 70_000]) {
      const bytes = counting(length)
      const decoded = decodeBase64(encodeBase64(bytes)) as Uint8Array
      expect(decoded.length).toBe(length)
      expect(decoded.every((byte, i) => byte === bytes[i])).toBe(true)
    }
  })

  it.each([
    ['a missing =', 'Zg='],
    ['no = at all', 'Zm8'],
    ['a = too many', 'Zm9v='],
    ['= alone', '===='],
    ['white space before', ' Zm9v'],
    ['a line end behind', 'Zm9v\n'],
    ['white space within', 'Zm9v YmFy'],
    ['the URL alphabet', '--__'],
    ['other characters', 'Zm9*'],
    ['characters beyond Latin-1', 'Zm9\u{1f600}'],
    ['stray bits behind one byte', 'Zh=='],
    ['stray bits behind two bytes', 'Zm9='],
    ['one character', 'Z'],
    ['something after the padding', 'Zg==Zg=='],
  ])('refuses %s', (_, text) => {
    expect(decodeBase64(text)).toBeUndefined()
  })

  it('has one text for each sequence of bytes: whatever decodes, encodes to the same text', () => {
    const alphabet = fc.constantFrom(...'ABCZabcz0129+/=-_ \n')
    fc.assert(
      fc.property(fc.string({ unit: alphabet, maxLength: 12 }), (text) => {
        const bytes = decodeBase64(text)
        return bytes === undefined || encodeBase64(bytes) === text
      }),
      { numRuns: 5000 },
    )
  })
})
