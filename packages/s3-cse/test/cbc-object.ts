/**
 * Objects of old: AES-CBC, as nobody writes it any more.
 *
 * @module
 */

import { wrappingKey } from './clients.ts'
import { MemoryS3 } from './memory-s3.ts'

/** Reads them. */
export const legacy = {
  commitmentPolicy: 'require-encrypt-allow-decrypt',
  enableLegacyUnauthenticatedModes: true,
  enableLegacyWrappingAlgorithms: true,
} as const

/** The object `k` of format V2 in AES-CBC, its data key wrapped with AES Key Wrap: by WebCrypto alone. */
export async function storedCbc(plaintext: Uint8Array<ArrayBuffer>): Promise<MemoryS3> {
  const { subtle } = crypto
  const s3 = new MemoryS3()
  const kek = await subtle.importKey('raw', new Uint8Array(wrappingKey), 'AES-KW', false, ['wrapKey'])
  const dataKey = await subtle.importKey('raw', new Uint8Array(32).fill(7), 'AES-CBC', true, ['encrypt'])
  const iv = new Uint8Array(16).fill(9)
  const body = await subtle.encrypt({ name: 'AES-CBC', iv }, dataKey, plaintext)
  const wrapped = await subtle.wrapKey('raw', dataKey, kek, 'AES-KW')
  s3.put('k', new Uint8Array(body), {
    'x-amz-key-v2': base64(wrapped),
    'x-amz-iv': base64(iv.buffer),
    'x-amz-cek-alg': 'AES/CBC/PKCS5Padding',
    'x-amz-wrap-alg': 'AESWrap',
    'x-amz-matdesc': '{}',
    'x-amz-unencrypted-content-length': String(plaintext.length),
    own: 'pair',
  })
  return s3
}

function base64(bytes: ArrayBuffer): string {
  return btoa(String.fromCharCode(...new Uint8Array(bytes)))
}
