/**
 * RSA key pairs for tests, made once for each file that asks for them.
 *
 * @module
 */

import { defaultBackend, encodePem } from '@esdk/crypto-backend'

export interface RsaPair {
  readonly publicKey: string
  readonly privateKey: string
}

/** A new pair in PEM. */
export async function rsaPair(modulusBits = 2048): Promise<RsaPair> {
  const { publicKey, privateKey } = await defaultBackend.rsa.generateKeyPair(modulusBits)
  return { publicKey: encodePem('PUBLIC KEY', publicKey), privateKey: encodePem('PRIVATE KEY', privateKey) }
}
