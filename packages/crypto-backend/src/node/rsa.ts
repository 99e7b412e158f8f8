import {
  constants,
  generateKeyPair as generateRsaKeyPair,
  type KeyObject,
  privateDecrypt,
  publicEncrypt,
} from 'node:crypto'
import { promisify } from 'node:util'
import {
  type KeyPairDer,
  type Rsa,
  type RsaPadding,
  type RsaPrivateKey,
  type RsaPublicKey,
  UnsupportedAlgorithmError,
} from '../backend.ts'
import { parseRsaPkcs8, type RsaNumbers } from '../rsa-key.ts'
import { removeOaepPadding, removePkcs1Padding } from '../rsa-unpadding.ts'
import { privateKeyOf, publicKeyOf } from './der-key.ts'
import { digest, hmac, opensslHash, plain } from './hash.ts'

export const rsa: Rsa = { generateKeyPair, supports: () => true, importPublicKey, importPrivateKey }

const hashes = { digest, hmac }

/** Takes seconds for long keys: done beside the event loop. */
async function generateKeyPair(modulusBits: number): Promise<KeyPairDer> {
  const { publicKey, privateKey } = await promisify(generateRsaKeyPair)('rsa', {
    modulusLength: modulusBits,
    publicKeyEncoding: { type: 'spki', format: 'der' },
    privateKeyEncoding: { type: 'pkcs8', format: 'der' },
  })
  return { publicKey: plain(publicKey), privateKey: plain(privateKey) }
}

function importPublicKey(spki: Uint8Array, padding: RsaPadding): RsaPublicKey | undefined {
  const key = publicKeyOf(spki)
  if (key?.asymmetricKeyType !== 'rsa') return undefined
  return { modulusBits: modulusBits(key), encrypt: (plaintext) => encrypt(key, padding, plaintext) }
}

function encrypt(key: KeyObject, padding: RsaPadding, plaintext: Uint8Array): Uint8Array {
  if (padding.scheme === 'pkcs1') return plain(publicEncrypt({ key, padding: constants.RSA_PKCS1_PADDING }, plaintext))
  if (padding.mgf1Hash !== undefined && padding.mgf1Hash !== padding.hash) {
    throw new UnsupportedAlgorithmError('OAEP with two different hashes is for decryption of old objects only')
  }
  const oaep = { key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: opensslHash[padding.hash] }
  return plain(publicEncrypt(oaep, plaintext))
}

function importPrivateKey(pkcs8: Uint8Array, padding: RsaPadding): RsaPrivateKey | undefined {
  const numbers = parseRsaPkcs8(pkcs8)
  if (numbers === undefined) return undefined
  const key = privateKeyOf(pkcs8)
  if (key?.asymmetricKeyType !== 'rsa') return undefined
  return { modulusBits: modulusBits(key), decrypt: (ciphertext) => decrypt(key, numbers, padding, ciphertext) }
}

async function decrypt(
  key: KeyObject,
  numbers: RsaNumbers,
  padding: RsaPadding,
  ciphertext: Uint8Array,
): Promise<Uint8Array | undefined> {
  if (ciphertext.length !== numbers.modulus.length) return undefined
  if (padding.scheme === 'pkcs1') {
    return unpadded(key, ciphertext, (block) => removePkcs1Padding(hashes, numbers.privateExponent, ciphertext, block))
  }
  const { hash, mgf1Hash = hash } = padding
  if (mgf1Hash !== hash) {
    return unpadded(key, ciphertext, (block) => removeOaepPadding(hashes, hash, mgf1Hash, block))
  }
  const oaep = { key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: opensslHash[hash] }
  return attempt(() => plain(privateDecrypt(oaep, ciphertext)))
}

/** Decrypts to a whole block, for paddings that Node does not remove. */
async function unpadded(
  key: KeyObject,
  ciphertext: Uint8Array,
  removePadding: (block: Uint8Array) => Promise<Uint8Array | undefined>,
): Promise<Uint8Array | undefined> {
  const block = attempt(() => plain(privateDecrypt({ key, padding: constants.RSA_NO_PADDING }, ciphertext)))
  if (block === undefined) return undefined
  const message = await removePadding(block)
  block.fill(0)
  return message
}

function attempt<Value>(operation: () => Value): Value | undefined {
  try {
    return operation()
  } catch {
    return undefined
  }
}

function modulusBits(key: KeyObject): number {
  return key.asymmetricKeyDetails?.modulusLength ?? 0
}
