import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { beginnings, fromHex } from '../test/bytes.ts'
import { exampleFooter } from '../test/specification.ts'
import { concat } from './bytes.ts'
import { encodeSignature, parseSignature, type SignatureCurve, signatureLengths } from './signature.ts'

/** FIPS 186-4, appendix D.1.2.3 and D.1.2.4: the order of the base point, and bytes of the field. */
const curves = {
  'P-256': { order: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n, bytes: 32 },
  'P-384': {
    order: 0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n,
    bytes: 48,
  },
} as const

const names = ['P-256', 'P-384'] as const

/** A number in the length of the curve's field. */
function field(curve: SignatureCurve, value: bigint): Uint8Array {
  return fromHex(value.toString(16).padStart(2 * curves[curve].bytes, '0'))
}

/** r ‖ s. */
function plain(curve: SignatureCurve, r: bigint, s: bigint): Uint8Array {
  return concat(field(curve, r), field(curve, s))
}

/** DER of two integers, as X.690 has it: shortest form, a zero before a high bit. */
function der(r: bigint, s: bigint): Uint8Array {
  const integers = [r, s].map((value) => {
    const digits = value.toString(16)
    const even = digits.length % 2 === 0 ? digits : `0${digits}`
    const content = fromHex(Number.parseInt(even.slice(0, 2), 16) >= 0x80 ? `00${even}` : even)
    return concat(Uint8Array.of(0x02, content.length), content)
  })
  const content = concat(...integers)
  return concat(Uint8Array.of(0x30, content.length), content)
}

/** The largest number of so many bytes whose highest bit is not set: 7fff... */
function positive(bytes: number): bigint {
  return 2n ** BigInt(8 * bytes - 1) - 1n
}

describe('the length of signatures', () => {
  it('is one for each curve, and that of the specification’s example on P-384', () => {
    expect(signatureLengths).toEqual({ 'P-256': 71, 'P-384': 103 })
    expect(exampleFooter.length - 2).toBe(signatureLengths['P-384'])
  })

  it.each(names)('on %s is that of r and s where one of them, and only one, has a high bit', (curve) => {
    const { bytes } = curves[curve]
    const low = positive(bytes)
    const high = low + 1n
    const expected = 2 + (2 + bytes) + (2 + bytes + 1)
    expect(signatureLengths[curve]).toBe(expected)
    expect(der(low, high).length).toBe(expected)
    expect(encodeSignature(curve, plain(curve, low, high))).toEqual(der(low, high))
    expect(encodeSignature(curve, plain(curve, high, low))).toEqual(der(high, low))
  })

  it.each(names)('on %s is reached by n - s, which is as valid, where s does not fit', (curve) => {
    const { bytes, order } = curves[curve]
    const low = positive(bytes)
    const high = low + 1n
    // As long as the field and without a high bit, which n - s has then.
    const s = 2n ** BigInt(8 * bytes - 2)
    expect(der(high, order - s).length).toBe(signatureLengths[curve] + 1)
    expect(encodeSignature(curve, plain(curve, high, order - s))).toEqual(der(high, s))
    expect(der(low, s).length).toBe(signatureLengths[curve] - 1)
    expect(encodeSignature(curve, plain(curve, low, s))).toEqual(der(low, order - s))
  })

  it.each(names)('on %s is not reached when r is short, or when neither s nor n - s fits: sign again', (curve) => {
    const { bytes } = curves[curve]
    const low = positive(bytes)
    const high = low + 1n
    // r has a byte less: with a low s the signature is two bytes short, with a high one it is one.
    const shortR = positive(bytes - 1)
    expect(der(shortR, high).length).toBe(signatureLengths[curve] - 1)
    expect(encodeSignature(curve, plain(curve, shortR, low))).toBeUndefined()
    expect(encodeSignature(curve, plain(curve, shortR, high))).toBeUndefined()
    // s = 5 is far too short itself, and n - 5 has a high bit beside that of r.
    expect(encodeSignature(curve, plain(curve, high, 5n))).toBeUndefined()
  })

  it.each(names)('on %s is not reached by zeros, which are no signature', (curve) => {
    expect(encodeSignature(curve, plain(curve, 0n, 0n))).toBeUndefined()
  })

  it.each(names)('on %s is fixed or there is none, for any r and s', (curve) => {
    const { order } = curves[curve]
    const scalar = fc.bigInt({ min: 1n, max: order - 1n })
    fc.assert(
      fc.property(scalar, scalar, (r, s) => {
        const encoded = encodeSignature(curve, plain(curve, r, s))
        if (encoded === undefined) return
        expect(encoded.length).toBe(signatureLengths[curve])
        const back = parseSignature(curve, encoded)
        expect([plain(curve, r, s), plain(curve, r, order - s)]).toContainEqual(back)
      }),
      { numRuns: 500 },
    )
  })
})

describe('reading a signature', () => {
  it('takes that of the specification, and writes it again byte for byte', () => {
    const signature = exampleFooter.slice(2)
    // 30 65, 02 30 and the 48 bytes of r, 02 31 and the 48 bytes of s behind a zero.
    const expected = concat(signature.subarray(4, 52), signature.subarray(55))
    expect(parseSignature('P-384', signature)).toEqual(expected)
    expect(encodeSignature('P-384', expected)).toEqual(signature)
  })

  it.each(names)('on %s takes all r and s from 1 to n - 1, filled up to the field', (curve) => {
    const { order } = curves[curve]
    for (const r of [1n, 127n, 128n, 255n, 256n, order - 1n]) {
      for (const s of [1n, 128n, order / 2n, order - 1n]) {
        expect(parseSignature(curve, der(r, s))).toEqual(plain(curve, r, s))
      }
    }
  })

  it.each(names)('on %s refuses 0, n and more (P13)', (curve) => {
    const { order, bytes } = curves[curve]
    for (const bad of [0n, order, order + 1n, 2n ** BigInt(8 * bytes) - 1n, 2n ** BigInt(8 * bytes), 2n ** 900n]) {
      expect(parseSignature(curve, der(bad, 1n))).toBeUndefined()
      expect(parseSignature(curve, der(1n, bad))).toBeUndefined()
    }
  })

  it('refuses every beginning', () => {
    for (const beginning of beginnings(exampleFooter.slice(2))) {
      expect(parseSignature('P-384', beginning)).toBeUndefined()
    }
  })

  it.each([
    ['is taken as it is: r = 7, s = 9', '3006 020107 020109', true],
    ['no sequence', '3106 020107 020109', false],
    ['a byte behind', '3006 020107 020109 00', false],
    ['a byte behind, counted in', '3007 020107 020109 00', false],
    ['a third integer', '3009 020107 020109 02010b', false],
    ['a length that is too short', '3005 020107 020109', false],
    ['a length in long form', '308106 020107 020109', false],
    ['an indefinite length', '3080 020107 020109 0000', false],
    ['no integer for r', '3006 030107 020109', false],
    ['no integer for s', '3006 020107 040109', false],
    ['only r', '3003 020107', false],
    ['nothing in it', '3000', false],
    ['an integer without content', '3005 0200 020109', false],
    ['s without content', '3005 020107 0200', false],
    ['a negative r', '3006 020187 020109', false],
    ['a negative s', '3006 020107 020189', false],
    ['a zero that is not needed', '3007 02020007 020109', false],
    ['a zero that is needed', '3007 02020080 020109', true],
    ['zero in two bytes', '3007 02020000 020109', false],
    ['r longer than what is there', '3006 020507 020109', false],
    ['s longer than what is there', '3006 020107 020209', false],
    ['an integer with a length in long form', '3007 02810107 020109', false],
    ['P1363 in place of DER', `${'00'.repeat(31)}07${'00'.repeat(31)}09`, false],
    ['nothing', '', false],
  ])('in DER, strictly (P13): %s', (_, bytes, valid) => {
    const read = parseSignature('P-256', fromHex(bytes))
    expect(read !== undefined).toBe(valid)
    if (bytes === '3006 020107 020109') expect(read).toEqual(plain('P-256', 7n, 9n))
  })

  it('takes a signature of either s: that is the sender’s choice', () => {
    const { order } = curves['P-256']
    const [r, s] = [2n ** 254n, 2n ** 253n + 1n]
    expect(parseSignature('P-256', der(r, s))).toEqual(plain('P-256', r, s))
    expect(parseSignature('P-256', der(r, order - s))).toEqual(plain('P-256', r, order - s))
  })

  it('takes nothing that it would write otherwise: one DER for each r and s', () => {
    const bytes = fc.uint8Array({ minLength: 1, maxLength: 6 })
    fc.assert(
      fc.property(bytes, bytes, fc.nat({ max: 2 }), (r, s, more) => {
        const integers = concat(Uint8Array.of(2, r.length), r, Uint8Array.of(2, s.length), s)
        const given = concat(Uint8Array.of(0x30, integers.length), integers, new Uint8Array(more))
        const read = parseSignature('P-256', given)
        if (read === undefined) return
        const toBigInt = (part: Uint8Array): bigint => part.reduce((value, byte) => value * 256n + BigInt(byte), 0n)
        expect(der(toBigInt(read.subarray(0, 32)), toBigInt(read.subarray(32)))).toEqual(given)
      }),
      { numRuns: 2000 },
    )
  })
})
