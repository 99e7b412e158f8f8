import { describe, expect, it } from 'vitest'
import { beginnings, counting, fromHex, thrownBy } from '../test/bytes.ts'
import { algorithmSuite, algorithmSuites } from './algorithm-suite.ts'
import { concat } from './bytes.ts'
import { decode } from './decoder.ts'
import { encodeHeaderTag, headerAad, readHeaderTag } from './header-tag.ts'

const iv = fromHex('734c1bbe 032f7025 84cda9d0')
const tag = fromHex('2c82bb23 4cbf4aab 8f5c6002 622e886c')

describe('the tag of a header', () => {
  it('stands behind its IV in version 1', () => {
    const suite = algorithmSuite(0x0378)
    expect(encodeHeaderTag(suite, { iv, tag })).toEqual(concat(iv, tag))
    const { value, rest } = decode(readHeaderTag(suite), concat(iv, tag, fromHex('ee')))
    expect(value).toEqual({ iv, tag })
    expect(rest).toEqual(fromHex('ee'))
  })

  it('stands alone in version 2, where the IV is zero', () => {
    const suite = algorithmSuite(0x0578)
    expect(encodeHeaderTag(suite, { iv: new Uint8Array(12), tag })).toEqual(tag)
    const { value, rest } = decode(readHeaderTag(suite), concat(tag, fromHex('ee')))
    expect(value).toEqual({ iv: new Uint8Array(12), tag })
    expect(rest).toEqual(fromHex('ee'))
  })

  it('is written into memory of its own', () => {
    const own = tag.slice()
    const written = encodeHeaderTag(algorithmSuite(0x0478), { iv: new Uint8Array(12), tag: own })
    own.fill(0)
    expect(written).toEqual(tag)
  })

  it.each(algorithmSuites)('is refused when it is cut anywhere: $name', (suite) => {
    for (const beginning of beginnings(encodeHeaderTag(suite, { iv, tag }))) {
      expect(thrownBy(() => decode(readHeaderTag(suite), beginning))).toMatchObject({ code: 'ERR_ESDK_TRUNCATED' })
    }
  })
})

describe('what the tag authenticates', () => {
  const rawHeader = counting(60)
  const context = { tenant: '42', purpose: 'backup', role: 'writer' }

  it('is the header as it was read, and no copy of it', () => {
    expect(headerAad(rawHeader, context, new Set())).toBe(rawHeader)
  })

  it('is the header, then the pairs that are not in it, sorted', () => {
    const aad = headerAad(rawHeader, context, new Set(['tenant', 'purpose']))
    expect(aad).toEqual(
      concat(rawHeader, fromHex('0002  0007 707572706f7365 0006 6261636b7570  0006 74656e616e74 0002 3432')),
    )
  })

  it('leaves out required keys that have no pair', () => {
    expect(headerAad(rawHeader, context, new Set(['other']))).toEqual(rawHeader)
  })
})
