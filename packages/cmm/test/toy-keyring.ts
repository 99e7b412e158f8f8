/**
 * A keyring for tests: AES-GCM under a key that it makes up, and every part of its behaviour open to change.
 *
 * @module
 */

import { type AesGcmKey, defaultBackend } from '@esdk/crypto-backend'
import { type EncryptedDataKey, type EncryptionContext, encodeContext, utf8 } from '@esdk/serialize'
import { DataKey } from '../src/data-key.ts'
import { NoDataKeyError, UnwrapError } from '../src/errors.ts'
import type { Keyring } from '../src/keyring.ts'
import {
  checkNoDataKey,
  type ReadyDecryptionMaterials,
  type ReadyEncryptionMaterials,
  withGeneratedDataKey,
  withUnwrappedDataKey,
  withWrappedDataKey,
} from '../src/materials.ts'

const ivLength = 12

/** Two toy keyrings of one name open each other's keys; `name` makes the key. */
export function toyKeyring(name = 'toy'): Keyring {
  const providerId = `toy-${name}`
  const key = defaultBackend.importAesGcmKey(utf8(`key of ${name}`.padEnd(32, '.').slice(0, 32)))
  return {
    async onEncrypt(materials, options): Promise<ReadyEncryptionMaterials> {
      options?.signal?.throwIfAborted()
      if (materials.dataKey !== undefined) {
        const wrapped = await seal(await key, providerId, materials.dataKey, materials.encryptionContext)
        return withWrappedDataKey(materials, wrapped)
      }
      const dataKey = new DataKey(defaultBackend.randomBytes(materials.suite.keyLength))
      const wrapped = await seal(await key, providerId, dataKey, materials.encryptionContext)
      return withGeneratedDataKey(materials, dataKey, wrapped)
    },
    async onDecrypt(materials, encryptedDataKeys, options): Promise<ReadyDecryptionMaterials> {
      checkNoDataKey(materials)
      const attempts: unknown[] = []
      for (const candidate of encryptedDataKeys) {
        options?.signal?.throwIfAborted()
        if (candidate.providerId !== providerId) continue
        const bytes = await open(await key, candidate, materials.encryptionContext)
        if (bytes !== undefined) return withUnwrappedDataKey(materials, new DataKey(bytes), candidate)
        attempts.push(new UnwrapError(candidate, 'it does not open'))
      }
      throw new NoDataKeyError(encryptedDataKeys, attempts, providerId)
    },
  }
}

async function seal(
  key: AesGcmKey,
  providerId: string,
  dataKey: DataKey,
  context: EncryptionContext,
): Promise<EncryptedDataKey> {
  const iv = defaultBackend.randomBytes(ivLength)
  const ciphertext = await key.seal(iv, encodeContext(context), dataKey.expose())
  return { providerId, providerInfo: iv, ciphertext }
}

async function open(
  key: AesGcmKey,
  { providerInfo, ciphertext }: EncryptedDataKey,
  context: EncryptionContext,
): Promise<Uint8Array | undefined> {
  return key.open(providerInfo, encodeContext(context), ciphertext)
}
