import { createPublicKey, diffieHellman, generateKeyPairSync } from 'node:crypto'
import type { CurveName, Ecdh, EcdhPrivateKey, EcdhPublicKey, KeyPairDer } from '../backend.ts'
import { curveOfPkcs8, encodeEcSpki, hasPointForm, isCompressed } from '../ec-key.ts'
import { privateKeyOf, publicKeyOf } from './der-key.ts'
import { compressedPoint } from './ecdsa.ts'
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
  const privateKey = privateKeyOf(pkcs8)
  if (privateKey === undefined) return undefined
  const point = compressedPoint(curve, createPublicKey(privateKey))
  // OpenSSL takes the scalar 0, whose point is infinity.
  if (!isCompressed(curve, point)) return undefined
  return {
    curve,
    publicKey: { curve, point },
    sharedSecret({ curve: other, point: otherPoint }) {
      const publicKey = publicKeyOf(encodeEcSpki({ curve: other, point: otherPoint }))
      if (publicKey === undefined || other !== curve) throw new TypeError(`the public key is no point of ${curve}`)
      return plain(diffieHellman({ privateKey, publicKey }))
    },
  }
}
