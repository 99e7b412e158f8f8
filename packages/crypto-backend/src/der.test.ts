import { describe, expect, it } from 'vitest'
import { derTag, encodeElement, isSame, readAll, readElement, readOnly } from './der.ts'
import { hex, join, pattern } from './testing/rule.ts'

describe('readElement', () => {
  it('gives tag, content and what follows', () => {
    expect(readElement(hex('02 01 07 ff'))).toEqual({ tag: 2, content: hex('07'), rest: hex('ff') })
  })

  it('reads an element without content', () => {
    expect(readElement(hex('05 00'))).toEqual({ tag: 5, content: hex(''), rest: hex('') })
  })

  it.each([
    [127, '04 7f'],
    [128, '04 81 80'],
    [255, '04 81 ff'],
    [256, '04 82 0100'],
    [65_535, '04 82 ffff'],
    [65_536, '04 83 010000'],
    [0x1000001, '04 84 01000001'],
  ])('reads a length of %i', (length, head) => {
    const bytes = join(hex(head), new Uint8Array(length), hex('aa'))
    const element = readElement(bytes)
    expect(element?.content.length).toBe(length)
    expect(element?.rest).toEqual(hex('aa'))
  })

  it.each([
    ['nothing', ''],
    ['a tag alone', '04'],
    ['less content than the length says', '04 02 01'],
    ['no content at all', '04 01'],
    ['a length that is cut', '04 82 01'],
    ['a long length with no content', '04 81 80'],
    ['an indefinite length', '30 80 0000'],
    ['a length in five bytes', '04 85 0000000001 00'],
    ['a length that is longer than needed', '04 81 01 00'],
    ['the longest such', `04 81 7f ${'00'.repeat(127)}`],
    ['a length that begins with zero', `04 82 0080 ${'00'.repeat(128)}`],
  ])('refuses %s', (_, bytes) => {
    expect(readElement(hex(bytes))).toBeUndefined()
  })
})

describe('readOnly', () => {
  it('gives the content of the one element', () => {
    expect(readOnly(derTag.octetString, hex('04 02 0102'))).toEqual(hex('0102'))
  })

  it.each([
    ['another tag', '03 02 0102'],
    ['a byte behind it', '04 02 0102 00'],
    ['nothing', ''],
  ])('refuses %s', (_, bytes) => {
    expect(readOnly(derTag.octetString, hex(bytes))).toBeUndefined()
  })
})

describe('readAll', () => {
  it('gives elements in their order', () => {
    const elements = readAll(hex('02 01 07 04 00 30 02 0500'))
    expect(elements?.map(({ tag, content }) => [tag, content])).toEqual([
      [2, hex('07')],
      [4, hex('')],
      [0x30, hex('0500')],
    ])
  })

  it('gives none for no bytes', () => {
    expect(readAll(hex(''))).toEqual([])
  })

  it('refuses what does not come out even', () => {
    expect(readAll(hex('02 01 07 04'))).toBeUndefined()
  })
})

describe('encodeElement', () => {
  it.each([
    [0, '04 00'],
    [1, '04 01'],
    [127, '04 7f'],
    [128, '04 81 80'],
    [255, '04 81 ff'],
    [256, '04 82 0100'],
    [4000, '04 82 0fa0'],
  ])('writes content of %i bytes behind the shortest length', (length, head) => {
    const content = pattern(length)
    const middle = Math.floor(length / 2)
    const encoded = encodeElement(derTag.octetString, content.subarray(0, middle), content.subarray(middle))
    expect(encoded).toEqual(join(hex(head), content))
    expect(readOnly(derTag.octetString, encoded)).toEqual(content)
  })
})

describe('isSame', () => {
  it('compares bytes and lengths, and nothing with nothing', () => {
    expect(isSame(hex('0102'), hex('0102'))).toBe(true)
    expect(isSame(hex('0102'), hex('0103'))).toBe(false)
    expect(isSame(hex('0102'), hex('010203'))).toBe(false)
    expect(isSame(undefined, hex(''))).toBe(false)
  })
})
