import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { counting, fromHex } from '../test/materials.ts'
import { encodeAesProviderInfo, ivLength, parseAesProviderInfo } from './aes-provider-info.ts'

const name = fromHex('6b6579')
const iv = counting(12, 0xa0)
const info = fromHex('6b6579  00000080  0000000c  a0a1a2a3a4a5a6a7a8a9aaab')

describe('the provider info of a raw AES key', () => {
  it('is name, bits of the tag, bytes of the IV, and the IV', () => {
    expect(encodeAesProviderInfo({ name, iv })).toEqual(info)
    expect(parseAesProviderInfo(info)).toEqual({ name, iv })
    expect(ivLength).toBe(12)
  })

  it('may have a name of any bytes, also of those that look like what follows them', () => {
    const bytes = fc.uint8Array({ minLength: 12, maxLength: 12 })
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array(), fc.constant(info)), bytes, (anyName, anyIv) => {
        const written = encodeAesProviderInfo({ name: anyName, iv: anyIv })
        expect(parseAesProviderInfo(written)).toEqual({ name: anyName, iv: anyIv })
      }),
    )
  })

  it.each([
    ['nothing', ''],
    ['a name alone', '6b6579'],
    ['a byte less than the shortest', '000080 0000000c a0a1a2a3a4a5a6a7a8a9aaab'],
    ['another length of the tag', '6b6579 00000078 0000000c a0a1a2a3a4a5a6a7a8a9aaab'],
    ['a tag counted in bytes', '6b6579 00000010 0000000c a0a1a2a3a4a5a6a7a8a9aaab'],
    ['another length of the IV', '6b6579 00000080 00000010 a0a1a2a3a4a5a6a7a8a9aaab'],
    ['an IV of 16 bytes', '6b6579 00000080 00000010 a0a1a2a3a4a5a6a7a8a9aaabacadaeaf'],
    ['a byte behind', '6b6579 00000080 0000000c a0a1a2a3a4a5a6a7a8a9aaab 00'],
    ['a byte missing', '6b6579 00000080 0000000c a0a1a2a3a4a5a6a7a8a9aa'],
  ])('is not %s', (_, bytes) => {
    expect(parseAesProviderInfo(fromHex(bytes))).toBeUndefined()
  })

  it('may have an empty name, which no key has', () => {
    expect(parseAesProviderInfo(info.slice(3))).toEqual({ name: new Uint8Array(0), iv })
  })
})
