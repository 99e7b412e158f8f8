import {
  type HashName,
  type KeyPairDer,
  type Rsa,
  type RsaPadding,
  type RsaPrivateKey,
  type RsaPublicKey,
  UnsupportedAlgorithmError,
} from '../backend.ts'

export function webRsa(subtle: SubtleCrypto): Rsa {
  return {
    supports: (padding) => supportedHash(padding) !== undefined,
    generateKeyPair: (modulusBits) => generateKeyPair(subtle, modulusBits),
    importPublicKey: (spki, padding) => importPublicKey(subtle, spki, padding),
    importPrivateKey: (pkcs8, padding) => importPrivateKey(subtle, pkcs8, padding),
  }
}

/** WebCrypto has OAEP with one hash for both uses, and no PKCS #1 v1.5 encryption. */
function supportedHash(padding: RsaPadding): HashName | undefined {
  if (padding.scheme === 'pkcs1') return undefined
  return (padding.mgf1Hash ?? padding.hash) === padding.hash ? padding.hash : undefined
}

function algorithmFor(padding: RsaPadding): RsaHashedImportParams {
  const hash = supportedHash(padding)
  if (hash !== undefined) return { name: 'RSA-OAEP', hash }
  throw new UnsupportedAlgorithmError(
    `WebCrypto has no RSA ${padding.scheme === 'pkcs1' ? 'PKCS #1 v1.5 encryption' : 'OAEP with two different hashes'}: use the Node backend, or an OAEP padding`,
  )
}

async function generateKeyPair(subtle: SubtleCrypto, modulusLength: number): Promise<KeyPairDer> {
  const algorithm = { name: 'RSA-OAEP', hash: 'SHA-256', modulusLength, publicExponent: Uint8Array.of(1, 0, 1) }
  const pair = await subtle.generateKey(algorithm, true, ['encrypt', 'decrypt'])
  return {
    publicKey: new Uint8Array(await subtle.exportKey('spki', pair.publicKey)),
    privateKey: new Uint8Array(await subtle.exportKey('pkcs8', pair.privateKey)),
  }
}

async function importPublicKey(
  subtle: SubtleCrypto,
  spki: Uint8Array,
  padding: RsaPadding,
): Promise<RsaPublicKey | undefined> {
  const algorithm = algorithmFor(padding)
  const key = await importOrUndefined(subtle.importKey('spki', spki as BufferSource, algorithm, false, ['encrypt']))
  if (key === undefined) return undefined
  return {
    modulusBits: modulusBits(key),
    async encrypt(plaintext) {
      return new Uint8Array(await subtle.encrypt({ name: 'RSA-OAEP' }, key, plaintext as BufferSource))
    },
  }
}

async function importPrivateKey(
  subtle: SubtleCrypto,
  pkcs8: Uint8Array,
  padding: RsaPadding,
): Promise<RsaPrivateKey | undefined> {
  const algorithm = algorithmFor(padding)
  const key = await importOrUndefined(subtle.importKey('pkcs8', pkcs8 as BufferSource, algorithm, false, ['decrypt']))
  if (key === undefined) return undefined
  return {
    modulusBits: modulusBits(key),
    async decrypt(ciphertext) {
      try {
        return new Uint8Array(await subtle.decrypt({ name: 'RSA-OAEP' }, key, ciphertext as BufferSource))
      } catch {
        return undefined
      }
    },
  }
}

async function importOrUndefined(key: Promise<CryptoKey>): Promise<CryptoKey | undefined> {
  return key.catch(() => undefined)
}

function modulusBits(key: CryptoKey): number {
  return (key.algorithm as RsaHashedKeyAlgorithm).modulusLength
}
