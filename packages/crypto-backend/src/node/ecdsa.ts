import { createHash, createVerify, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import {
  copyOf,
  type Ecdsa,
  fieldLength,
  type Signer,
  type SigningCurve,
  type SigningKey,
  signatureHash,
  type VerificationKey,
} from '../backend.ts'
import { fromBase64Url, signDigest } from '../digest-signature.ts'
import { compressPoint, encodeEcSpki, isCompressed, parseEcSpki } from '../ec-key.ts'
import { GatheredMessage } from '../gathered-message.ts'
import { publicKeyOf } from './der-key.ts'
import { opensslHash, plain } from './hash.ts'

export const ecdsa: Ecdsa = { generateKey, importPublicKey }

function generateKey(curve: SigningCurve): SigningKey {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: curve })
  return { curve, publicKey: compressedPoint(curve, publicKey), signer: () => signer(curve, privateKey) }
}

/**
 * The hash of `createSign` is gone with the first signature, and one in 256 has to be made again for its length. So
 * the message is gathered or hashed here.
 */
function signer(curve: SigningCurve, key: KeyObject): Signer {
  const hash = opensslHash[signatureHash[curve]]
  const message = new GatheredMessage(() => createHash(hash))
  return {
    update: (bytes) => message.update(bytes),
    sign() {
      const content = message.content()
      if (content.kind === 'whole') return plain(sign(hash, content.bytes, { key, dsaEncoding: 'ieee-p1363' }))
      return signLong(curve, key, content.digest)
    },
  }
}

async function signLong(curve: SigningCurve, key: KeyObject, digest: Uint8Array): Promise<Uint8Array> {
  const scalar = fromBase64Url(key.export({ format: 'jwk' }).d as string)
  try {
    return await signDigest(curve, scalar, digest)
  } finally {
    scalar.fill(0)
  }
}

function importPublicKey(curve: SigningCurve, point: Uint8Array): VerificationKey | undefined {
  if (!isCompressed(curve, point)) return undefined
  const copy = copyOf(point)
  const key = publicKeyOf(encodeEcSpki({ curve, point: copy }))
  if (key === undefined) return undefined
  return {
    curve,
    publicKey: copy,
    verifier() {
      const verify = createVerify(opensslHash[signatureHash[curve]])
      return {
        update: (bytes) => void verify.update(bytes),
        // Node throws for another length.
        verify: (signature) =>
          signature.length === 2 * fieldLength[curve] && verify.verify({ key, dsaEncoding: 'ieee-p1363' }, signature),
      }
    },
  }
}

/** The compressed point of a key of that curve. */
export function compressedPoint(curve: SigningCurve | 'P-521', key: KeyObject): Uint8Array<ArrayBuffer> {
  const named = parseEcSpki(key.export({ format: 'der', type: 'spki' }))
  if (named?.curve !== curve) throw new TypeError(`key of ${named?.curve ?? 'an unnamed curve'}, ${curve} expected`)
  return compressPoint(curve, named.point)
}
