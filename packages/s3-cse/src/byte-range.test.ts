import { describe, expect, it } from 'vitest'
import {
  formatContentRange,
  InvalidRangeError,
  isFetched,
  parseContentRange,
  parseRange,
  plaintextRange,
  rangeToFetch,
} from './byte-range.ts'

describe('Range', () => {
  it.each([
    ['bytes=0-0', { kind: 'from', first: 0, last: 0 }],
    ['bytes=5-', { kind: 'from', first: 5, last: undefined }],
    ['bytes=-5', { kind: 'suffix', length: 5 }],
    ['bytes=-0', { kind: 'suffix', length: 0 }],
    ['bytes=0-99999999999999999999', { kind: 'from', first: 0, last: 2 ** 52 }],
    ['bytes=99999999999999999999-', { kind: 'from', first: 2 ** 52, last: undefined }],
  ])('%s', (header, expected) => {
    expect(parseRange(header)).toEqual(expected)
  })

  it.each(['', 'bytes=', 'bytes=-', 'bytes=5-4', 'bytes=0-1,3-4', 'bytes=a-b', 'Bytes=0-1', 'items=0-1', 'bytes= 0-1'])(
    'is as if it were not there: %j',
    (header) => {
      expect(parseRange(header)).toBeUndefined()
    },
  )

  it.each([
    // GCM needs the blocks, CBC the one before them too; a suffix the tag (16) or the padding (up to 16).
    ['bytes=0-0', 'bytes=0-15'],
    ['bytes=15-16', 'bytes=0-31'],
    ['bytes=16-16', 'bytes=0-31'],
    ['bytes=40-50', 'bytes=16-63'],
    ['bytes=40-', 'bytes=16-'],
    ['bytes=-5', 'bytes=-52'],
  ])('%s is fetched as %s', (header, fetched) => {
    expect(rangeToFetch(parseRange(header) as never)).toBe(fetched)
  })
})

describe('the range of the answer', () => {
  it.each([
    ['bytes=0-9', 100, { first: 0, last: 9, size: 100 }],
    ['bytes=99-200', 100, { first: 99, last: 99, size: 100 }],
    ['bytes=-5', 100, { first: 95, last: 99, size: 100 }],
    ['bytes=-500', 100, { first: 0, last: 99, size: 100 }],
  ])('of %s in %i bytes', (header, size, expected) => {
    expect(plaintextRange(parseRange(header) as never, size, header)).toEqual(expected)
  })

  it.each([
    ['bytes=100-', 100],
    ['bytes=100-200', 100],
    ['bytes=-0', 100],
    ['bytes=0-', 0],
    ['bytes=-1', 0],
  ])('is none: %s in %i bytes', (header, size) => {
    expect(() => plaintextRange(parseRange(header) as never, size, header)).toThrow(InvalidRangeError)
  })
})

describe('Content-Range', () => {
  it('is read and written', () => {
    expect(parseContentRange('bytes 3-5/10')).toEqual({ first: 3, last: 5, size: 10 })
    expect(formatContentRange({ first: 3, last: 5, size: 10 })).toBe('bytes 3-5/10')
  })

  it.each([
    '',
    'bytes */10',
    'bytes 3-5/*',
    'bytes 5-3/10',
    'bytes 3-10/10',
    'bytes 0-1/9999999999999999',
    'items 0-1/2',
  ])('says nothing that can be used: %j', (header) => {
    expect(parseContentRange(header)).toBeUndefined()
  })

  it('must be the range that was fetched, as far as the body reaches', () => {
    const asked = parseRange('bytes=40-50') as never
    expect(isFetched(asked, { first: 16, last: 63, size: 100 })).toBe(true)
    expect(isFetched(asked, { first: 16, last: 49, size: 50 })).toBe(true)
    for (const [first, last, size] of [
      [0, 63, 100],
      [16, 62, 100],
      [16, 64, 100],
      [32, 63, 100],
    ] as const) {
      expect(isFetched(asked, { first, last, size })).toBe(false)
    }
    const suffix = parseRange('bytes=-5') as never
    expect(isFetched(suffix, { first: 48, last: 99, size: 100 })).toBe(true)
    expect(isFetched(suffix, { first: 0, last: 39, size: 40 })).toBe(true)
    expect(isFetched(suffix, { first: 47, last: 99, size: 100 })).toBe(false)
    const open = parseRange('bytes=40-') as never
    expect(isFetched(open, { first: 16, last: 99, size: 100 })).toBe(true)
    expect(isFetched(open, { first: 16, last: 98, size: 100 })).toBe(false)
  })
})
