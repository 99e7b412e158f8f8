/**
 * ECDSA of a digest, which neither WebCrypto nor `node:crypto` offers: by @noble/curves, loaded when it is needed.
 *
 * @module
 */

import type { SigningCurve } from './backend.ts'

/** Any s is right, as everywhere else: noble's own default would refuse the upper half. */
const options = { prehash: false, lowS: false, format: 'compact' } as const

/** r ‖ s of a digest. The nonce is random, so that a second signature is another one. */
export async function signDigest(curve: SigningCurve, privateKey: Uint8Array, digest: Uint8Array): Promise<Uint8Array> {
  return (await nobleCurve(curve)).sign(digest, privateKey, { ...options, extraEntropy: true })
}

/** Is this r ‖ s a signature of the digest? */
export async function verifyDigest(
  curve: SigningCurve,
  publicKey: Uint8Array,
  digest: Uint8Array,
  signature: Uint8Array,
): Promise<boolean> {
  return (await nobleCurve(curve)).verify(signature, digest, publicKey, options)
}

async function nobleCurve(curve: SigningCurve) {
  const { p256, p384 } = await import('./noble/curves.ts')
  return curve === 'P-256' ? p256 : p384
}

/** The bytes of a coordinate or scalar in a JSON Web Key. */
export function fromBase64Url(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (character) => character.charCodeAt(0))
}
