import { createPrivateKey, createPublicKey, diffieHellman, generateKeyPairSync, type KeyObject } from 'node:crypto'
import type { CurveName, Ecdh, EcdhPrivateKey, EcdhPublicKey, KeyPairDer } from '../backend.ts'
import { curveOfPkcs8, encodeEcSpki, hasPointForm } from '../ec-key.ts'
import { compressedPoint, publicKeyOf } from './ecdsa.ts'
import { plain } from './hash.ts'

export const ecdh: Ecdh = { generateKeyPair, importPrivateKey, importPublicKey }

function generateKeyPair(curve: CurveName): KeyPairDer {
  const { publicKey, privateKey } = generateKeyPairSync('ec', {
    namedCurve: curve,
    publicKeyEncoding: { type: 'spki', format: 'der' },
    privateKeyEncoding: { type: 'pkcs8', format: 'der' },
  })
  return { publicKey: plain(publicKey), privateKey: plain(privateKey) }
}

function importPublicKey(curve: CurveName, point: Uint8Array): EcdhPublicKey | undefined {
  if (!hasPointForm(curve, point)) return undefined
  const key = publicKeyOf(encodeEcSpki({ curve, point }))
  return key === undefined ? undefined : { curve, point: compressedPoint(curve, key) }
}

function importPrivateKey(curve: CurveName, pkcs8: Uint8Array): EcdhPrivateKey | undefined {
  if (curveOfPkcs8(pkcs8) !== curve) return undefined
  let privateKey: KeyObject
  try {
    privateKey = createPrivateKey({ key: Buffer.from(pkcs8), format: 'der', type: 'pkcs8' })
  } catch {
    return undefined
  }
  return {
    curve,
    publicKey: { curve, point: compressedPoint(curve, createPublicKey(privateKey)) },
    sharedSecret({ curve: other, point }) {
      const publicKey = publicKeyOf(encodeEcSpki({ curve: other, point }))
      if (publicKey === undefined || other !== curve) throw new TypeError(`the public key is no point of ${curve}`)
      return plain(diffieHellman({ privateKey, publicKey }))
    },
  }
}
