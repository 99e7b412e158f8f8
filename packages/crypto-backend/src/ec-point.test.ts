import { describe, expect, it } from 'vitest'
import type { CurveName } from './backend.ts'
import { fieldLength } from './backend.ts'
import { wholePoint } from './ec-point.ts'
import { changedAt, hex, join } from './testing/rule.ts'

/** Base points of FIPS 186-4, appendix D, and points of RFC 5903, so that both parities of y are there. */
const points: readonly (readonly [curve: CurveName, x: string, y: string])[] = [
  [
    'P-256',
    '6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296',
    '4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5',
  ],
  [
    'P-256',
    'd12dfb5289c8d4f81208b70270398c342296970a0bccb74c736fc7554494bf63',
    '56fbf3ca366cc23e8157854c13c58d6aac23f046ada30f8353e74f33039872ab',
  ],
  [
    'P-384',
    'aa87ca22be8b05378eb1c71ef320ad746e1d3b628ba79b9859f741e082542a385502f25dbf55296c3a545e3872760ab7',
    '3617de4a96262c6f5d9e98bf9292dc29f8f41dbd289a147ce9da3113b5f0b8c00a60b1ce1d7e819d7a431d7c90ea0e5f',
  ],
  [
    'P-384',
    '667842d7d180ac2cde6f74f37551f55755c7645c20ef73e31634fe72b4c55ee6de3ac808acb4bdb4c88732aee95f41aa',
    '9482ed1fc0eeb9cafc4984625ccfc23f65032149e0e144ada024181535a0f38eeb9fcff3c2c947dae69b4c634573a81c',
  ],
  [
    'P-521',
    '00c6858e06b70404e9cd9e3ecb662395b4429c648139053fb521f828af606b4d3dbaa14b5e77efe75928fe1dc127a2ffa8de3348b3c1856a429bf97e7e31c2e5bd66',
    '011839296a789a3bc0045c8a5fb42c7d1bd998f54449579b446817afbd17273e662c97ee72995ef42640c550b9013fad0761353c7086a272c24088be94769fd16650',
  ],
  [
    'P-521',
    '00d0b3975ac4b799f5bea16d5e13e9af971d5e9b984c9f39728b5e5739735a219b97c356436adc6e95bb0352f6be64a6c2912d4ef2d0433ced2b6171640012d9460f',
    '015c68226383956e3bd066e797b623c27ce0eac2f551a10c2c724d9852077b87220b6536c5c408a1d2aebb8e86d678ae49cb57091f4732296579ab44fcd17f0fc56a',
  ],
]

/** Each curve, and an x that no point of it has. */
const offCurve: readonly (readonly [curve: CurveName, x: number])[] = [
  ['P-256', 1],
  ['P-384', 1],
  ['P-521', 3],
]

const primes: Readonly<Record<CurveName, bigint>> = {
  'P-256': 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n,
  'P-384': 2n ** 384n - 2n ** 128n - 2n ** 96n + 2n ** 32n - 1n,
  'P-521': 2n ** 521n - 1n,
}

function toBytes(value: bigint, curve: CurveName): Uint8Array {
  return hex(value.toString(16).padStart(2 * fieldLength[curve], '0'))
}

describe.each(points)('a point of %s', (curve, x, y) => {
  const form = Number.parseInt(y.slice(-1), 16) % 2 === 1 ? '03' : '02'
  const whole = hex(`04${x}${y}`)

  it('is made whole out of its compressed form', () => {
    expect(wholePoint(curve, hex(form + x))).toEqual(whole)
  })

  it('has a mirror image in the other compressed form', () => {
    const negated = toBytes(primes[curve] - BigInt(`0x${y}`), curve)
    expect(wholePoint(curve, hex((form === '03' ? '02' : '03') + x))).toEqual(join(Uint8Array.of(4), hex(x), negated))
  })

  it('is taken whole', () => {
    expect(wholePoint(curve, whole)).toEqual(whole)
  })

  it('is refused with another y, or another x', () => {
    for (let i = 1; i < whole.length; i += 7) expect(wholePoint(curve, changedAt(whole, i))).toBeUndefined()
    expect(wholePoint(curve, changedAt(whole, whole.length - 1))).toBeUndefined()
  })

  it('is refused in every other form and length', () => {
    for (const first of [0, 1, 4, 5, 6, 7, 0xff]) {
      expect(wholePoint(curve, join(Uint8Array.of(first), hex(x)))).toBeUndefined()
    }
    for (const first of [0, 2, 3, 6, 7]) {
      expect(wholePoint(curve, join(Uint8Array.of(first), hex(x + y)))).toBeUndefined()
    }
    expect(wholePoint(curve, hex(`${form}${x}00`))).toBeUndefined()
    expect(wholePoint(curve, hex(form))).toBeUndefined()
    expect(wholePoint(curve, hex(''))).toBeUndefined()
  })
})

describe.each(offCurve)('what is no point of %s', (curve, x) => {
  it.each([2, 3])('has no y, in form %i', (form) => {
    expect(wholePoint(curve, join(Uint8Array.of(form), toBytes(BigInt(x), curve)))).toBeUndefined()
  })

  it('is refused where x is not below p, even if it would be a point modulo p', () => {
    // x = 0 is on P-256, P-384 and P-521: p is the same number in the field, written in another way.
    expect(wholePoint(curve, join(Uint8Array.of(2), toBytes(0n, curve)))).toBeDefined()
    expect(wholePoint(curve, join(Uint8Array.of(2), toBytes(primes[curve], curve)))).toBeUndefined()
    expect(wholePoint(curve, join(Uint8Array.of(2), new Uint8Array(fieldLength[curve]).fill(0xff)))).toBeUndefined()
  })
})

describe('a point of P-521 whose y is written as y + p', () => {
  it('is refused: in 66 bytes there is room for it', () => {
    const [, x, y] = points[4] as (typeof points)[0]
    const unreduced = toBytes(BigInt(`0x${y}`) + primes['P-521'], 'P-521')
    expect(wholePoint('P-521', hex(`04${x}${y}`))).toBeDefined()
    expect(wholePoint('P-521', join(hex(`04${x}`), unreduced))).toBeUndefined()
  })
})
