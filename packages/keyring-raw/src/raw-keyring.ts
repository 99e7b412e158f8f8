/**
 * A keyring whose keys are found when they are needed, by the id that a message names: the custom master key provider
 * of other languages.
 *
 * @module
 */

import {
  type CallOptions,
  encodeContext,
  isEsdkError,
  type Keyring,
  KeyringError,
  quote,
  type ReadyEncryptionMaterials,
  unwrapFirst,
  type WrappedKey,
  wrapInto,
} from '@esdk/cmm'
import { type AesGcmKey, type Awaitable, type CryptoBackend, defaultBackend } from '@esdk/crypto-backend'
import { parseAesProviderInfo } from './aes-provider-info.ts'
import { checkName, checkNamespace, describeKeyId, type KeyName, type RawKeyId } from './key-name.ts'
import { importWrappingKey, unwrapWithAes, wrapWithAes } from './raw-aes.ts'
import { type ImportedRsaKey, importRsaKey, type RawRsaKeyringOptions, unwrapWithRsa, wrapWithRsa } from './raw-rsa.ts'

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
      if (names.length === 0)
        throw new KeyringError('this keyring can only decrypt: name keys in encryptWith to encrypt')
      const aad = encodeContext(materials.encryptionContext)
      let ready = materials
      try {
        for (const name of names) {
          options.signal?.throwIfAborted()
          const found = await find(backend, resolve, { namespace, name }, options)
          if (!found) throw new KeyringError(`resolve found no key for ${describeKeyId({ namespace, name })}`)
          ready = await wrapInto(ready, namespace, backend, (dataKey) => wrapWith(backend, found, name, aad, dataKey))
        }
      } catch (error) {
        // A data key that was given is its owner's to zero.
        if (materials.dataKey === undefined) ready.dataKey?.zero()
        throw error
      }
      return ready as ReadyEncryptionMaterials
    },
    onDecrypt: (materials, encryptedDataKeys, options = {}) =>
      unwrapFirst(materials, encryptedDataKeys, options, `namespace ${quote(namespace)}`, async (candidate) => {
        if (candidate.providerId !== namespace) return undefined
        // A provider info is the id of an AES key with an IV behind it, or else the id of an RSA key.
        const aes = parseAesProviderInfo(candidate.providerInfo)
        const name = aes?.name ?? candidate.providerInfo
        const found = await find(backend, resolve, { namespace, name }, options)
        // An id that is found for a key of the other kind is none of these.
        if (found?.kind === 'aes') return aes && unwrapWithAes(found.key, aes.iv, candidate, materials)
        return found && !aes ? unwrapWithRsa(found.key, candidate, materials.suite.keyLength) : undefined
      }),
  }
}

/** A key that was found, imported or being imported. */
type FoundKey =
  | { readonly kind: 'aes'; readonly key: Awaitable<AesGcmKey> }
  | { readonly kind: 'rsa'; readonly key: ImportedRsaKey }

/**
 * The key that `resolve` gives for an id, `undefined` when it gives none.
 *
 * @throws KeyringError - `resolve` failed, or gave something that cannot be used
 */
async function find(
  backend: CryptoBackend,
  resolve: RawKeyringOptions['resolve'],
  id: RawKeyId,
  options: CallOptions,
): Promise<FoundKey | undefined> {
  try {
    const key = await resolve(new Uint8Array(id.name), options)
    return key ? importKey(backend, key) : undefined
  } catch (cause) {
    options.signal?.throwIfAborted()
    if (isEsdkError(cause)) throw cause
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new KeyringError(`resolve gave no usable key for ${describeKeyId(id)}: ${reason}`, [], { cause })
  }
}

function importKey(backend: CryptoBackend, key: RawWrappingKey): FoundKey {
  if (typeof key === 'object' && 'wrappingKey' in key) {
    return { kind: 'aes', key: importWrappingKey(backend, key.wrappingKey) }
  }
  if (typeof key === 'object' && 'padding' in key) return { kind: 'rsa', key: importRsaKey(backend, key) }
  throw new TypeError('{ wrappingKey } expected, or { padding, publicKey, privateKey }')
}

async function wrapWith(
  backend: CryptoBackend,
  { kind, key }: FoundKey,
  name: Uint8Array,
  aad: Uint8Array,
  dataKey: Uint8Array,
): Promise<WrappedKey> {
  if (kind === 'aes') return wrapWithAes(key, name, backend, aad, dataKey)
  return { providerInfo: name, ciphertext: await wrapWithRsa(key, dataKey) }
}
