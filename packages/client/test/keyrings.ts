/**
 * Keyrings and materials managers for tests: they wrap nothing, and remember what they were asked.
 *
 * @module
 */

import {
  type CallOptions,
  DataKey,
  type EmptyDecryptionMaterials,
  type EncryptedDataKey,
  type EncryptionMaterials,
  type Keyring,
  type ReadyDecryptionMaterials,
  type ReadyEncryptionMaterials,
  withGeneratedDataKey,
  withUnwrappedDataKey,
} from '@esdk/cmm'
import { utf8 } from '@esdk/serialize'

/** The data key that the keyrings know, as long as the suite wants it. */
export const knownKey: Uint8Array<ArrayBuffer> = Uint8Array.from({ length: 32 }, (_, i) => 0xa0 ^ (i * 29))

/** What stands in a message for a data key that the reader knows already. */
export const knownEdk: EncryptedDataKey = Object.freeze({
  providerId: 'test',
  providerInfo: utf8('known key'),
  ciphertext: Uint8Array.of(0xed, 0x4b),
})

/** A keyring whose data key is always the same. */
export interface KnownKeyring extends Keyring {
  /** What `onEncrypt` and `onDecrypt` were called with, and gave. */
  readonly calls: readonly KeyringCall[]
}

export interface KeyringCall {
  readonly method: 'onEncrypt' | 'onDecrypt'
  readonly materials: EncryptionMaterials | EmptyDecryptionMaterials
  readonly encryptedDataKeys: readonly EncryptedDataKey[]
  readonly options: CallOptions | undefined
  readonly given: ReadyEncryptionMaterials | ReadyDecryptionMaterials
}

/** Knows `key`, of which it uses as many bytes as the suite takes. */
export function knownKeyring(key: Uint8Array = knownKey): KnownKeyring {
  const calls: KeyringCall[] = []
  return {
    calls,
    async onEncrypt(materials, options) {
      if (materials.dataKey !== undefined) throw new Error('this test keyring only makes data keys')
      const dataKey = new DataKey(key.subarray(0, materials.suite.keyLength))
      const given = withGeneratedDataKey(materials, dataKey, knownEdk)
      calls.push({ method: 'onEncrypt', materials, encryptedDataKeys: [], options, given })
      return given
    },
    async onDecrypt(materials, encryptedDataKeys, options) {
      const dataKey = new DataKey(key.subarray(0, materials.suite.keyLength))
      const given = withUnwrappedDataKey(materials, dataKey, encryptedDataKeys[0])
      calls.push({ method: 'onDecrypt', materials, encryptedDataKeys, options, given })
      return given
    },
  }
}

/** A keyring that never answers. */
export function hangingKeyring(): Keyring & { readonly asked: Promise<CallOptions | undefined> } {
  let ask: (options: CallOptions | undefined) => void = () => {}
  const asked = new Promise<CallOptions | undefined>((resolve) => {
    ask = resolve
  })
  const hang = (options: CallOptions | undefined): Promise<never> => {
    ask(options)
    return new Promise(() => {})
  }
  return {
    asked,
    onEncrypt: (_, options) => hang(options),
    onDecrypt: (_materials, _keys, options) => hang(options),
  }
}
