/**
 * New keys for the keyrings of this package.
 *
 * @module
 */

import { type CryptoBackend, type CurveName, defaultBackend, encodePem } from '@esdk/crypto-backend'

/** A key pair in PEM: SPKI and PKCS #8. */
export interface PemKeyPair {
  readonly publicKey: string
  readonly privateKey: string
}

interface BackendOption {
  readonly backend?: CryptoBackend
}

/**
 * A random wrapping key for `rawAesKeyring`. Keep it secret, and keep it: what it wraps is lost with it.
 *
 * @throws RangeError - not 128, 192 or 256 bits
 */
export function generateAesKey(
  bits: 128 | 192 | 256 = 256,
  { backend = defaultBackend }: BackendOption = {},
): Uint8Array<ArrayBuffer> {
  if (bits !== 128 && bits !== 192 && bits !== 256) {
    throw new RangeError(`an AES key has 128, 192 or 256 bits, found ${String(bits)}`)
  }
  return backend.randomBytes(bits / 8)
}

/**
 * A key pair for `rawRsaKeyring`. Takes seconds for long keys.
 *
 * @throws RangeError - not 2048 to 8192 bits
 */
export async function generateRsaKeyPair(
  modulusBits = 4096,
  { backend = defaultBackend }: BackendOption = {},
): Promise<PemKeyPair> {
  if (!Number.isInteger(modulusBits) || modulusBits < 2048 || modulusBits > 8192 || modulusBits % 8 !== 0) {
    throw new RangeError(`an RSA key has 2048 to 8192 bits, found ${String(modulusBits)}`)
  }
  return pemOf(await backend.rsa.generateKeyPair(modulusBits))
}

/** A key pair for `rawEcdhKeyring`. */
export async function generateEcdhKeyPair(
  curve: CurveName,
  { backend = defaultBackend }: BackendOption = {},
): Promise<PemKeyPair> {
  if (curve !== 'P-256' && curve !== 'P-384' && curve !== 'P-521') {
    throw new TypeError(`curve must be one of P-256, P-384, P-521; found ${String(curve)}`)
  }
  return pemOf(await backend.ecdh.generateKeyPair(curve))
}

function pemOf({
  publicKey,
  privateKey,
}: {
  readonly publicKey: Uint8Array
  readonly privateKey: Uint8Array
}): PemKeyPair {
  const pair = { publicKey: encodePem('PUBLIC KEY', publicKey), privateKey: encodePem('PRIVATE KEY', privateKey) }
  privateKey.fill(0)
  return pair
}
