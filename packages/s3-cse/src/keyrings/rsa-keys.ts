/**
 * RSA keys of keyrings, from PEM.
 *
 * @module
 */

import { KeyringError } from '@esdk/cmm'
import { importRsaPublicKey, parseRsaPrivateKey, usableRsaKey } from '@esdk/cmm/rsa'
import { type CryptoBackend, type RsaPadding, type RsaPublicKey, UnsupportedAlgorithmError } from '@esdk/crypto-backend'

type RsaBackend = Pick<CryptoBackend, 'name' | 'rsa'>

/**
 * The key, as soon as it is imported.
 *
 * @throws TypeError - no PEM, or no RSA key
 * @throws RangeError - less than 2048 bits
 */
export function importPublicKey(backend: RsaBackend, pem: string): Promise<RsaPublicKey> {
  return importRsaPublicKey(backend, pem, { scheme: 'oaep', hash: 'SHA-1' })
}

/** A private key, with whatever padding it is used. It shows no bytes. */
export interface PrivateKeys {
  supports(padding: RsaPadding): boolean
  /**
   * `undefined` for every failure alike.
   *
   * @throws UnsupportedAlgorithmError - the platform has no such padding
   */
  decrypt(padding: RsaPadding, ciphertext: Uint8Array): Promise<Uint8Array | undefined>
}

/** All that wrapped data keys come with. */
const paddings: readonly RsaPadding[] = [
  { scheme: 'oaep', hash: 'SHA-1' },
  { scheme: 'oaep', hash: 'SHA-256', mgf1Hash: 'SHA-1' },
  { scheme: 'oaep', hash: 'SHA-256' },
  { scheme: 'pkcs1' },
]

/**
 * Imported for each padding at once, so that the bytes of the key need not stay.
 *
 * @throws TypeError - no PEM, or no RSA key
 */
export function privateKeys({ name: platform, rsa }: RsaBackend, name: string, pem: string): PrivateKeys {
  const pkcs8 = parseRsaPrivateKey(name, pem)
  const supported = paddings.filter((padding) => rsa.supports(padding))
  const keys = supported.map((padding) => usableRsaKey(name, async () => rsa.importPrivateKey(pkcs8, padding)))
  void Promise.allSettled(keys).then(() => pkcs8.fill(0))
  return {
    supports: (padding) => rsa.supports(padding),
    async decrypt(padding, ciphertext) {
      const key = await keys[supported.findIndex((other) => isSamePadding(other, padding))]
      if (key === undefined) throw unsupported(platform, padding)
      return key.decrypt(ciphertext)
    },
  }
}

function isSamePadding(a: RsaPadding, b: RsaPadding): boolean {
  if (a.scheme === 'pkcs1' || b.scheme === 'pkcs1') return a.scheme === b.scheme
  return a.hash === b.hash && a.mgf1Hash === b.mgf1Hash
}

function unsupported(platform: string, padding: RsaPadding): UnsupportedAlgorithmError {
  const what =
    padding.scheme === 'pkcs1'
      ? 'PKCS #1 v1.5'
      : `OAEP with ${padding.hash} and masks by ${padding.mgf1Hash ?? padding.hash}`
  return new UnsupportedAlgorithmError(
    `the ${platform} backend does not decrypt RSA ${what}: read the object with the Node backend`,
  )
}

/** The keyring has no key for what it is asked. */
export function missingKey(operation: 'encrypt' | 'decrypt', name: string): KeyringError {
  const other = operation === 'encrypt' ? 'decrypt' : 'encrypt'
  return new KeyringError(`this RSA keyring can only ${other}: give it a ${name} to ${operation}`)
}
