import {
  type CurveName,
  copyOf,
  type Ecdh,
  type EcdhPrivateKey,
  type EcdhPublicKey,
  fieldLength,
  type KeyPairDer,
} from '../backend.ts'
import { compressPoint, curveOfPkcs8, encodeEcPkcs8, hasPointForm, parsePointlessPkcs8 } from '../ec-key.ts'
import { importPoint } from './ecdsa.ts'

export function webEcdh(subtle: SubtleCrypto): Ecdh {
  return {
    generateKeyPair: (curve) => generateKeyPair(subtle, curve),
    importPrivateKey: (curve, pkcs8) => importPrivateKey(subtle, curve, pkcs8),
    importPublicKey: (curve, point) => importPublicKey(subtle, curve, point),
  }
}

async function generateKeyPair(subtle: SubtleCrypto, curve: CurveName): Promise<KeyPairDer> {
  const pair = await subtle.generateKey({ name: 'ECDH', namedCurve: curve }, true, ['deriveBits'])
  return {
    publicKey: new Uint8Array(await subtle.exportKey('spki', pair.publicKey)),
    privateKey: new Uint8Array(await subtle.exportKey('pkcs8', pair.privateKey)),
  }
}

async function importPublicKey(
  subtle: SubtleCrypto,
  curve: CurveName,
  point: Uint8Array,
): Promise<EcdhPublicKey | undefined> {
  if (!hasPointForm(curve, point)) return undefined
  const key = await importPoint(subtle, { name: 'ECDH', namedCurve: curve }, point, [])
  if (key === undefined) return undefined
  return { curve, point: compressPoint(curve, new Uint8Array(await subtle.exportKey('raw', key))) }
}

async function importPrivateKey(
  subtle: SubtleCrypto,
  curve: CurveName,
  pkcs8: Uint8Array,
): Promise<EcdhPrivateKey | undefined> {
  if (curveOfPkcs8(pkcs8) !== curve) return undefined
  // For the second try: the caller may zero its bytes before the first has failed.
  const copy = copyOf(pkcs8)
  const imported = (await importPair(subtle, curve, copy)) ?? (await importPointless(subtle, curve, copy))
  copy.fill(0)
  if (imported === undefined) return undefined
  const { privateKey, point } = imported
  return {
    curve,
    publicKey: { curve, point },
    async sharedSecret(other) {
      const publicKey = await importPoint(subtle, { name: 'ECDH', namedCurve: other.curve }, other.point, [])
      if (publicKey === undefined || other.curve !== curve) {
        throw new TypeError(`the public key is no point of ${curve}`)
      }
      const bits = await subtle.deriveBits({ name: 'ECDH', public: publicKey }, privateKey, fieldLength[curve] * 8)
      return new Uint8Array(bits)
    },
  }
}

interface ImportedPair {
  readonly privateKey: CryptoKey
  /** The compressed point. */
  readonly point: Uint8Array
}

async function importPair(
  subtle: SubtleCrypto,
  curve: CurveName,
  pkcs8: Uint8Array<ArrayBuffer>,
): Promise<ImportedPair | undefined> {
  try {
    const algorithm = { name: 'ECDH', namedCurve: curve }
    const privateKey = await subtle.importKey('pkcs8', pkcs8, algorithm, true, ['deriveBits'])
    return { privateKey, point: await publicPoint(subtle, curve, privateKey) }
  } catch {
    return undefined
  }
}

/** Keys of Java and others leave their public point out. Not every implementation finds it: @noble/curves does. */
async function importPointless(
  subtle: SubtleCrypto,
  curve: CurveName,
  pkcs8: Uint8Array,
): Promise<ImportedPair | undefined> {
  const key = parsePointlessPkcs8(pkcs8)
  if (key === undefined) return undefined
  const { p256, p384, p521 } = await import('../noble/curves.ts')
  const { getPublicKey, utils } = { 'P-256': p256, 'P-384': p384, 'P-521': p521 }[curve]
  if (!utils.isValidSecretKey(key.scalar)) return undefined
  const whole = encodeEcPkcs8(key, getPublicKey(key.scalar, false))
  const imported = await importPair(subtle, curve, whole)
  whole.fill(0)
  return imported
}

async function publicPoint(subtle: SubtleCrypto, curve: CurveName, key: CryptoKey): Promise<Uint8Array> {
  const { kty = 'EC', crv, x, y } = await subtle.exportKey('jwk', key)
  const publicJwk: JsonWebKey = { kty, ...(crv && { crv }), ...(x && { x }), ...(y && { y }) }
  const publicKey = await subtle.importKey('jwk', publicJwk, { name: 'ECDH', namedCurve: curve }, true, [])
  return compressPoint(curve, new Uint8Array(await subtle.exportKey('raw', publicKey)))
}
