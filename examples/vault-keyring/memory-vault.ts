/**
 * A vault in memory, for tests and examples: a key for each name, AES-256-GCM with a random IV before the rest.
 *
 * @module
 */

import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import type { Vault } from './vault-keyring.ts'

export function memoryVault(): Vault {
  const keys = new Map<string, Uint8Array>()
  const keyOf = (name: string): Uint8Array => {
    const key = keys.get(name) ?? randomBytes(32)
    keys.set(name, key)
    return key
  }
  return {
    async random(length, { signal }) {
      signal?.throwIfAborted()
      return new Uint8Array(randomBytes(length))
    },
    async wrap(name, secret, context, { signal }) {
      signal?.throwIfAborted()
      const iv = randomBytes(12)
      const cipher = createCipheriv('aes-256-gcm', keyOf(name), iv).setAAD(context)
      return new Uint8Array(Buffer.concat([iv, cipher.update(secret), cipher.final(), cipher.getAuthTag()]))
    },
    async unwrap(name, wrapped, context, { signal }) {
      signal?.throwIfAborted()
      const decipher = createDecipheriv('aes-256-gcm', keyOf(name), wrapped.subarray(0, 12)).setAAD(context)
      decipher.setAuthTag(wrapped.subarray(-16))
      return new Uint8Array(Buffer.concat([decipher.update(wrapped.subarray(12, -16)), decipher.final()]))
    },
  }
}
