/**
 * The wrapping keys of one run: made anew each time, by the helpers that users have, and thrown away with the folder
 * they are written to.
 *
 * @module
 */

import { generateAesKey, generateEcdhKeyPair, generateRsaKeyPair } from '@esdk/keyring-raw'

export const curves = ['P-256', 'P-384', 'P-521']
export const rsaBits = [2048, 4096]
export const aesBits = [128, 192, 256]

/** Keys by id: hexadecimal for AES, `{ publicKey, privateKey }` in PEM for the others. */
export async function generateKeys() {
  const keys = {}
  for (const bits of aesBits) keys[`aes-${bits}`] = Buffer.from(generateAesKey(bits)).toString('hex')
  for (const bits of rsaBits) keys[`rsa-${bits}`] = await generateRsaKeyPair(bits)
  for (const curve of curves) {
    keys[`sender-${curve}`] = await generateEcdhKeyPair(curve)
    keys[`recipient-${curve}`] = await generateEcdhKeyPair(curve)
  }
  return keys
}
