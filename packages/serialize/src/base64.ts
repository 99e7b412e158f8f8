/**
 * Base64 (RFC 4648, section 4), strict: one text for each sequence of bytes, and no other.
 *
 * @module
 */

/** The base64 text of bytes, with padding. */
export function encodeBase64(bytes: Uint8Array): string {
  let binary = ''
  for (const byte of bytes) binary += String.fromCharCode(byte)
  return btoa(binary)
}

/** The bytes of a base64 text; `undefined` for white space, a missing `=`, the URL alphabet and stray bits. */
export function decodeBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  let binary: string
  try {
    binary = atob(text)
  } catch {
    return undefined
  }
  const bytes = Uint8Array.from(binary, (character) => character.charCodeAt(0))
  return encodeBase64(bytes) === text ? bytes : undefined
}
