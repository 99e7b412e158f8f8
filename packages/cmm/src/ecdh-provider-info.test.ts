import { describe, expect, it } from 'vitest'
import { counting, fromHex } from '../test/materials.ts'
import { encodeEcdhProviderInfo, parseEcdhProviderInfo } from './ecdh-provider-info.ts'

/** Bytes of a compressed point: 1 and the field of 256, 384 and 521 bits. */
const curves = [
  ['P-256', 33],
  ['P-384', 49],
  ['P-521', 67],
] as const

describe.each(curves)('the provider info of an ECDH key on %s', (curve, length) => {
  const recipient = counting(length, 1)
  const sender = counting(length, 101)
  const info = Uint8Array.of(1, 0, 0, 0, length, ...recipient, 0, 0, 0, length, ...sender)

  it('is a version, then recipient and sender behind their lengths', () => {
    expect(encodeEcdhProviderInfo({ sender, recipient })).toEqual(info)
    expect(parseEcdhProviderInfo(curve, info)).toEqual({ sender, recipient })
  })

  it('is not that of another curve', () => {
    for (const [other] of curves) {
      expect(parseEcdhProviderInfo(other, info) !== undefined).toBe(other === curve)
    }
  })

  it('is refused with another version, with other lengths, cut anywhere, or with a byte behind', () => {
    const changed = (at: number, value: number): Uint8Array => {
      const copy = info.slice()
      copy[at] = value
      return copy
    }
    const secondLength = 5 + length
    const wrong = [
      changed(0, 0),
      changed(0, 2),
      changed(4, length - 1),
      changed(4, length + 1),
      changed(1, 1),
      changed(secondLength + 3, length - 1),
      changed(secondLength, 0xff),
      Uint8Array.of(...info, 0),
      ...Array.from({ length: info.length }, (_, end) => info.subarray(0, end)),
    ]
    for (const bytes of wrong) expect(parseEcdhProviderInfo(curve, bytes)).toBeUndefined()
  })
})

describe('the provider info of an ECDH key', () => {
  it('is none when two lengths that do not fit add up to the right one', () => {
    // 32 and 34 in place of 33 and 33.
    const info = Uint8Array.of(1, 0, 0, 0, 32, ...counting(32), 0, 0, 0, 34, ...counting(34))
    expect(info.length).toBe(1 + 4 + 33 + 4 + 33)
    expect(parseEcdhProviderInfo('P-256', info)).toBeUndefined()
    expect(parseEcdhProviderInfo('P-256', fromHex(''))).toBeUndefined()
  })
})
