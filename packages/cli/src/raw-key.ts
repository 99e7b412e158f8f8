/**
 * A wrapping key that the user holds, and the keyring over it.
 *
 * @module
 */

import type { Keyring } from '@esdk/cmm'
import type { CurveName } from '@esdk/crypto-backend'
import { type RsaPaddingName, rawAesKeyring, rawEcdhKeyring, rawRsaKeyring } from '@esdk/keyring-raw'
import { UsageError } from './cli-error.ts'

interface RawAesKey {
  readonly type: 'raw-aes'
  readonly namespace: string
  readonly name: string
  /** Whoever made this zeroes it. */
  readonly wrappingKey: Uint8Array
}

interface RawRsaKey {
  readonly type: 'raw-rsa'
  readonly namespace: string
  readonly name: string
  readonly padding: RsaPaddingName
  /** SPKI in PEM. */
  readonly publicKey?: string
  /** PKCS #8 in PEM. */
  readonly privateKey?: string
}

/** Anybody with the public key encrypts, whoever has the private one decrypts. */
interface RawEcdhKey {
  readonly type: 'raw-ecdh'
  readonly curve: CurveName
  readonly publicKey?: string
  readonly privateKey?: string
}

export type RawKey = RawAesKey | RawRsaKey | RawEcdhKey

export const keyTypes: readonly RawKey['type'][] = ['raw-aes', 'raw-rsa', 'raw-ecdh']
export const rsaPaddings: readonly RsaPaddingName[] = [
  'oaep-sha256',
  'oaep-sha384',
  'oaep-sha512',
  'oaep-sha1',
  'pkcs1',
]
export const curves: readonly CurveName[] = ['P-256', 'P-384', 'P-521']

/** What a key is needed for. */
export type KeyUse = 'encrypt' | 'decrypt'

/** Does this key hold something that must not be seen? */
export function isSecret(key: RawKey): boolean {
  return key.type === 'raw-aes' || key.privateKey !== undefined
}

/**
 * The keyring over a key.
 *
 * @param source - where the key is from, as the user knows it
 * @throws UsageError - the key cannot do what it is needed for
 * @throws TypeError, RangeError - the key is not as it must be
 */
export function keyringOf(key: RawKey, use: KeyUse, source: string): Keyring {
  switch (key.type) {
    case 'raw-aes':
      return rawAesKeyring(key)
    case 'raw-rsa': {
      const { namespace, name, padding } = key
      // Only the key that is needed: the other one would have to be right as well.
      return use === 'encrypt'
        ? rawRsaKeyring({ namespace, name, padding, publicKey: publicOf(key, source) })
        : rawRsaKeyring({ namespace, name, padding, privateKey: privateOf(key, source) })
    }
    case 'raw-ecdh': {
      const { curve } = key
      return use === 'encrypt'
        ? rawEcdhKeyring({ curve, schema: 'ephemeral', recipientPublicKey: publicOf(key, source) })
        : rawEcdhKeyring({ curve, schema: 'discovery', recipientPrivateKey: privateOf(key, source) })
    }
  }
}

/** @throws UsageError - there is none */
export function publicOf({ publicKey }: RawRsaKey | RawEcdhKey, source: string): string {
  if (publicKey !== undefined) return publicKey
  throw new UsageError(
    `${source} holds a private key only, and the public key encrypts`,
    'Take the public key out of it with `openssl pkey -in KEY -pubout`, and give that.',
  )
}

/** @throws UsageError - there is none */
export function privateOf({ privateKey }: RawRsaKey | RawEcdhKey, source: string): string {
  if (privateKey !== undefined) return privateKey
  throw new UsageError(
    `${source} holds a public key only: it encrypts, and cannot decrypt`,
    'Give the file with the private key, the one that keygen wrote without .pub in its name.',
  )
}

/** What a key is, without any of it. */
export function describeRawKey(key: RawKey): string {
  switch (key.type) {
    case 'raw-aes':
      return `AES-${key.wrappingKey.length * 8}`
    case 'raw-rsa':
      return `RSA, ${key.padding}`
    case 'raw-ecdh':
      return `ECDH, ${key.curve}`
  }
}
