/**
 * The raw AES keyring: wraps data keys with AES-GCM under a key you hold.
 *
 * Spec: framework/raw-aes-keyring.md
 *
 * @module
 */

import {
  type DataKey,
  type EmptyDecryptionMaterials,
  type EncryptedDataKey,
  encodeContext,
  type Keyring,
  localeOrders,
  unwrapFirst,
  unwrappedKey,
  type WrappedKey,
  wrapInto,
} from '@esdk/cmm'
import { type AesGcmKey, type Awaitable, andThen, type CryptoBackend, defaultBackend } from '@esdk/crypto-backend'
import { sameBytes } from '@esdk/serialize'
import { encodeAesProviderInfo, ivLength, parseAesProviderInfo } from './aes-provider-info.ts'
import { checkKeyId, describeKeyId, type KeyName } from './key-name.ts'

/** What a raw AES keyring is made of. */
export interface RawAesKeyringOptions {
  /** Stored in each message, as is the name: both must match to decrypt. Not `aws-kms...`. */
  readonly namespace: string
  readonly name: KeyName
  /** 16, 24 or 32 random bytes. Copied; the caller's array is not changed. */
  readonly wrappingKey: Uint8Array
  readonly backend?: CryptoBackend
}

/**
 * A keyring that wraps data keys with AES-GCM.
 *
 * It also unwraps what the AWS Encryption SDK for JavaScript has wrapped with a context sorted by locale.
 *
 * @throws TypeError - a namespace or name that is empty or reserved, a key that is not bytes
 * @throws RangeError - a key that is not 16, 24 or 32 bytes long
 */
export function rawAesKeyring({
  namespace,
  name,
  wrappingKey,
  backend = defaultBackend,
}: RawAesKeyringOptions): Keyring {
  const id = checkKeyId(namespace, name)
  const key = importWrappingKey(backend, wrappingKey)
  const wanted = describeKeyId(id)
  return {
    async onEncrypt(materials, options) {
      options?.signal?.throwIfAborted()
      const aad = encodeContext(materials.encryptionContext)
      return wrapInto(materials, id.namespace, backend, (dataKey) => wrapWithAes(key, id.name, backend, aad, dataKey))
    },
    onDecrypt: (materials, encryptedDataKeys, options) =>
      unwrapFirst(materials, encryptedDataKeys, options, wanted, (candidate) => {
        const info = parseAesProviderInfo(candidate.providerInfo)
        if (candidate.providerId !== id.namespace || info === undefined || !sameBytes(info.name, id.name))
          return undefined
        return unwrapWithAes(key, info.iv, candidate, materials)
      }),
  }
}

/** @throws TypeError, RangeError - not bytes, or not as many as AES takes */
export function importWrappingKey(backend: CryptoBackend, wrappingKey: Uint8Array): Awaitable<AesGcmKey> {
  if (!(wrappingKey instanceof Uint8Array)) {
    throw new TypeError(
      `wrappingKey must be bytes, found ${typeof wrappingKey}: decode a text in base64 or hexadecimal first`,
    )
  }
  if (wrappingKey.length !== 16 && wrappingKey.length !== 24 && wrappingKey.length !== 32) {
    throw new RangeError(`wrappingKey must have 16, 24 or 32 bytes, found ${wrappingKey.length}`)
  }
  const key = backend.importAesGcmKey(wrappingKey)
  // Whoever uses the key sees the failure; until then it is nobody's.
  if (key instanceof Promise) key.catch(() => {})
  return key
}

/** Wrap a data key under a random IV. */
export function wrapWithAes(
  key: Awaitable<AesGcmKey>,
  name: Uint8Array,
  backend: Pick<CryptoBackend, 'randomBytes'>,
  aad: Uint8Array,
  dataKey: Uint8Array,
): Awaitable<WrappedKey> {
  const iv = backend.randomBytes(ivLength)
  return andThen(key, (imported) =>
    andThen(imported.seal(iv, aad, dataKey), (ciphertext) => ({
      providerInfo: encodeAesProviderInfo({ name, iv }),
      ciphertext,
    })),
  )
}

/** @throws UnwrapError - no order of the context opens it */
export function unwrapWithAes(
  key: Awaitable<AesGcmKey>,
  iv: Uint8Array,
  candidate: EncryptedDataKey,
  { encryptionContext, suite }: EmptyDecryptionMaterials,
): Awaitable<DataKey> {
  const { ciphertext } = candidate
  return andThen(key, (imported) =>
    andThen(imported.open(iv, encodeContext(encryptionContext), ciphertext), (bytes) => {
      if (bytes !== undefined) return unwrappedKey(candidate, bytes, suite.keyLength)
      return unwrapByLocale(imported, iv, candidate, { encryptionContext, suite })
    }),
  )
}

/** What was wrapped with the context in another order: rare, and tried last. */
async function unwrapByLocale(
  key: AesGcmKey,
  iv: Uint8Array,
  candidate: EncryptedDataKey,
  { encryptionContext, suite }: Pick<EmptyDecryptionMaterials, 'encryptionContext' | 'suite'>,
): Promise<DataKey> {
  for (const aad of localeOrders(encryptionContext)) {
    const bytes = await key.open(iv, aad, candidate.ciphertext)
    if (bytes !== undefined) return unwrappedKey(candidate, bytes, suite.keyLength)
  }
  return unwrappedKey(candidate, undefined, suite.keyLength)
}
