/**
 * Bytes for tests, as the specification prints them, and what reading them throws.
 *
 * @module
 */

/** The bytes of hexadecimal text; white space is for the reader. */
export function fromHex(text: string): Uint8Array<ArrayBuffer> {
  const digits = text.replace(/\s+/g, '')
  return Uint8Array.from({ length: digits.length / 2 }, (_, i) => Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16))
}

/** The bytes of text that is all ASCII. */
export function ascii(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text, (character) => character.charCodeAt(0))
}

/** `length` bytes 0, 1, 2 ... 255, 0 ... */
export function counting(length: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length }, (_, i) => i)
}

/** Every beginning of the bytes that is shorter than they are, the empty one included. */
export function beginnings(bytes: Uint8Array): readonly Uint8Array[] {
  return Array.from({ length: bytes.length }, (_, length) => bytes.subarray(0, length))
}

/** What the function throws; `undefined` when it returns. */
export function thrownBy(run: () => unknown): unknown {
  try {
    run()
  } catch (error) {
    return error
  }
  return undefined
}
