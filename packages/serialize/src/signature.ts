/**
 * ECDSA signatures in DER, as messages carry them.
 *
 * | field  | bytes    | meaning                                   |
 * | ------ | -------- | ----------------------------------------- |
 * | `30`   | 2        | sequence, length of what follows          |
 * | `02`   | 2        | integer, length of r                      |
 * | r      | as above | big-endian, with a zero before a high bit |
 * | `02`   | 2        | integer, length of s                      |
 * | s      | as above | likewise                                  |
 *
 * Platforms give and take r ‖ s, each as long as the field of the curve. In DER the length varies with the values.
 * esdk writes one length for each curve: where r has no room to vary, s or n - s, which are equally valid, fits.
 *
 * Spec: framework/transitive-requirements.md, "ECDSA"; SEC 1, section C.5
 *
 * @module
 */

import { concat } from './bytes.ts'

/** The curves that messages are signed on. */
export type SignatureCurve = 'P-256' | 'P-384'

/** Bytes of a signature as esdk, and the AWS Encryption SDKs, write it. */
export const signatureLengths: Readonly<Record<SignatureCurve, number>> = { 'P-256': 71, 'P-384': 103 }

const fieldLengths: Readonly<Record<SignatureCurve, number>> = { 'P-256': 32, 'P-384': 48 }

/** The order n of the base point: r and s are between 1 and n - 1. */
const orders: Readonly<Record<SignatureCurve, bigint>> = {
  'P-256': 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
  'P-384': 0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n,
}

/**
 * DER of r ‖ s, of the length in {@link signatureLengths}.
 *
 * @returns `undefined` in about one of 128 cases, when neither s nor n - s gives that length: sign again
 */
export function encodeSignature(curve: SignatureCurve, signature: Uint8Array): Uint8Array<ArrayBuffer> | undefined {
  const length = fieldLengths[curve]
  const r = signature.subarray(0, length)
  const s = signature.subarray(length)
  const encoded = encodeDer(r, s)
  if (encoded.length === signatureLengths[curve]) return encoded
  const negated = encodeDer(r, fromBigInt(orders[curve] - toBigInt(s), length))
  return negated.length === signatureLengths[curve] ? negated : undefined
}

function encodeDer(r: Uint8Array, s: Uint8Array): Uint8Array<ArrayBuffer> {
  const integers = concat(encodeInteger(r), encodeInteger(s))
  return concat(Uint8Array.of(0x30, integers.length), integers)
}

function encodeInteger(value: Uint8Array): Uint8Array<ArrayBuffer> {
  const first = value.findIndex((byte) => byte !== 0)
  const shortest = value.subarray(first === -1 ? value.length - 1 : first)
  const padding = (shortest[0] as number) >= 0x80 ? 1 : 0
  return concat(Uint8Array.of(0x02, shortest.length + padding), new Uint8Array(padding), shortest)
}

/**
 * r ‖ s of a signature in DER, read strictly: shortest lengths, nothing behind, r and s between 1 and n - 1.
 *
 * @returns `undefined` when it is anything else
 */
export function parseSignature(curve: SignatureCurve, der: Uint8Array): Uint8Array<ArrayBuffer> | undefined {
  if (der[0] !== 0x30 || der[1] !== der.length - 2) return undefined
  const r = readInteger(curve, der, 2)
  if (r === undefined) return undefined
  const s = readInteger(curve, der, r.end)
  return s?.end === der.length ? concat(r.value, s.value) : undefined
}

interface ReadInteger {
  readonly value: Uint8Array
  readonly end: number
}

/** An integer in range, filled up to the length of the field. */
function readInteger(curve: SignatureCurve, der: Uint8Array, offset: number): ReadInteger | undefined {
  const [tag, length, first, second] = der.subarray(offset)
  if (tag !== 0x02 || length === undefined || first === undefined) return undefined
  const end = offset + 2 + length
  if (length === 0 || end > der.length || first >= 0x80) return undefined
  if (first === 0 && length > 1 && (second as number) < 0x80) return undefined
  const number = toBigInt(der.subarray(offset + 2, end))
  if (number === 0n || number >= orders[curve]) return undefined
  return { value: fromBigInt(number, fieldLengths[curve]), end }
}

function toBigInt(bytes: Uint8Array): bigint {
  let value = 0n
  for (const byte of bytes) value = (value << 8n) | BigInt(byte)
  return value
}

function fromBigInt(value: bigint, length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length)
  for (let i = length - 1, rest = value; i >= 0; i--, rest >>= 8n) bytes[i] = Number(rest & 0xffn)
  return bytes
}
