/**
 * The checksums that Amazon S3 verifies when bytes arrive.
 *
 * @module
 */

import { md5 as portableMd5 } from '@noble/hashes/legacy.js'
import { S3Refusal } from './answer.ts'

/** For ETags. */
export const md5: (bytes: Uint8Array) => Uint8Array = typeof document === 'object' ? portableMd5 : await nodeMd5()

async function nodeMd5(): Promise<(bytes: Uint8Array) => Uint8Array> {
  const { createHash } = await import(/* @vite-ignore */ 'node:crypto')
  return (bytes) => new Uint8Array(createHash('md5').update(bytes).digest())
}

const crcTable = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte
  for (let bit = 0; bit < 8; bit++) value = (value >>> 1) ^ (value & 1 ? 0xedb88320 : 0)
  return value
})

/** CRC-32 of ISO-HDLC, as in zip. */
export function crc32(bytes: Uint8Array): Uint8Array {
  let value = 0xffffffff
  for (let i = 0; i < bytes.length; i++) {
    value = (value >>> 8) ^ (crcTable[(value ^ (bytes[i] as number)) & 0xff] as number)
  }
  const result = new Uint8Array(4)
  new DataView(result.buffer).setUint32(0, ~value >>> 0)
  return result
}

export function base64(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))
}

export function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

async function digest(algorithm: string, bytes: Uint8Array): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest(algorithm, bytes as BufferSource))
}

const algorithms: Readonly<Record<string, (bytes: Uint8Array) => Uint8Array | Promise<Uint8Array>>> = {
  'content-md5': md5,
  'x-amz-checksum-crc32': crc32,
  'x-amz-checksum-sha1': (bytes) => digest('SHA-1', bytes),
  'x-amz-checksum-sha256': (bytes) => digest('SHA-256', bytes),
}

/** Compares every checksum that came with the bytes; gives those that are stored with them. */
export async function checkChecksums(
  headers: Readonly<Record<string, string>>,
  bytes: Uint8Array,
): Promise<Record<string, string>> {
  const stored: Record<string, string> = {}
  for (const [name, compute] of Object.entries(algorithms)) {
    const given = headers[name]
    if (given === undefined) continue
    if (base64(await compute(bytes)) !== given) throw new S3Refusal(400, 'BadDigest', `${name} does not match`)
    if (name !== 'content-md5') stored[name] = given
  }
  return stored
}
