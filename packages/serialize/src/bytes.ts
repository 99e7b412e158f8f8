/**
 * Big-endian integers and strings as bytes.
 *
 * @module
 */

const encoder = new TextEncoder()
// `ignoreBOM` keeps U+FEFF as the character it is; without it a value that begins with one would change.
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Up to this length a loop is faster than a call of the platform. */
const shortText = 64

/** UTF-8 bytes of a string. */
export function utf8(text: string): Uint8Array<ArrayBuffer> {
  if (text.length > shortText) return encoder.encode(text)
  const bytes = new Uint8Array(text.length)
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit > 0x7f) return encoder.encode(text)
    bytes[i] = unit
  }
  return bytes
}

/** The string that UTF-8 bytes stand for, or `undefined` when they are not UTF-8. */
export function parseUtf8(bytes: Uint8Array): string | undefined {
  const ascii = bytes.length <= shortText ? parseAscii(bytes) : undefined
  if (ascii !== undefined) return ascii
  try {
    return decoder.decode(bytes)
  } catch {
    return undefined
  }
}

function parseAscii(bytes: Uint8Array): string | undefined {
  let text = ''
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i] as number
    if (byte > 0x7f) return undefined
    text += String.fromCharCode(byte)
  }
  return text
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

/** Writes fields one behind the other into bytes of a length that is known before. */
export class ByteWriter {
  readonly bytes: Uint8Array<ArrayBuffer>
  #offset = 0

  constructor(length: number) {
    this.bytes = new Uint8Array(length)
  }

  u8(value: number): this {
    this.bytes[this.#offset++] = value
    return this
  }

  u16(value: number): this {
    return this.u8(value >>> 8).u8(value)
  }

  u32(value: number): this {
    writeU32(this.bytes, this.#offset, value)
    this.#offset += 4
    return this
  }

  raw(bytes: Uint8Array): this {
    this.bytes.set(bytes, this.#offset)
    this.#offset += bytes.length
    return this
  }

  /** A 16-bit length, then the bytes. The caller has made sure that there are at most 65535. */
  bytes16(bytes: Uint8Array): this {
    return this.u16(bytes.length).raw(bytes)
  }
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
