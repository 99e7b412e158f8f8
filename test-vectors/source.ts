/**
 * The files of this folder, from disk or over HTTP: the same tests run in Node and in a browser.
 *
 * @module
 */

const inNode = typeof process === 'object' && process.versions?.node !== undefined

/** The bytes of a file below `test-vectors/`. */
export async function readBytes(path: string): Promise<Uint8Array> {
  if (inNode) {
    const { readFile } = await import(/* @vite-ignore */ 'node:fs/promises')
    return new Uint8Array(await readFile(new URL(path, import.meta.url)))
  }
  const response = await fetch(`/test-vectors/${path}`)
  if (!response.ok) throw new Error(`${path}: ${response.status}`)
  return new Uint8Array(await response.arrayBuffer())
}

/** The value of a JSON file below `test-vectors/`. */
export async function readJson<Value>(path: string): Promise<Value> {
  return JSON.parse(new TextDecoder().decode(await readBytes(path))) as Value
}

export function fromHex(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16))
}

export function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0))
}

export function toBase64(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))
}

export function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

export async function sha256(bytes: Uint8Array): Promise<string> {
  return toHex(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes as BufferSource)))
}
