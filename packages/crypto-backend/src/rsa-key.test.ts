import { describe, expect, it } from 'vitest'
import { derTag, encodeElement } from './der.ts'
import { defaultBackend } from './index.ts'
import { parseRsaPkcs8, parseRsaSpki } from './rsa-key.ts'
import { bufferLike, hex, join } from './testing/rule.ts'

const { integer, bitString, octetString, oid, sequence } = derTag

const rsaEncryption = encodeElement(oid, hex('2a864886f70d010101'))
const algorithm = encodeElement(sequence, rsaEncryption, hex('0500'))
const modulus = encodeElement(integer, hex('00c1c2c3'))
const exponent = encodeElement(integer, hex('010001'))
const privateExponent = encodeElement(integer, hex('5a5b5c'))

/** The reader looks at no number: those of a toy key do. */
function pkcs8(...numbers: readonly Uint8Array[]): Uint8Array {
  const version = encodeElement(integer, hex('00'))
  return encodeElement(sequence, version, algorithm, encodeElement(octetString, encodeElement(sequence, ...numbers)))
}

function spki(type: Uint8Array, content: Uint8Array): Uint8Array {
  return encodeElement(sequence, type, encodeElement(bitString, content))
}

const version = encodeElement(integer, hex('00'))
const rsaPublicKey = encodeElement(sequence, modulus, exponent)

describe('parseRsaPkcs8', () => {
  it('gives modulus and private exponent without leading zeros', () => {
    expect(parseRsaPkcs8(pkcs8(version, modulus, exponent, privateExponent))).toEqual({
      modulus: hex('c1c2c3'),
      privateExponent: hex('5a5b5c'),
    })
  })

  it('reads a key of more than two primes, which has version 1 and more numbers', () => {
    const one = encodeElement(integer, hex('01'))
    const others = encodeElement(sequence, encodeElement(sequence, one, one, one))
    const key = parseRsaPkcs8(pkcs8(one, modulus, exponent, privateExponent, one, one, one, one, one, others))
    expect(key?.privateExponent).toEqual(hex('5a5b5c'))
  })

  it('copies the numbers, so that the key may be overwritten', () => {
    const der = bufferLike(pkcs8(version, modulus, exponent, privateExponent))
    const key = parseRsaPkcs8(der)
    der.fill(0)
    expect(key?.privateExponent).toEqual(hex('5a5b5c'))
  })

  it.each([
    ['nothing', hex('')],
    ['another element', encodeElement(octetString, hex('00'))],
    ['no key', encodeElement(sequence, version, algorithm)],
    ['a key that is no octet string', encodeElement(sequence, version, algorithm, encodeElement(bitString, hex('00')))],
    ['a key that is no sequence', encodeElement(sequence, version, algorithm, encodeElement(octetString, version))],
    ['too few numbers', pkcs8(version, modulus, exponent)],
    ['a version that is no number', pkcs8(hex('0500'), modulus, exponent, privateExponent)],
    ['an exponent that is none', pkcs8(version, modulus, hex('0500'), privateExponent)],
    ['a number that is none', pkcs8(version, modulus, encodeElement(octetString, hex('03')), privateExponent)],
    ['a byte more', join(pkcs8(version, modulus, exponent, privateExponent), hex('00'))],
  ])('refuses %s', (_, der) => {
    expect(parseRsaPkcs8(der)).toBeUndefined()
  })
})

describe('parseRsaSpki', () => {
  it('gives the modulus without leading zeros', () => {
    expect(parseRsaSpki(spki(algorithm, join(hex('00'), rsaPublicKey)))).toEqual(hex('c1c2c3'))
  })

  it('gives the modulus of a key that the platform generated', async () => {
    const { publicKey, privateKey } = await defaultBackend.rsa.generateKeyPair(2048)
    expect(parseRsaSpki(publicKey)).toHaveLength(256)
    expect(parseRsaSpki(publicKey)).toEqual(parseRsaPkcs8(privateKey)?.modulus)
  })

  it('gives no bytes for a modulus of zero', () => {
    const zero = encodeElement(sequence, encodeElement(integer, hex('00')), exponent)
    expect(parseRsaSpki(spki(algorithm, join(hex('00'), zero)))).toEqual(hex(''))
  })

  it.each([
    ['nothing', hex('')],
    ['no key', encodeElement(sequence, algorithm)],
    ['an algorithm that is no sequence', spki(rsaEncryption, join(hex('00'), rsaPublicKey))],
    ['a key that is no bit string', encodeElement(sequence, algorithm, encodeElement(octetString, rsaPublicKey))],
    ['unused bits', spki(algorithm, join(hex('01'), rsaPublicKey))],
    ['an algorithm without a name', spki(encodeElement(sequence, version), join(hex('00'), rsaPublicKey))],
    [
      'an algorithm that does not come out even',
      spki(encodeElement(sequence, hex('06')), join(hex('00'), rsaPublicKey)),
    ],
    ['no algorithm', spki(encodeElement(sequence), join(hex('00'), rsaPublicKey))],
    [
      'the algorithm of elliptic curves',
      spki(encodeElement(sequence, encodeElement(oid, hex('2a8648ce3d0201'))), join(hex('00'), rsaPublicKey)),
    ],
    ['a key that is no sequence', spki(algorithm, join(hex('00'), modulus))],
    ['a modulus that is no number', spki(algorithm, join(hex('00'), encodeElement(sequence, rsaEncryption, exponent)))],
    ['no numbers', spki(algorithm, join(hex('00'), encodeElement(sequence)))],
  ])('refuses %s', (_, der) => {
    expect(parseRsaSpki(der)).toBeUndefined()
  })
})
