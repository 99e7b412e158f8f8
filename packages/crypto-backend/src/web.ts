/**
 * The backend over WebCrypto: browsers, Deno, Workers, and any `Crypto` object that is handed in.
 *
 * @module
 */

import type { CryptoBackend } from './backend.ts'
import { importAesGcmKey } from './web/aes.ts'
import { webEcdh } from './web/ecdh.ts'
import { webEcdsa } from './web/ecdsa.ts'
import { digest, hmac } from './web/hash.ts'
import { webRsa } from './web/rsa.ts'
import { subtleOf } from './web/subtle.ts'

/** Most bytes that `getRandomValues` fills in one call. */
const randomQuota = 65536

/** What {@link webBackend} needs of a `Crypto` object. */
export interface WebCrypto {
  // Not `SubtleCrypto`: the types of Node have no such global name.
  readonly subtle: typeof globalThis.crypto.subtle
  getRandomValues(bytes: Uint8Array<ArrayBuffer>): unknown
}

/**
 * A backend over a WebCrypto implementation; without an argument, the platform's own.
 *
 * @throws TypeError - the platform has none: WebCrypto needs a secure context (https, or localhost)
 */
export function webBackend(crypto: WebCrypto = globalThis.crypto): CryptoBackend {
  const subtle = () => subtleOf(crypto)
  return {
    name: 'web',
    randomBytes: (length) => randomBytes(crypto, length),
    digest: (hash, data) => digest(subtle(), hash, data),
    hmac: (hash, key, data) => hmac(subtle(), hash, key, data),
    importAesGcmKey: (key) => importAesGcmKey(subtle(), key),
    get ecdsa() {
      return webEcdsa(subtle())
    },
    get ecdh() {
      return webEcdh(subtle())
    },
    get rsa() {
      return webRsa(subtle())
    },
  }
}

function randomBytes(crypto: WebCrypto, length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length)
  for (let offset = 0; offset < length; offset += randomQuota) {
    crypto.getRandomValues(bytes.subarray(offset, offset + randomQuota))
  }
  return bytes
}
