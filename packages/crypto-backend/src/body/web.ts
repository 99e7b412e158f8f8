/**
 * AES over bodies by WebCrypto: browsers, Deno, Workers, and any `Crypto` object that is handed in.
 *
 * @module
 */

import type { BodyBackend } from '../body-backend.ts'
import { decryptAesKey, importBodyKey } from '../web/body.ts'
import { unwrapAesKey } from '../web/key-wrap.ts'
import { subtleOf } from '../web/subtle.ts'
import type { WebCrypto } from '../web.ts'

/**
 * A backend for bodies over a WebCrypto implementation; without an argument, the platform's own.
 *
 * @throws TypeError - the platform has none: WebCrypto needs a secure context (https, or localhost)
 */
export function webBodyBackend(crypto: Pick<WebCrypto, 'subtle'> = globalThis.crypto): BodyBackend {
  return {
    name: 'web',
    importBodyKey: (key) => importBodyKey(subtleOf(crypto), key),
    unwrapAesKey: (wrappingKey, wrapped) => unwrapAesKey(subtleOf(crypto), wrappingKey, wrapped),
    decryptAesKey: (wrappingKey, encrypted) => decryptAesKey(subtleOf(crypto), wrappingKey, encrypted),
  }
}
