/**
 * The backend over `node:crypto`: synchronous, since a promise for each piece costs more than its encryption.
 *
 * @module
 */

import type { CryptoBackend } from './backend.ts'
import { importAesGcmKey } from './node/aes.ts'
import { ecdh } from './node/ecdh.ts'
import { ecdsa } from './node/ecdsa.ts'
import { digest, hmac } from './node/hash.ts'
import { randomBytes } from './node/random.ts'
import { rsa } from './node/rsa.ts'

/** `node:crypto` as a backend. */
export const nodeBackend: CryptoBackend = /* @__PURE__ */ Object.freeze({
  name: 'node',
  randomBytes,
  digest,
  hmac,
  importAesGcmKey,
  ecdsa,
  ecdh,
  rsa,
})
