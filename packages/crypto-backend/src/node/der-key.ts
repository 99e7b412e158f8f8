/**
 * Keys in DER as key objects; `undefined` for what OpenSSL cannot read.
 *
 * @module
 */

import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'

/** A public key in SPKI. OpenSSL checks that a point is on its curve. */
export function publicKeyOf(spki: Uint8Array): KeyObject | undefined {
  try {
    return createPublicKey({ key: asBuffer(spki), format: 'der', type: 'spki' })
  } catch {
    return undefined
  }
}

/** A private key in PKCS #8. */
export function privateKeyOf(pkcs8: Uint8Array): KeyObject | undefined {
  try {
    return createPrivateKey({ key: asBuffer(pkcs8), format: 'der', type: 'pkcs8' })
  } catch {
    return undefined
  }
}

/** A `Buffer` over the same memory. `Buffer.from(bytes)` would copy keys into the pool that everybody shares. */
function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
}
