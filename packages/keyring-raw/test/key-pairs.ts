/**
 * Key pairs for tests, made once for each file that asks for them.
 *
 * @module
 */

import { type CurveName, defaultBackend, encodePem } from '@esdk/crypto-backend'
import { generateEcdhKeyPair, generateRsaKeyPair, type PemKeyPair } from '../src/generate-keys.ts'
import type { RsaPaddingName } from '../src/raw-rsa.ts'

export const curves: readonly CurveName[] = ['P-256', 'P-384', 'P-521']

const allPaddings: readonly RsaPaddingName[] = ['pkcs1', 'oaep-sha1', 'oaep-sha256', 'oaep-sha384', 'oaep-sha512']

/** Those of the platform: WebCrypto has no PKCS #1 v1.5. */
export const paddings: readonly RsaPaddingName[] = allPaddings.filter(
  (padding) => padding !== 'pkcs1' || defaultBackend.rsa.supports({ scheme: 'pkcs1' }),
)

const made = new Map<string, Promise<PemKeyPair>>()

function once(name: string, make: () => Promise<PemKeyPair>): Promise<PemKeyPair> {
  const pair = made.get(name) ?? make()
  made.set(name, pair)
  return pair
}

/** The RSA key pair of that name, of the shortest length that wraps. */
export function rsaKeys(name = 'own'): Promise<PemKeyPair> {
  return once(`RSA ${name}`, () => generateRsaKeyPair(2048))
}

/** A key pair that `generateRsaKeyPair` refuses to make. */
export function shortRsaKeys(): Promise<PemKeyPair> {
  return once('RSA short', async () => {
    const { publicKey, privateKey } = await defaultBackend.rsa.generateKeyPair(1024)
    return { publicKey: encodePem('PUBLIC KEY', publicKey), privateKey: encodePem('PRIVATE KEY', privateKey) }
  })
}

/** The key pair of that person on that curve. */
export function ecdhKeys(curve: CurveName, person: 'alice' | 'bob' | 'carol'): Promise<PemKeyPair> {
  return once(`${curve} ${person}`, () => generateEcdhKeyPair(curve))
}
