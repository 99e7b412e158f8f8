import type { CurveName, Ecdh, EcdhPrivateKey, EcdhPublicKey, KeyPairDer } from '../backend.ts'
import { fieldLength } from '../backend.ts'
import { compressPoint, curveOfPkcs8, hasPointForm } from '../ec-key.ts'
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
  const algorithm = { name: 'ECDH', namedCurve: curve }
  let point: Uint8Array
  let privateKey: CryptoKey
  try {
    privateKey = await subtle.importKey('pkcs8', pkcs8 as BufferSource, algorithm, true, ['deriveBits'])
    point = await publicPoint(subtle, curve, privateKey)
  } catch {
    return undefined
  }
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

async function publicPoint(subtle: SubtleCrypto, curve: CurveName, key: CryptoKey): Promise<Uint8Array> {
  const { kty = 'EC', crv, x, y } = await subtle.exportKey('jwk', key)
  const publicJwk: JsonWebKey = { kty, ...(crv && { crv }), ...(x && { x }), ...(y && { y }) }
  const publicKey = await subtle.importKey('jwk', publicJwk, { name: 'ECDH', namedCurve: curve }, true, [])
  return compressPoint(curve, new Uint8Array(await subtle.exportKey('raw', publicKey)))
}
