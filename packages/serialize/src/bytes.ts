/**
 * Big-endian integers and strings as bytes.
 *
 * @module
 */

const encoder = new TextEncoder()
// `ignoreBOM` keeps U+FEFF as the character it is; without it a value that begins with one would change.
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** UTF-8 bytes of a string. */
export function utf8(text: string): Uint8Array<ArrayBuffer> {
  return encoder.encode(text)
}

/** The string that UTF-8 bytes stand for, or `undefined` when they are not UTF-8. */
export function parseUtf8(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes)
  } catch {
    return undefined
  }
}

/** Does the string hold half of a surrogate pair? Such a string has no UTF-8 encoding. */
export function hasLoneSurrogate(text: string): boolean {
  return /\p{Surrogate}/u.test(text)
}

/** The two bytes of an unsigned integer. */
export function u16(value: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.of(value >>> 8, value)
}

/** The four bytes of an unsigned integer. */
export function u32(value: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value)
}

/** The eight bytes of an unsigned integer up to 2^53 - 1. */
export function u64(value: number): Uint8Array<ArrayBuffer> {
  return concat(u32(Math.floor(value / 0x1_0000_0000)), u32(value % 0x1_0000_0000))
}

/** Write an unsigned 32-bit integer into bytes that are there. */
export function writeU32(bytes: Uint8Array, offset: number, value: number): void {
  bytes[offset] = value >>> 24
  bytes[offset + 1] = value >>> 16
  bytes[offset + 2] = value >>> 8
  bytes[offset + 3] = value
}

/** The unsigned 16-bit integer at `offset`. The caller has made sure that the bytes are there. */
export function readU16(bytes: Uint8Array, offset = 0): number {
  return ((bytes[offset] as number) << 8) | (bytes[offset + 1] as number)
}

/** The unsigned 32-bit integer at `offset`. The caller has made sure that the bytes are there. */
export function readU32(bytes: Uint8Array, offset = 0): number {
  return readU16(bytes, offset) * 0x1_0000 + readU16(bytes, offset + 2)
}

/** All parts, one after the other, in memory of their own. */
export function concat(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  let length = 0
  for (const part of parts) length += part.length
  const whole = new Uint8Array(length)
  let offset = 0
  for (const part of parts) {
    whole.set(part, offset)
    offset += part.length
  }
  return whole
}

/** A 16-bit length, then the bytes. The caller has made sure that there are at most 65535. */
export function lengthPrefixed16(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return concat(u16(bytes.length), bytes)
}

/** Negative, zero or positive, as `a` sorts before, with or after `b`, compared as unsigned bytes. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const shorter = Math.min(a.length, b.length)
  for (let i = 0; i < shorter; i++) {
    const difference = (a[i] as number) - (b[i] as number)
    if (difference !== 0) return difference
  }
  return a.length - b.length
}

/** Are the bytes the same? Stops at the first difference: for public values only. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && compareBytes(a, b) === 0
}

/** Lower-case hexadecimal. */
export function hex(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) text += byte.toString(16).padStart(2, '0')
  return text
}
