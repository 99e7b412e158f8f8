/**
 * AES keys as they lie in files: as they are, in hexadecimal, or in base64.
 *
 * @module
 */

import { decodeBase64, parseUtf8 } from '@esdk/serialize'

export type KeyEncoding = 'binary' | 'hex' | 'base64'

export const keyEncodings: readonly KeyEncoding[] = ['binary', 'hex', 'base64']

/**
 * The 16, 24 or 32 bytes of a key, `undefined` when these are none.
 *
 * Without an encoding, what reads as hexadecimal or base64 of a key is that: random bytes do not, but for one in some
 * thousand million.
 */
export function parseAesKey(content: Uint8Array, encoding?: KeyEncoding): Uint8Array | undefined {
  const readers = encoding === undefined ? ([fromHex, fromBase64, fromBinary] as const) : [readerOf[encoding]]
  for (const read of readers) {
    const key = read(content)
    if (key !== undefined && (key.length === 16 || key.length === 24 || key.length === 32)) return key
    key?.fill(0)
  }
  return undefined
}

function fromHex(content: Uint8Array): Uint8Array | undefined {
  const text = textOf(content)
  if (text === undefined || !/^([0-9a-fA-F]{2})+$/.test(text)) return undefined
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))
}

function fromBase64(content: Uint8Array): Uint8Array | undefined {
  const text = textOf(content)
  return text === undefined ? undefined : decodeBase64(text)
}

function fromBinary(content: Uint8Array): Uint8Array {
  return new Uint8Array(content)
}

const readerOf: Readonly<Record<KeyEncoding, (content: Uint8Array) => Uint8Array | undefined>> = {
  hex: fromHex,
  base64: fromBase64,
  binary: fromBinary,
}

/** Without the end of line that editors and `echo` add. */
function textOf(content: Uint8Array): string | undefined {
  return parseUtf8(content)?.trim()
}
