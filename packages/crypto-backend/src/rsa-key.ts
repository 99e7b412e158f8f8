/**
 * The numbers in an RSA private key that the unpadding needs.
 *
 * Spec: RFC 8017, appendix A.1.2; RFC 5958
 *
 * @module
 */

import { copyOf } from './backend.ts'
import { derTag, isSame, readAll, readOnly } from './der.ts'

/** Modulus and private exponent, big-endian, without leading zeros. */
export interface RsaNumbers {
  readonly modulus: Uint8Array
  readonly privateExponent: Uint8Array
}

/** The numbers of a key in PKCS #8; `undefined` when it is no RSA key. */
export function parseRsaPkcs8(pkcs8: Uint8Array): RsaNumbers | undefined {
  const [, , key] = readAll(readOnly(derTag.sequence, pkcs8) ?? new Uint8Array(1)) ?? []
  if (key?.tag !== derTag.octetString) return undefined
  const [version, modulus, publicExponent, privateExponent] =
    readAll(readOnly(derTag.sequence, key.content) ?? new Uint8Array(1)) ?? []
  if (version?.tag !== derTag.integer || modulus?.tag !== derTag.integer) return undefined
  if (publicExponent?.tag !== derTag.integer || privateExponent?.tag !== derTag.integer) return undefined
  return { modulus: withoutZeros(modulus.content), privateExponent: withoutZeros(privateExponent.content) }
}

/** 1.2.840.113549.1.1.1, rsaEncryption */
const rsaEncryption = /* @__PURE__ */ Uint8Array.of(0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01)

/** The modulus of a public key in SPKI, big-endian without leading zeros; `undefined` when it is no RSA key. */
export function parseRsaSpki(spki: Uint8Array): Uint8Array | undefined {
  const [algorithm, key] = readAll(readOnly(derTag.sequence, spki) ?? new Uint8Array(1)) ?? []
  if (algorithm?.tag !== derTag.sequence || key?.tag !== derTag.bitString || key.content[0] !== 0) return undefined
  const [type] = readAll(algorithm.content) ?? []
  if (type?.tag !== derTag.oid || !isSame(type.content, rsaEncryption)) return undefined
  const [modulus] = readAll(readOnly(derTag.sequence, key.content.subarray(1)) ?? new Uint8Array(1)) ?? []
  return modulus?.tag === derTag.integer ? withoutZeros(modulus.content) : undefined
}

function withoutZeros(bytes: Uint8Array): Uint8Array {
  const start = bytes.findIndex((byte) => byte !== 0)
  return copyOf(bytes.subarray(start === -1 ? bytes.length : start))
}
