import type { HashName } from '../backend.ts'

export async function digest(subtle: SubtleCrypto, hash: HashName, data: Uint8Array): Promise<Uint8Array> {
  return new Uint8Array(await subtle.digest(hash, data as BufferSource))
}

export async function hmac(
  subtle: SubtleCrypto,
  hash: HashName,
  key: Uint8Array,
  data: Uint8Array,
): Promise<Uint8Array> {
  // HMAC fills its key up with zeros, and WebCrypto refuses the empty one.
  const bytes = key.length === 0 ? new Uint8Array(1) : key
  const imported = await subtle.importKey('raw', bytes as BufferSource, { name: 'HMAC', hash }, false, ['sign'])
  return new Uint8Array(await subtle.sign('HMAC', imported, data as BufferSource))
}
