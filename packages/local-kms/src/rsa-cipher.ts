/**
 * RSA with OAEP; label and mask use the same hash, as AWS KMS has it.
 *
 * @module
 */

import {
  constants,
  createPrivateKey,
  createPublicKey,
  type KeyObject,
  privateDecrypt,
  publicEncrypt,
} from 'node:crypto'
import { invalidCiphertext } from './ciphertext-blob.ts'
import { invalid } from './input.ts'
import type { EncryptionAlgorithm } from './key-spec.ts'

type RsaAlgorithm = Exclude<EncryptionAlgorithm, 'SYMMETRIC_DEFAULT'>

const hashes = {
  RSAES_OAEP_SHA_1: { oaepHash: 'sha1', length: 20 },
  RSAES_OAEP_SHA_256: { oaepHash: 'sha256', length: 32 },
} as const

/** @throws LocalKmsError - ValidationException: too long for the key */
export function rsaEncrypt(pkcs8: Uint8Array, algorithm: RsaAlgorithm, plaintext: Uint8Array): Uint8Array {
  const key = privateKeyOf(pkcs8)
  const { oaepHash, length } = hashes[algorithm]
  // RFC 8017, section 7.1.1: two hashes and two bytes are not for the message.
  const most = modulusLength(key) - 2 * length - 2
  if (plaintext.length > most) throw invalid('Plaintext', `must have at most ${most} bytes for this key and algorithm`)
  return new Uint8Array(publicEncrypt({ key: createPublicKey(key), ...padding(oaepHash) }, plaintext))
}

/** @throws LocalKmsError - InvalidCiphertextException */
export function rsaDecrypt(pkcs8: Uint8Array, algorithm: RsaAlgorithm, ciphertext: Uint8Array): Uint8Array {
  const key = privateKeyOf(pkcs8)
  try {
    return new Uint8Array(privateDecrypt({ key, ...padding(hashes[algorithm].oaepHash) }, ciphertext))
  } catch {
    throw invalidCiphertext()
  }
}

function padding(oaepHash: string): { padding: number; oaepHash: string } {
  return { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash }
}

function modulusLength(key: KeyObject): number {
  return (key.asymmetricKeyDetails?.modulusLength ?? 0) / 8
}

function privateKeyOf(pkcs8: Uint8Array): KeyObject {
  return createPrivateKey({ key: Buffer.from(pkcs8), format: 'der', type: 'pkcs8' })
}
