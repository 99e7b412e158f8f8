/**
 * @module
 */

/** @throws TypeError - not a `Uint8Array`; a text is told how to become one */
export function checkBytes(bytes: Uint8Array, operation: string): void {
  if (bytes instanceof Uint8Array) return
  throw new TypeError(
    typeof bytes === 'string'
      ? `${operation} takes bytes, found a string: encode it with TextEncoder, or decode its base64`
      : `${operation} takes a Uint8Array, found ${bytes === null ? 'null' : typeof bytes}: streams are for ${operation}Stream`,
  )
}
