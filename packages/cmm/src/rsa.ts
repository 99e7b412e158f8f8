/**
 * `@esdk/cmm/rsa`: what keyrings share that wrap data keys with RSA keys of the caller.
 *
 * @module
 */

import {
  type CryptoBackend,
  parsePem,
  parseRsaPkcs8,
  parseRsaSpki,
  type RsaPadding,
  type RsaPublicKey,
} from '@esdk/crypto-backend'
import { KeyringError } from './errors.ts'

/** Shorter keys unwrap what is there, but wrap nothing new. */
const shortestModulusBits = 2048

/**
 * The public key, as soon as it is imported; its failure waits for whoever uses it.
 *
 * @throws TypeError - no PEM, or no RSA key
 * @throws RangeError - less than 2048 bits
 */
export function importRsaPublicKey(
  { rsa }: Pick<CryptoBackend, 'rsa'>,
  pem: string,
  padding: RsaPadding,
): Promise<RsaPublicKey> {
  const spki = parsePem('PUBLIC KEY', pem)
  const modulus = parseRsaSpki(spki)
  if (modulus === undefined) throw new TypeError('publicKey is not an RSA key')
  if (modulus.length * 8 < shortestModulusBits) {
    throw new RangeError(`publicKey has ${modulus.length * 8} bits, at least ${shortestModulusBits} are needed`)
  }
  return usableRsaKey('publicKey', async () => rsa.importPublicKey(spki, padding))
}

/**
 * The bytes of a private key, to import and then to zero.
 *
 * @param name - of the option
 * @throws TypeError - no PEM, or no RSA key
 */
export function parseRsaPrivateKey(name: string, pem: string): Uint8Array {
  const pkcs8 = parsePem('PRIVATE KEY', pem)
  const numbers = parseRsaPkcs8(pkcs8)
  if (numbers === undefined) throw new TypeError(`${name} is not an RSA key`)
  numbers.privateExponent.fill(0)
  return pkcs8
}

/** @throws KeyringError - from what it gives: the platform cannot use the key */
export function usableRsaKey<Key>(name: string, importKey: () => Promise<Key | undefined>): Promise<Key> {
  const key = importKey().then((imported) => {
    if (imported !== undefined) return imported
    throw new KeyringError(`the platform cannot use the ${name} of this RSA keyring`)
  })
  // Whoever uses the key sees the failure; until then it is nobody's.
  key.catch(() => {})
  return key
}
