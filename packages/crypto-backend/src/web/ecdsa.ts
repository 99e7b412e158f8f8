/**
 * ECDSA over WebCrypto, which signs and verifies whole messages only: see `gathered-message.ts`.
 *
 * @module
 */

import {
  copyOf,
  type Ecdsa,
  fieldLength,
  type Signer,
  type SigningCurve,
  type SigningKey,
  signatureHash,
  type VerificationKey,
  type Verifier,
} from '../backend.ts'
import { fromBase64Url, signDigest, verifyDigest } from '../digest-signature.ts'
import { compressPoint, isCompressed } from '../ec-key.ts'
import { wholePoint } from '../ec-point.ts'
import { GatheredMessage, type Hasher } from '../gathered-message.ts'

export function webEcdsa(subtle: SubtleCrypto): Ecdsa {
  return {
    generateKey: (curve) => generateKey(subtle, curve),
    importPublicKey: (curve, point) => importPublicKey(subtle, curve, point),
  }
}

async function generateKey(subtle: SubtleCrypto, curve: SigningCurve): Promise<SigningKey> {
  // Extractable for the case that the message grows long and the digest has to be signed elsewhere.
  const usages: KeyUsage[] = ['sign', 'verify']
  const { privateKey, publicKey } = await subtle.generateKey({ name: 'ECDSA', namedCurve: curve }, true, usages)
  const point = new Uint8Array(await subtle.exportKey('raw', publicKey))
  return { curve, publicKey: compressPoint(curve, point), signer: () => signer(subtle, curve, privateKey) }
}

async function importPublicKey(
  subtle: SubtleCrypto,
  curve: SigningCurve,
  point: Uint8Array,
): Promise<VerificationKey | undefined> {
  if (!isCompressed(curve, point)) return undefined
  const publicKey = copyOf(point)
  const key = await importPoint(subtle, { name: 'ECDSA', namedCurve: curve }, publicKey, ['verify'])
  return key === undefined ? undefined : { curve, publicKey, verifier: () => verifier(subtle, curve, publicKey, key) }
}

/**
 * Imports a point in either form; `undefined` when it is not on the curve.
 *
 * WebKit reads no compressed points, and not every implementation checks them: both are done here.
 */
export async function importPoint(
  subtle: SubtleCrypto,
  algorithm: EcKeyImportParams & { readonly namedCurve: SigningCurve | 'P-521' },
  point: Uint8Array,
  usages: KeyUsage[],
): Promise<CryptoKey | undefined> {
  const whole = wholePoint(algorithm.namedCurve, point)
  if (whole === undefined) return undefined
  return subtle.importKey('raw', whole, algorithm, true, usages).catch(() => undefined)
}

function signer(subtle: SubtleCrypto, curve: SigningCurve, key: CryptoKey): Signer {
  const message = new GatheredMessage(() => nobleHasher(curve))
  return {
    update: (bytes) => message.update(bytes),
    async sign() {
      const content = message.content()
      if (content.kind === 'hashed') return signLong(subtle, curve, key, content.digest)
      return new Uint8Array(await subtle.sign(parametersOf(curve), key, content.bytes as BufferSource))
    },
  }
}

async function signLong(
  subtle: SubtleCrypto,
  curve: SigningCurve,
  key: CryptoKey,
  digest: Uint8Array,
): Promise<Uint8Array> {
  const { d } = await subtle.exportKey('jwk', key)
  const scalar = fromBase64Url(d as string)
  try {
    return await signDigest(curve, scalar, digest)
  } finally {
    scalar.fill(0)
  }
}

function verifier(subtle: SubtleCrypto, curve: SigningCurve, publicKey: Uint8Array, key: CryptoKey): Verifier {
  const message = new GatheredMessage(() => nobleHasher(curve))
  return {
    update: (bytes) => message.update(bytes),
    async verify(signature) {
      // For another length, some implementations throw.
      if (signature.length !== 2 * fieldLength[curve]) return false
      const content = message.content()
      if (content.kind === 'hashed') return verifyDigest(curve, publicKey, content.digest, signature)
      return subtle.verify(parametersOf(curve), key, signature as BufferSource, content.bytes as BufferSource)
    },
  }
}

function parametersOf(curve: SigningCurve): EcdsaParams {
  return { name: 'ECDSA', hash: signatureHash[curve] }
}

/** WebCrypto cannot hash what comes in parts. */
async function nobleHasher(curve: SigningCurve): Promise<Hasher> {
  const { sha256, sha384 } = await import('../noble/hashes.ts')
  return curve === 'P-256' ? sha256.create() : sha384.create()
}
