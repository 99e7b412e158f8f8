import { checkAesKeyLength, copyOf } from '../backend.ts'

export async function unwrapAesKey(
  subtle: SubtleCrypto,
  wrappingKey: Uint8Array,
  wrapped: Uint8Array,
): Promise<Uint8Array | undefined> {
  checkAesKeyLength(wrappingKey)
  try {
    const key = await unwrap(subtle, wrappingKey, wrapped)
    checkAesKeyLength(key)
    return key
  } catch {
    return undefined
  }
}

async function unwrap(subtle: SubtleCrypto, wrappingKey: Uint8Array, wrapped: Uint8Array): Promise<Uint8Array> {
  if (wrappingKey.length === 24) {
    const copy = copyOf(wrappingKey)
    const { aeskw } = await import('../noble/aes-bodies.ts')
    try {
      return copyOf(aeskw(copy).decrypt(wrapped))
    } finally {
      copy.fill(0)
    }
  }
  const unwrappingKey = await subtle.importKey('raw', wrappingKey as BufferSource, 'AES-KW', false, ['unwrapKey'])
  // Unwrapped as a key for HMAC, which can be exported whatever its length.
  const hmac = { name: 'HMAC', hash: 'SHA-256' }
  const key = await subtle.unwrapKey('raw', wrapped as BufferSource, unwrappingKey, 'AES-KW', hmac, true, ['sign'])
  return new Uint8Array(await subtle.exportKey('raw', key))
}
