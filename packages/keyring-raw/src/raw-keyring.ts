/**
 * A keyring whose keys are found when they are needed, by the id that a message names: the custom master key provider
 * of other languages.
 *
 * @module
 */

import {
  type CallOptions,
  type EncryptedDataKey,
  encodeContext,
  type Keyring,
  KeyringError,
  quote,
  type ReadyEncryptionMaterials,
} from '@esdk/cmm'
import { type CryptoBackend, defaultBackend } from '@esdk/crypto-backend'
import { type AesProviderInfo, parseAesProviderInfo } from './aes-provider-info.ts'
import { checkName, checkNamespace, describeKeyId, type KeyName } from './key-name.ts'
import { importWrappingKey, unwrapWithAes, wrapWithAes } from './raw-aes.ts'
import { importRsaKey, type RawRsaKeyringOptions, unwrapWithRsa, wrapWithRsa } from './raw-rsa.ts'
import { unwrapFirst } from './unwrap-first.ts'
import { type WrappedKey, wrapInto } from './wrapping-key.ts'

/** A key that `resolve` found: AES bytes, or RSA keys with their padding. */
export type RawWrappingKey =
  | { readonly wrappingKey: Uint8Array }
  | Pick<RawRsaKeyringOptions, 'padding' | 'publicKey' | 'privateKey'>

/** What a {@link rawKeyring} is made of. */
export interface RawKeyringOptions {
  /** Stored in each message. Not `aws-kms...`. */
  readonly namespace: string
  /**
   * The key of that id, or `undefined` when there is none. Called once for each key of a message that might be one of
   * these, and for each of `encryptWith`.
   */
  readonly resolve: (
    id: Uint8Array,
    options: CallOptions,
  ) => Promise<RawWrappingKey | undefined> | RawWrappingKey | undefined
  /** Ids of the keys that encrypt; the first also makes the data key. Without any, the keyring only decrypts. */
  readonly encryptWith?: readonly KeyName[]
  readonly backend?: CryptoBackend
}

/**
 * A keyring of raw keys that are looked up by id.
 *
 * @throws TypeError - a namespace or id that is empty or reserved, no `resolve`
 */
export function rawKeyring({
  namespace,
  resolve,
  encryptWith = [],
  backend = defaultBackend,
}: RawKeyringOptions): Keyring {
  checkNamespace(namespace)
  if (typeof resolve !== 'function') throw new TypeError('resolve must be a function that finds a key by its id')
  const names = encryptWith.map(checkName)
  return {
    async onEncrypt(materials, options = {}) {
      if (names.length === 0) throw new KeyringError('this keyring has no encryptWith: it can only decrypt')
      let ready = materials
      for (const name of names) {
        const key = await resolve(name.slice(), options)
        if (key === undefined) throw new KeyringError(`resolve found no key for ${describeKeyId({ namespace, name })}`)
        const aad = encodeContext(materials.encryptionContext)
        ready = await wrapInto(ready, namespace, backend, (dataKey) => wrapWith(backend, key, name, aad, dataKey))
      }
      return ready as ReadyEncryptionMaterials
    },
    onDecrypt: (materials, encryptedDataKeys, options = {}) =>
      unwrapFirst(materials, encryptedDataKeys, options, `namespace ${quote(namespace)}`, async (candidate) => {
        if (candidate.providerId !== namespace) return undefined
        const found = await find(resolve, candidate, options)
        if (found === undefined) return undefined
        const { key, aes } = found
        if ('wrappingKey' in key) {
          if (aes === undefined) return undefined
          return unwrapWithAes(importWrappingKey(backend, key.wrappingKey), aes.iv, candidate, materials)
        }
        return unwrapWithRsa(importRsaKey(backend, key), candidate, materials.suite.keyLength)
      }),
  }
}

interface FoundKey {
  readonly key: RawWrappingKey
  readonly aes: AesProviderInfo | undefined
}

/** A provider info is the id of an RSA key; or that of an AES key, and then its IV. */
async function find(
  resolve: RawKeyringOptions['resolve'],
  { providerInfo }: EncryptedDataKey,
  options: CallOptions,
): Promise<FoundKey | undefined> {
  const aes = parseAesProviderInfo(providerInfo)
  if (aes !== undefined) {
    const key = await resolve(aes.name.slice(), options)
    if (key !== undefined && 'wrappingKey' in key) return { key, aes }
  }
  const key = await resolve(providerInfo.slice(), options)
  return key && { key, aes }
}

async function wrapWith(
  backend: CryptoBackend,
  key: RawWrappingKey,
  name: Uint8Array,
  aad: Uint8Array,
  dataKey: Uint8Array,
): Promise<WrappedKey> {
  if ('wrappingKey' in key) {
    return wrapWithAes(importWrappingKey(backend, key.wrappingKey), name, backend, aad, dataKey)
  }
  return { providerInfo: name, ciphertext: await wrapWithRsa(importRsaKey(backend, key), dataKey) }
}
