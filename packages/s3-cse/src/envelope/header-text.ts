/**
 * Values of object metadata that are not US-ASCII, as they come back from a server.
 *
 * Amazon S3 takes the UTF-8 bytes of a value for Latin-1, and returns that text as encoded words of RFC 2047, in UTF-8
 * again: it is encoded twice. Other servers return the bytes as they are, and HTTP libraries show each as a character.
 *
 * Spec: s3-encryption/data-format/metadata-strategy.md, "double encoding"
 *
 * @module
 */

import { decodeBase64, parseUtf8 } from '@esdk/cmm'

const encodedWord = /=\?utf-8\?([bq])\?([^?]*)\?=/gi
const adjacentWords = /(?:=\?utf-8\?[bq]\?[^?]*\?=)+/gi

/** The text that its writer stored; what cannot be decoded comes as it is. */
export function decodeHeaderText(value: string): string {
  const unwrapped = decodeWords(value)
  const bytes = unwrapped === undefined ? undefined : latin1Bytes(unwrapped)
  return (bytes && parseUtf8(bytes)) ?? value
}

function decodeWords(value: string): string | undefined {
  let failed = false
  // White space between two words is no part of the text, and a character may begin in one and end in the next.
  const text = value.replace(/\?=\s+(?==\?)/g, '?=').replace(adjacentWords, (run) => {
    const decoded = decodeRun(run)
    failed ||= decoded === undefined
    return decoded ?? ''
  })
  return failed ? undefined : text
}

function decodeRun(run: string): string | undefined {
  const bytes: number[] = []
  for (const [, encoding, text] of run.matchAll(encodedWord)) {
    const word = (encoding as string).toLowerCase() === 'b' ? decodeBase64(text as string) : decodeQ(text as string)
    if (word === undefined) return undefined
    for (const byte of word) bytes.push(byte)
  }
  return parseUtf8(Uint8Array.from(bytes))
}

/** The `Q` encoding: `=` and two digits for a byte, `_` for a space, and characters that stand for themselves. */
function decodeQ(text: string): Uint8Array | undefined {
  const bytes = text.replaceAll('_', ' ').replace(/=([0-9a-f]{2})/gi, (_, digits: string) => {
    return String.fromCharCode(Number.parseInt(digits, 16))
  })
  const stray = /=(?![0-9a-f]{2})/i.test(text)
  return stray ? undefined : latin1Bytes(bytes)
}

/** Each character as one byte; `undefined` when one is above U+00FF. */
function latin1Bytes(text: string): Uint8Array | undefined {
  const bytes = new Uint8Array(text.length)
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit > 0xff) return undefined
    bytes[i] = unit
  }
  return bytes
}
