/**
 * Whole points from compressed ones, checked to be on their curve, for platforms that cannot do it. Points are public.
 *
 * y² = x³ - 3x + b over the field of p; all three p are 3 modulo 4, so a root of v is v^((p + 1) / 4).
 *
 * Spec: SEC 1, section 2.3.4; curves of FIPS 186-4, appendix D
 *
 * @module
 */

import { type CurveName, fieldLength } from './backend.ts'
import { compressPoint, hasPointForm } from './ec-key.ts'

interface Curve {
  readonly p: bigint
  readonly b: bigint
}

const curves: Readonly<Record<CurveName, Curve>> = {
  'P-256': {
    p: 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn,
    b: 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn,
  },
  'P-384': {
    p: 0xfffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffff0000000000000000ffffffffn,
    b: 0xb3312fa7e23ee7e4988e056be3f82d19181d9c6efe8141120314088f5013875ac656398d8a2ed19d2a85c8edd3ec2aefn,
  },
  'P-521': {
    // 2 ** 521 - 1, written out: a bundler takes a computation for a side effect.
    p: 0x1ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffn,
    b: 0x0051953eb9618e1c9a1f929a21a0b68540eea2da725b99b315f3b8b489918ef109e156193951ec7e937b1652c0bd3bb1bf073573df883d2c34f1ef451fd46b503f00n,
  },
}

/** The whole form, `04 ‖ x ‖ y`, of a point in either form; `undefined` when it is not on the curve. */
export function wholePoint(curve: CurveName, point: Uint8Array): Uint8Array<ArrayBuffer> | undefined {
  if (!hasPointForm(curve, point)) return undefined
  const whole = decompress(curve, compressPoint(curve, point))
  if (point[0] !== 4) return whole
  return whole?.every((byte, i) => byte === point[i]) ? whole : undefined
}

function decompress(curve: CurveName, compressed: Uint8Array): Uint8Array<ArrayBuffer> | undefined {
  const { p, b } = curves[curve]
  const x = toBigInt(compressed.subarray(1))
  if (x >= p) return undefined
  const square = ((((x * x - 3n) * x + b) % p) + p) % p
  const root = power(square, (p + 1n) / 4n, p)
  if ((root * root) % p !== square) return undefined
  const odd = BigInt((compressed[0] as number) & 1)
  const y = (root & 1n) === odd ? root : p - root
  const point = new Uint8Array(1 + 2 * fieldLength[curve])
  point[0] = 4
  point.set(compressed.subarray(1), 1)
  point.set(fromBigInt(y, fieldLength[curve]), 1 + fieldLength[curve])
  return point
}

function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n
  for (let square = base, bits = exponent; bits > 0n; bits >>= 1n, square = (square * square) % modulus) {
    if (bits & 1n) result = (result * square) % modulus
  }
  return result
}

function toBigInt(bytes: Uint8Array): bigint {
  let value = 0n
  for (const byte of bytes) value = (value << 8n) | BigInt(byte)
  return value
}

function fromBigInt(value: bigint, length: number): Uint8Array {
  const bytes = new Uint8Array(length)
  for (let i = length - 1, rest = value; i >= 0; i--, rest >>= 8n) bytes[i] = Number(rest & 0xffn)
  return bytes
}
