/**
 * The raw AES keyring: wraps data keys with AES-GCM under a key you hold.
 *
 * Spec: framework/raw-aes-keyring.md
 *
 * @module
 */

import { type DataKey, type EmptyDecryptionMaterials, type EncryptedDataKey, type Keyring, encodeContext } from '@esdk/cmm'
import { type AesGcmKey, type Awaitable, type CryptoBackend, defaultBackend } from '@esdk/crypto-backend'
import { sameBytes } from '@esdk/serialize'
import { encodeAesProviderInfo, ivLength, parseAesProviderInfo } from './aes-provider-info.ts'
import { contextOrders } from './context-orders.ts'
import { type KeyName, checkKeyId, describeKeyId } from './key-name.ts'
import { unwrapFirst } from './unwrap-first.ts'
import { type WrappedKey, unwrappedKey, wrapInto } from './wrapping-key.ts'

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
    onEncrypt: (materials) =>
      wrapInto(materials, id.namespace, backend, async (dataKey) =>
        wrapWithAes(await key, id.name, backend, encodeContext(materials.encryptionContext), dataKey),
      ),
    onDecrypt: (materials, encryptedDataKeys, options) =>
      unwrapFirst(materials, encryptedDataKeys, options, wanted, async (candidate) => {
        const info = parseAesProviderInfo(candidate.providerInfo)
        if (candidate.providerId !== id.namespace || info === undefined || !sameBytes(info.name, id.name)) return undefined
        return unwrapWithAes(await key, info.iv, candidate, materials)
      }),
  }
}

/** @throws TypeError, RangeError - not bytes, or not as many as AES takes */
export function importWrappingKey(backend: CryptoBackend, wrappingKey: Uint8Array): Awaitable<AesGcmKey> {
  if (!(wrappingKey instanceof Uint8Array)) {
    throw new TypeError(`wrappingKey must be bytes, found ${typeof wrappingKey}: decode a text in base64 or hexadecimal first`)
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
export async function wrapWithAes(
  key: AesGcmKey,
  name: Uint8Array,
  backend: Pick<CryptoBackend, 'randomBytes'>,
  aad: Uint8Array,
  dataKey: Uint8Array,
): Promise<WrappedKey> {
  const iv = backend.randomBytes(ivLength)
  return { providerInfo: encodeAesProviderInfo({ name, iv }), ciphertext: await key.seal(iv, aad, dataKey) }
}

/** @throws UnwrapError - no order of the context opens it */
export async function unwrapWithAes(
  key: AesGcmKey,
  iv: Uint8Array,
  candidate: EncryptedDataKey,
  { encryptionContext, suite }: EmptyDecryptionMaterials,
): Promise<DataKey> {
  for (const aad of contextOrders(encryptionContext)) {
    const bytes = await key.open(iv, aad, candidate.ciphertext)
    if (bytes !== undefined) return unwrappedKey(candidate, bytes, suite.keyLength)
  }
  return unwrappedKey(candidate, undefined, suite.keyLength)
}
