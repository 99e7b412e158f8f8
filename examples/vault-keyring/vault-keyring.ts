/**
 * A keyring of another team: data keys are wrapped by a service of theirs, and its name for a key is all that they
 * configure. It imports `@esdk/cmm`, and nothing else.
 *
 * @module
 */

import {
  type CallOptions,
  DataKey,
  type EncryptedDataKey,
  type EncryptionContext,
  encodeContext,
  type Keyring,
  UnwrapError,
  unwrapFirst,
  unwrappedKey,
  withGeneratedDataKey,
  withWrappedDataKey,
} from '@esdk/cmm'

/** What the service can do. `context` is authenticated with what is wrapped. */
export interface Vault {
  random(length: number, options: CallOptions): Promise<Uint8Array>
  wrap(keyName: string, secret: Uint8Array, context: Uint8Array, options: CallOptions): Promise<Uint8Array>
  /** Rejects when it does not open. */
  unwrap(keyName: string, wrapped: Uint8Array, context: Uint8Array, options: CallOptions): Promise<Uint8Array>
}

const providerId = 'vault-transit'

/** Wraps with the key of that name in the vault, and unwraps with whatever key of the vault a message names. */
export function vaultKeyring(vault: Vault, keyName: string): Keyring {
  async function wrapped(
    dataKey: DataKey,
    context: EncryptionContext,
    options: CallOptions,
  ): Promise<EncryptedDataKey> {
    const ciphertext = await vault.wrap(keyName, dataKey.expose(), encodeContext(context), options)
    return { providerId, providerInfo: new TextEncoder().encode(keyName), ciphertext }
  }

  return {
    async onEncrypt(materials, options = {}) {
      const { encryptionContext, suite } = materials
      if (materials.dataKey !== undefined) {
        return withWrappedDataKey(materials, await wrapped(materials.dataKey, encryptionContext, options))
      }
      const bytes = await vault.random(suite.keyLength, options)
      const dataKey = new DataKey(bytes)
      // A data key is a copy; these bytes are nobody's any more.
      bytes.fill(0)
      try {
        return withGeneratedDataKey(materials, dataKey, await wrapped(dataKey, encryptionContext, options))
      } catch (error) {
        dataKey.zero()
        throw error
      }
    },

    async onDecrypt(materials, encryptedDataKeys, options = {}) {
      const context = encodeContext(materials.encryptionContext)
      const wanted = `a key of ${providerId}`
      return unwrapFirst(materials, encryptedDataKeys, options, wanted, async (key) => {
        if (key.providerId !== providerId) return undefined
        const name = new TextDecoder().decode(key.providerInfo)
        const bytes = await vault.unwrap(name, key.ciphertext, context, options).catch((cause: unknown) => {
          throw new UnwrapError(key, 'the vault did not open it', { cause })
        })
        // Checks the length, and zeroes the bytes.
        return unwrappedKey(key, bytes, materials.suite.keyLength)
      })
    },
  }
}
