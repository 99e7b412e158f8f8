/**
 * The raw RSA keyring: wraps data keys with a public key, unwraps them with the private one.
 *
 * Spec: framework/raw-rsa-keyring.md
 *
 * @module
 */

import {
  type DataKey,
  type EncryptedDataKey,
  type Keyring,
  KeyringError,
  PlatformError,
  unwrapFirst,
  unwrappedKey,
  wrapInto,
} from '@esdk/cmm'
import { importRsaPublicKey, parseRsaPrivateKey, usableRsaKey } from '@esdk/cmm/rsa'
import {
  type CryptoBackend,
  defaultBackend,
  type RsaPadding,
  type RsaPrivateKey,
  type RsaPublicKey,
  UnsupportedAlgorithmError,
} from '@esdk/crypto-backend'
import { sameBytes } from '@esdk/serialize'
import { checkKeyId, describeKeyId, type KeyName } from './key-name.ts'

/** How the data key is padded. The hash of OAEP is that of its mask, too. */
export type RsaPaddingName = 'pkcs1' | 'oaep-sha1' | 'oaep-sha256' | 'oaep-sha384' | 'oaep-sha512'

/** What a raw RSA keyring is made of: one of the keys, or both. */
export interface RawRsaKeyringOptions {
  /** Stored in each message, as is the name: both must match to decrypt. Not `aws-kms...`. */
  readonly namespace: string
  readonly name: KeyName
  /** `oaep-sha256` or longer for new messages; the others are for what is there. */
  readonly padding: RsaPaddingName
  /** SPKI in PEM: to encrypt. */
  readonly publicKey?: string
  /** PKCS #8 in PEM: to decrypt. The public key is not taken from it. */
  readonly privateKey?: string
  readonly backend?: CryptoBackend
}

const paddings: Readonly<Record<RsaPaddingName, RsaPadding>> = {
  pkcs1: { scheme: 'pkcs1' },
  'oaep-sha1': { scheme: 'oaep', hash: 'SHA-1' },
  'oaep-sha256': { scheme: 'oaep', hash: 'SHA-256' },
  'oaep-sha384': { scheme: 'oaep', hash: 'SHA-384' },
  'oaep-sha512': { scheme: 'oaep', hash: 'SHA-512' },
}

/**
 * A keyring that wraps data keys with RSA. With the public key alone it encrypts, with the private key alone it decrypts.
 *
 * PKCS #1 v1.5 is decrypted by implicit rejection: a wrong padding gives a wrong data key, and the message fails at a
 * later check, so that nobody learns about the padding. WebCrypto has no such padding.
 *
 * @throws TypeError - no key, no PEM, a key that is not RSA, an unknown padding, a name that is empty or reserved
 * @throws RangeError - a public key of less than 2048 bits
 * @throws PlatformError - `ERR_ESDK_UNSUPPORTED`: this platform has no such padding
 */
export function rawRsaKeyring(options: RawRsaKeyringOptions): Keyring {
  const id = checkKeyId(options.namespace, options.name)
  const { backend = defaultBackend } = options
  const key = importRsaKey(backend, options)
  const wanted = describeKeyId(id)
  return {
    async onEncrypt(materials, callOptions) {
      callOptions?.signal?.throwIfAborted()
      return wrapInto(materials, id.namespace, backend, async (dataKey) => ({
        providerInfo: id.name,
        ciphertext: await wrapWithRsa(key, dataKey),
      }))
    },
    async onDecrypt(materials, encryptedDataKeys, callOptions) {
      if (key.privateKey === undefined) throw onlyEncrypts()
      return unwrapFirst(materials, encryptedDataKeys, callOptions, wanted, async (candidate) => {
        if (candidate.providerId !== id.namespace || !sameBytes(candidate.providerInfo, id.name)) return undefined
        return unwrapWithRsa(key, candidate, materials.suite.keyLength)
      })
    },
  }
}

/** Keys that were read from PEM and are being imported; each rejects when the platform cannot use it. */
export interface ImportedRsaKey {
  readonly publicKey: Promise<RsaPublicKey> | undefined
  readonly privateKey: Promise<RsaPrivateKey> | undefined
}

/** Padding and keys, checked and imported. Throws as {@link rawRsaKeyring} does. */
export function importRsaKey(
  backend: CryptoBackend,
  { padding: name, publicKey, privateKey }: Pick<RawRsaKeyringOptions, 'padding' | 'publicKey' | 'privateKey'>,
): ImportedRsaKey {
  if (!Object.hasOwn(paddings, name)) {
    throw new TypeError(`padding must be one of ${Object.keys(paddings).join(', ')}; found ${String(name)}`)
  }
  const padding = paddings[name]
  if (!backend.rsa.supports(padding)) {
    throw new PlatformError(
      new UnsupportedAlgorithmError(`the ${backend.name} backend has no RSA encryption with padding ${name}`),
    )
  }
  if (publicKey === undefined && privateKey === undefined) {
    throw new TypeError('a key is missing: give publicKey to encrypt, privateKey to decrypt, or both')
  }
  return {
    publicKey: publicKey === undefined ? undefined : importRsaPublicKey(backend, publicKey, padding),
    privateKey: privateKey === undefined ? undefined : importPrivateKey(backend, privateKey, padding),
  }
}

function importPrivateKey(backend: CryptoBackend, pem: string, padding: RsaPadding): Promise<RsaPrivateKey> {
  const pkcs8 = parseRsaPrivateKey('privateKey', pem)
  return usableRsaKey('privateKey', async () => {
    try {
      return await backend.rsa.importPrivateKey(pkcs8, padding)
    } finally {
      pkcs8.fill(0)
    }
  })
}

/** @throws KeyringError - there is no public key, or the platform cannot use it */
export async function wrapWithRsa({ publicKey }: ImportedRsaKey, dataKey: Uint8Array): Promise<Uint8Array> {
  if (publicKey === undefined)
    throw new KeyringError('this RSA keyring can only decrypt: give it a publicKey to encrypt')
  return (await publicKey).encrypt(dataKey)
}

/** @throws UnwrapError - the key does not open; KeyringError - there is no private key, or the platform cannot use it */
export async function unwrapWithRsa(
  { privateKey }: ImportedRsaKey,
  candidate: EncryptedDataKey,
  keyLength: number,
): Promise<DataKey> {
  if (privateKey === undefined) throw onlyEncrypts()
  return unwrappedKey(candidate, await (await privateKey).decrypt(candidate.ciphertext), keyLength)
}

function onlyEncrypts(): KeyringError {
  return new KeyringError('this RSA keyring can only encrypt: give it a privateKey to decrypt')
}
