import { describe, expect, it } from 'vitest'
import { type CurveName, fieldLength } from './backend.ts'
import { derTag, encodeElement } from './der.ts'
import {
  compressPoint,
  curveOfPkcs8,
  encodeEcPkcs8,
  encodeEcSpki,
  hasPointForm,
  isCompressed,
  parseEcSpki,
  parsePointlessPkcs8,
} from './ec-key.ts'
import { bufferLike, hex, join, pattern } from './testing/rule.ts'

const { integer, bitString, octetString, oid, sequence } = derTag

const ecPublicKey = encodeElement(oid, hex('2a8648ce3d0201'))

/** Head of the SPKI of a whole point: RFC 5480, as every tool writes it. */
const heads: readonly (readonly [curve: CurveName, head: string, oid: string])[] = [
  ['P-256', '3059301306072a8648ce3d020106082a8648ce3d030107034200', '2a8648ce3d030107'],
  ['P-384', '3076301006072a8648ce3d020106052b81040022036200', '2b81040022'],
  ['P-521', '30819b301006072a8648ce3d020106052b8104002303818600', '2b81040023'],
]

function wholePointOf(curve: CurveName): Uint8Array {
  return join(Uint8Array.of(4), pattern(2 * fieldLength[curve]))
}

/** P-256 in explicit parameters (RFC 3279, section 2.3.5): version, field, curve, base point, order, cofactor. */
const explicitParameters = encodeElement(
  sequence,
  encodeElement(integer, hex('01')),
  encodeElement(
    sequence,
    encodeElement(oid, hex('2a8648ce3d0101')),
    encodeElement(integer, hex('00ffffffff00000001000000000000000000000000ffffffffffffffffffffffff')),
  ),
  encodeElement(
    sequence,
    encodeElement(octetString, hex('ffffffff00000001000000000000000000000000fffffffffffffffffffffffc')),
    encodeElement(octetString, hex('5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b')),
  ),
  encodeElement(octetString, hex('036b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296')),
  encodeElement(integer, hex('00ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551')),
  encodeElement(integer, hex('01')),
)

/** What names no curve of ours. */
const noCurves: readonly (readonly [what: string, algorithm: Uint8Array])[] = [
  ['explicit parameters', encodeElement(sequence, ecPublicKey, explicitParameters)],
  ['no parameters', encodeElement(sequence, ecPublicKey)],
  ['implicit parameters', encodeElement(sequence, ecPublicKey, hex('0500'))],
  ['another curve', encodeElement(sequence, ecPublicKey, encodeElement(oid, hex('2b8104000a')))],
  [
    'a name that begins with that of a curve',
    encodeElement(sequence, ecPublicKey, encodeElement(oid, hex('2b8104002200'))),
  ],
  [
    'another algorithm',
    encodeElement(sequence, encodeElement(oid, hex('2b8104010c')), encodeElement(oid, hex('2b81040022'))),
  ],
  ['a curve and more', encodeElement(sequence, ecPublicKey, encodeElement(oid, hex('2b81040022')), hex('0500'))],
  ['an algorithm that is no name', encodeElement(sequence, hex('0500'), encodeElement(oid, hex('2b81040022')))],
  ['nothing', encodeElement(sequence)],
  ['what does not come out even', encodeElement(sequence, ecPublicKey, hex('06'))],
]

describe.each(heads)('a public key of %s', (curve, head) => {
  const point = wholePointOf(curve)
  const spki = join(hex(head), point)

  it('is read from SPKI', () => {
    expect(parseEcSpki(spki)).toEqual({ curve, point })
  })

  it('is written as SPKI', () => {
    expect(encodeEcSpki({ curve, point })).toEqual(spki)
  })

  it('is read back with a compressed point', () => {
    const compressed = join(Uint8Array.of(3), pattern(fieldLength[curve]))
    expect(parseEcSpki(encodeEcSpki({ curve, point: compressed }))).toEqual({ curve, point: compressed })
  })

  it('is refused when it is cut, wherever, or has a byte more', () => {
    for (let length = 0; length < spki.length; length++) expect(parseEcSpki(spki.subarray(0, length))).toBeUndefined()
    expect(parseEcSpki(join(spki, hex('00')))).toBeUndefined()
  })
})

describe('parseEcSpki', () => {
  const bits = encodeElement(bitString, hex('00'), wholePointOf('P-384'))
  const algorithm = encodeElement(sequence, ecPublicKey, encodeElement(oid, hex('2b81040022')))

  it('takes these parts, put together', () => {
    expect(parseEcSpki(encodeElement(sequence, algorithm, bits))?.curve).toBe('P-384')
  })

  // K10 of the threat model: a public key names its curve, and brings none of its own.
  it.each(noCurves)('refuses %s', (_, other) => {
    expect(parseEcSpki(encodeElement(sequence, other, bits))).toBeUndefined()
  })

  it.each([
    ['unused bits', encodeElement(sequence, algorithm, encodeElement(bitString, hex('01'), wholePointOf('P-384')))],
    ['an empty bit string', encodeElement(sequence, algorithm, encodeElement(bitString))],
    ['an octet string', encodeElement(sequence, algorithm, encodeElement(octetString, wholePointOf('P-384')))],
    ['a third element', encodeElement(sequence, algorithm, bits, hex('0500'))],
    ['no key', encodeElement(sequence, algorithm)],
    ['nothing in it', encodeElement(sequence)],
    ['a name in place of the algorithm', encodeElement(sequence, ecPublicKey, bits)],
    ['another element around it', encodeElement(octetString, algorithm, bits)],
    ['an indefinite length', join(hex('3080'), algorithm, bits, hex('0000'))],
  ])('refuses %s', (_, spki) => {
    expect(parseEcSpki(spki)).toBeUndefined()
  })
})

describe('curveOfPkcs8', () => {
  const version = encodeElement(integer, hex('00'))
  const key = encodeElement(octetString, hex('3000'))

  it.each(heads)('tells %s', (curve, _, name) => {
    const algorithm = encodeElement(sequence, ecPublicKey, encodeElement(oid, hex(name)))
    expect(curveOfPkcs8(encodeElement(sequence, version, algorithm, key))).toBe(curve)
  })

  // K10 of the threat model: explicit parameters are refused.
  it.each(noCurves)('refuses %s', (_, algorithm) => {
    expect(curveOfPkcs8(encodeElement(sequence, version, algorithm, key))).toBeUndefined()
  })

  it.each([
    ['nothing', hex('')],
    ['an empty sequence', encodeElement(sequence)],
    ['no algorithm', encodeElement(sequence, version)],
    ['an algorithm that is no sequence', encodeElement(sequence, version, ecPublicKey, key)],
    ['no version', encodeElement(sequence, encodeElement(sequence, ecPublicKey), key)],
    ['a byte behind it', join(encodeElement(sequence, version), hex('00'))],
  ])('refuses %s', (_, pkcs8) => {
    expect(curveOfPkcs8(pkcs8)).toBeUndefined()
  })
})

/** PKCS #8 (RFC 5958) of an `ECPrivateKey` (RFC 5915), as OpenSSL writes it: around the scalar, then around the point. */
const pkcs8Parts: readonly (readonly [curve: CurveName, pointless: string, head: string, between: string])[] = [
  [
    'P-256',
    '3041 020100 3013 06072a8648ce3d0201 06082a8648ce3d030107 0427 3025 020101 0420',
    '308187 020100 3013 06072a8648ce3d0201 06082a8648ce3d030107 046d 306b 020101 0420',
    'a144 034200',
  ],
  [
    'P-384',
    '304e 020100 3010 06072a8648ce3d0201 06052b81040022 0437 3035 020101 0430',
    '3081b6 020100 3010 06072a8648ce3d0201 06052b81040022 04819e 30819b 020101 0430',
    'a164 036200',
  ],
  [
    'P-521',
    '3060 020100 3010 06072a8648ce3d0201 06052b81040023 0449 3047 020101 0442',
    '3081ee 020100 3010 06072a8648ce3d0201 06052b81040023 0481d6 3081d3 020101 0442',
    'a18189 03818600',
  ],
]

describe.each(pkcs8Parts)('a private key of %s without its point', (curve, pointless, head, between) => {
  const scalar = pattern(fieldLength[curve], 9)
  const pkcs8 = join(hex(pointless), scalar)
  const point = wholePointOf(curve)

  it('is read from PKCS #8', () => {
    expect(parsePointlessPkcs8(pkcs8)).toEqual({ curve, scalar })
  })

  it('is written with the point', () => {
    expect(encodeEcPkcs8({ curve, scalar }, point)).toEqual(join(hex(head), scalar, hex(between), point))
  })

  it('is no longer one once it has the point', () => {
    expect(parsePointlessPkcs8(encodeEcPkcs8({ curve, scalar }, point))).toBeUndefined()
  })

  it('is refused when it is cut, wherever, or has a byte more', () => {
    for (let length = 0; length < pkcs8.length; length++) {
      expect(parsePointlessPkcs8(pkcs8.subarray(0, length))).toBeUndefined()
    }
    expect(parsePointlessPkcs8(join(pkcs8, hex('00')))).toBeUndefined()
  })
})

describe('parsePointlessPkcs8', () => {
  const algorithm = encodeElement(sequence, ecPublicKey, encodeElement(oid, hex('2b81040022')))
  const parameters = encodeElement(0xa0, encodeElement(oid, hex('2b81040022')))
  const one = encodeElement(integer, hex('01'))
  const scalar = encodeElement(octetString, pattern(48))
  const wrap = (...key: Uint8Array[]) =>
    encodeElement(sequence, encodeElement(integer, hex('00')), algorithm, encodeElement(octetString, ...key))

  it('takes a key that names its curve a second time', () => {
    const key = wrap(encodeElement(sequence, one, scalar, parameters))
    expect(parsePointlessPkcs8(key)).toEqual({ curve: 'P-384', scalar: pattern(48) })
  })

  it.each([
    ['a scalar that is too short', wrap(encodeElement(sequence, one, encodeElement(octetString, pattern(47))))],
    ['a scalar that is too long', wrap(encodeElement(sequence, one, encodeElement(octetString, pattern(49))))],
    ['a scalar that is a number', wrap(encodeElement(sequence, one, encodeElement(integer, pattern(48))))],
    ['no version', wrap(encodeElement(sequence, scalar))],
    ['no scalar', wrap(encodeElement(sequence, one))],
    ['a key that is no sequence', wrap(one, scalar)],
    ['a byte behind the key', wrap(encodeElement(sequence, one, scalar), hex('00'))],
    ['no key', encodeElement(sequence, encodeElement(integer, hex('00')), algorithm)],
    ['a key in a bit string', encodeElement(sequence, one, algorithm, encodeElement(bitString, one, scalar))],
  ])('refuses %s', (_, pkcs8) => {
    expect(parsePointlessPkcs8(pkcs8)).toBeUndefined()
  })
})

describe('the form of a point', () => {
  it.each(heads)('of %s is compressed or whole, and as long as its field wants', (curve) => {
    const length = fieldLength[curve]
    const point = (first: number, bytes: number) => join(Uint8Array.of(first), pattern(bytes))
    for (const first of [2, 3]) {
      expect(isCompressed(curve, point(first, length))).toBe(true)
      expect(hasPointForm(curve, point(first, length))).toBe(true)
      expect(hasPointForm(curve, point(first, length - 1))).toBe(false)
      expect(hasPointForm(curve, point(first, length + 1))).toBe(false)
      expect(hasPointForm(curve, point(first, 2 * length))).toBe(false)
    }
    expect(isCompressed(curve, point(4, 2 * length))).toBe(false)
    expect(hasPointForm(curve, point(4, 2 * length))).toBe(true)
    expect(hasPointForm(curve, point(4, 2 * length - 1))).toBe(false)
    expect(hasPointForm(curve, point(4, 2 * length + 1))).toBe(false)
    for (const first of [0, 1, 5, 6, 7]) {
      expect(hasPointForm(curve, point(first, length))).toBe(false)
      expect(hasPointForm(curve, point(first, 2 * length))).toBe(false)
    }
    expect(hasPointForm(curve, hex(''))).toBe(false)
    expect(hasPointForm(curve, hex('00'))).toBe(false)
  })

  it('compresses by the last bit of y', () => {
    const x = pattern(32)
    const y = pattern(32, 2)
    y[31] = 0x10
    expect(compressPoint('P-256', join(hex('04'), x, y))).toEqual(join(hex('02'), x))
    y[31] = 0x11
    expect(compressPoint('P-256', join(hex('04'), x, y))).toEqual(join(hex('03'), x))
  })

  it('compresses a compressed point to a copy of it', () => {
    const point = bufferLike(join(hex('03'), pattern(48)))
    const compressed = compressPoint('P-384', point)
    point.fill(0)
    expect(compressed).toEqual(join(hex('03'), pattern(48)))
  })
})
