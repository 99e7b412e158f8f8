/**
 * Keys of elliptic curves as they are stored: SPKI and PKCS #8, with named curves only.
 *
 * Explicit curve parameters are refused: whoever writes them chooses the curve.
 *
 * Spec: RFC 5480, RFC 5915, RFC 5958
 *
 * @module
 */

import { type CurveName, copyOf, fieldLength } from './backend.ts'
import { derTag, encodeElement, isSame, readAll, readOnly } from './der.ts'

/** 1.2.840.10045.2.1, id-ecPublicKey */
const ecPublicKey = /* @__PURE__ */ Uint8Array.of(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01)

const curveOids: Readonly<Record<CurveName, Uint8Array>> = {
  'P-256': /* @__PURE__ */ Uint8Array.of(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07),
  'P-384': /* @__PURE__ */ Uint8Array.of(0x2b, 0x81, 0x04, 0x00, 0x22),
  'P-521': /* @__PURE__ */ Uint8Array.of(0x2b, 0x81, 0x04, 0x00, 0x23),
}

/** A point, and the curve that its key names. The point is not checked. */
export interface NamedPoint {
  readonly curve: CurveName
  readonly point: Uint8Array
}

/** Curve and point of a public key in SPKI; `undefined` when it is anything else. */
export function parseEcSpki(spki: Uint8Array): NamedPoint | undefined {
  const [algorithm, key, ...others] = readAll(readOnly(derTag.sequence, spki) ?? new Uint8Array(1)) ?? []
  if (algorithm?.tag !== derTag.sequence || key?.tag !== derTag.bitString || others.length > 0) return undefined
  const curve = namedCurve(algorithm.content)
  if (curve === undefined || key.content[0] !== 0) return undefined
  return { curve, point: key.content.subarray(1) }
}

/** SPKI of a point. */
export function encodeEcSpki({ curve, point }: NamedPoint): Uint8Array<ArrayBuffer> {
  const key = encodeElement(derTag.bitString, Uint8Array.of(0), point)
  return encodeElement(derTag.sequence, algorithmOf(curve), key)
}

/** The curve that a private key in PKCS #8 names; `undefined` when it is no key of a named curve. */
export function curveOfPkcs8(pkcs8: Uint8Array): CurveName | undefined {
  const [version, algorithm] = readAll(readOnly(derTag.sequence, pkcs8) ?? new Uint8Array(1)) ?? []
  if (version?.tag !== derTag.integer || algorithm?.tag !== derTag.sequence) return undefined
  return namedCurve(algorithm.content)
}

/** Curve and scalar of a private key in PKCS #8 that leaves its public point out, as RFC 5915 allows. */
export interface PointlessKey {
  readonly curve: CurveName
  /** A view of the key, as long as the field. */
  readonly scalar: Uint8Array
}

/** `undefined` when the key has its point, or is none of a named curve. */
export function parsePointlessPkcs8(pkcs8: Uint8Array): PointlessKey | undefined {
  const curve = curveOfPkcs8(pkcs8)
  const [, , key] = readAll(readOnly(derTag.sequence, pkcs8) ?? new Uint8Array(1)) ?? []
  if (curve === undefined || key?.tag !== derTag.octetString) return undefined
  const [version, scalar, ...optional] = readAll(readOnly(derTag.sequence, key.content) ?? new Uint8Array(1)) ?? []
  if (version?.tag !== derTag.integer || scalar?.tag !== derTag.octetString) return undefined
  if (scalar.content.length !== fieldLength[curve] || optional.some(({ tag }) => tag === publicKeyTag)) return undefined
  return { curve, scalar: scalar.content }
}

/** `[1]` of an `ECPrivateKey`: its public point. */
const publicKeyTag = 0xa1

/** PKCS #8 of a scalar and its point. The caller zeroes it. */
export function encodeEcPkcs8({ curve, scalar }: PointlessKey, point: Uint8Array): Uint8Array<ArrayBuffer> {
  const bits = encodeElement(derTag.bitString, Uint8Array.of(0), point)
  const one = encodeElement(derTag.integer, Uint8Array.of(1))
  const octets = encodeElement(derTag.octetString, scalar)
  const ecPrivateKey = encodeElement(derTag.sequence, one, octets, encodeElement(publicKeyTag, bits))
  const zero = encodeElement(derTag.integer, Uint8Array.of(0))
  const inner = encodeElement(derTag.octetString, ecPrivateKey)
  const pkcs8 = encodeElement(derTag.sequence, zero, algorithmOf(curve), inner)
  for (const part of [octets, ecPrivateKey, inner]) part.fill(0)
  return pkcs8
}

function algorithmOf(curve: CurveName): Uint8Array {
  const names = [ecPublicKey, curveOids[curve]].map((name) => encodeElement(derTag.oid, name))
  return encodeElement(derTag.sequence, ...names)
}

function namedCurve(algorithm: Uint8Array): CurveName | undefined {
  const [type, parameters, ...others] = readAll(algorithm) ?? []
  if (type?.tag !== derTag.oid || !isSame(type.content, ecPublicKey)) return undefined
  if (parameters?.tag !== derTag.oid || others.length > 0) return undefined
  return curveNames.find((curve) => isSame(parameters.content, curveOids[curve]))
}

const curveNames: readonly CurveName[] = ['P-256', 'P-384', 'P-521']

/** Is this how a point of the curve is written: compressed, or whole? Says nothing about the point itself. */
export function hasPointForm(curve: CurveName, point: Uint8Array): boolean {
  const length = fieldLength[curve]
  return isCompressed(curve, point) || (point[0] === 4 && point.length === 1 + 2 * length)
}

/** Is this a compressed point by its form? */
export function isCompressed(curve: CurveName, point: Uint8Array): boolean {
  return (point[0] === 2 || point[0] === 3) && point.length === 1 + fieldLength[curve]
}

/** The compressed form of a point that has {@link hasPointForm}. */
export function compressPoint(curve: CurveName, point: Uint8Array): Uint8Array<ArrayBuffer> {
  const compressed = copyOf(point.subarray(0, 1 + fieldLength[curve]))
  if (point[0] === 4) compressed[0] = 2 + ((point[point.length - 1] as number) & 1)
  return compressed
}
