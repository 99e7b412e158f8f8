/**
 * The raw RSA keyring: wraps data keys with a public key, unwraps them with the private one.
 *
 * Spec: framework/raw-rsa-keyring.md
 *
 * @module
 */

import { type DataKey, type EncryptedDataKey, type Keyring, KeyringError, PlatformError } from '@esdk/cmm'
import {
  type Awaitable,
  type CryptoBackend,
  defaultBackend,
  parsePem,
  parseRsaPkcs8,
  parseRsaSpki,
  type RsaPadding,
  type RsaPrivateKey,
  type RsaPublicKey,
  UnsupportedAlgorithmError,
} from '@esdk/crypto-backend'
import { sameBytes } from '@esdk/serialize'
import { checkKeyId, describeKeyId, type KeyName } from './key-name.ts'
import { unwrapFirst } from './unwrap-first.ts'
import { unwrappedKey, wrapInto } from './wrapping-key.ts'

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

/** Shorter keys unwrap what is there, but wrap nothing new. */
const shortestModulusBits = 2048

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
    async onEncrypt(materials) {
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

/** Keys that were read from PEM, and are imported or being imported. */
export interface ImportedRsaKey {
  readonly publicKey: Awaitable<RsaPublicKey | undefined> | undefined
  readonly privateKey: Awaitable<RsaPrivateKey | undefined> | undefined
}

/** Padding and keys, checked and imported. Throws as {@link rawRsaKeyring} does. */
export function importRsaKey(
  backend: CryptoBackend,
  options: Pick<RawRsaKeyringOptions, 'padding' | 'publicKey' | 'privateKey'>,
): ImportedRsaKey {
  if (!Object.hasOwn(paddings, options.padding)) {
    throw new TypeError(`padding must be one of ${Object.keys(paddings).join(', ')}; found ${String(options.padding)}`)
  }
  const padding = paddings[options.padding]
  if (!backend.rsa.supports(padding)) {
    throw new PlatformError(
      new UnsupportedAlgorithmError(
        `the ${backend.name} backend has no RSA encryption with padding ${options.padding}`,
      ),
    )
  }
  if (options.publicKey === undefined && options.privateKey === undefined) {
    throw new TypeError('a key is missing: give publicKey to encrypt, privateKey to decrypt, or both')
  }
  return {
    publicKey: options.publicKey === undefined ? undefined : importPublicKey(backend, options.publicKey, padding),
    privateKey: options.privateKey === undefined ? undefined : importPrivateKey(backend, options.privateKey, padding),
  }
}

function importPublicKey(
  backend: CryptoBackend,
  pem: string,
  padding: RsaPadding,
): Awaitable<RsaPublicKey | undefined> {
  const spki = parsePem('PUBLIC KEY', pem)
  const modulus = parseRsaSpki(spki)
  if (modulus === undefined) throw new TypeError('publicKey is not an RSA key')
  if (modulus.length * 8 < shortestModulusBits) {
    throw new RangeError(`publicKey has ${modulus.length * 8} bits, at least ${shortestModulusBits} are needed`)
  }
  return keepQuiet(backend.rsa.importPublicKey(spki, padding))
}

function importPrivateKey(
  backend: CryptoBackend,
  pem: string,
  padding: RsaPadding,
): Awaitable<RsaPrivateKey | undefined> {
  const pkcs8 = parsePem('PRIVATE KEY', pem)
  if (parseRsaPkcs8(pkcs8) === undefined) throw new TypeError('privateKey is not an RSA key')
  return keepQuiet(backend.rsa.importPrivateKey(pkcs8, padding))
}

/** Whoever uses the key sees the failure; until then it is nobody's. */
function keepQuiet<Value>(value: Awaitable<Value>): Awaitable<Value> {
  if (value instanceof Promise) value.catch(() => {})
  return value
}

/** @throws KeyringError - there is no public key, or the platform cannot use it */
export async function wrapWithRsa({ publicKey }: ImportedRsaKey, dataKey: Uint8Array): Promise<Uint8Array> {
  if (publicKey === undefined) throw new KeyringError('this RSA keyring has no publicKey: it can only decrypt')
  const key = await publicKey
  if (key === undefined) throw new KeyringError('the platform cannot use the publicKey of this RSA keyring')
  return key.encrypt(dataKey)
}

/** @throws UnwrapError - the key does not open; KeyringError - there is no private key, or the platform cannot use it */
export async function unwrapWithRsa(
  { privateKey }: ImportedRsaKey,
  candidate: EncryptedDataKey,
  keyLength: number,
): Promise<DataKey> {
  if (privateKey === undefined) throw onlyEncrypts()
  const key = await privateKey
  if (key === undefined) throw new KeyringError('the platform cannot use the privateKey of this RSA keyring')
  return unwrappedKey(candidate, await key.decrypt(candidate.ciphertext), keyLength)
}

function onlyEncrypts(): KeyringError {
  return new KeyringError('this RSA keyring has no privateKey: it can only encrypt')
}
