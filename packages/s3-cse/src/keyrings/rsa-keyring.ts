/**
 * The keyring over an RSA key pair that you hold.
 *
 * | algorithm                               | wrapped data key                                                      | written |
 * | --------------------------------------- | --------------------------------------------------------------------- | ------- |
 * | `RSA-OAEP-SHA1`                         | OAEP of: the key's length in one byte, the key, the content algorithm | yes     |
 * | `RSA/ECB/OAEPWithSHA-256AndMGF1Padding` | OAEP with SHA-256, masks by SHA-1 or SHA-256, of the key              | never   |
 * | `v1`                                    | PKCS #1 v1.5 of the key                                               | never   |
 *
 * @module
 */

import type { EncryptionContext } from '@esdk/cmm'
import { type CryptoBackend, defaultBackend, equalInConstantTime } from '@esdk/crypto-backend'
import type { ContentSuite } from '../content-suite.ts'
import { v1Wrapping, type WrappedDataKey } from '../envelope.ts'
import type { S3Keyring } from '../materials.ts'
import { checkMaterialDescription, keyPicker } from './material-description.ts'
import { rawS3Keyring } from './raw-keyring.ts'
import { importPublicKey, missingKey, type PrivateKeys, privateKeys } from './rsa-keys.ts'

/** What an RSA keyring for S3 objects is made of: one of the keys, or both. */
export interface S3RsaKeyringOptions {
  /** SPKI in PEM: to encrypt. At least 2048 bits. */
  readonly publicKey?: string
  /** PKCS #8 in PEM: to decrypt. The public key is not taken from it. */
  readonly privateKey?: string
  /** Stored with each object that is written. Readable by all who can read the object. Default: none. */
  readonly materialDescription?: EncryptionContext
  /** For objects whose description is exactly one of these; all others are for `privateKey`. */
  readonly additionalDecryptionKeys?: readonly S3RsaDecryptionKey[]
  readonly backend?: RsaBackend
}

/** A private key of earlier objects, or of another reader. */
export interface S3RsaDecryptionKey {
  readonly materialDescription: EncryptionContext
  readonly privateKey: string
}

type RsaBackend = Pick<CryptoBackend, 'name' | 'randomBytes' | 'rsa'>

/**
 * A keyring that wraps data keys with RSA-OAEP, and unwraps what older clients have wrapped with RSA. With the public
 * key alone it encrypts, with the private key alone it decrypts.
 *
 * PKCS #1 v1.5 is decrypted by implicit rejection: a wrong padding gives a wrong data key, and the object fails at a
 * later check, so that nobody learns about the padding. WebCrypto has no such padding.
 *
 * @throws TypeError - no key, no PEM, a key that is not RSA, a description that is no object of strings or that two keys have
 * @throws RangeError - a public key of less than 2048 bits
 */
export function s3RsaKeyring(options: S3RsaKeyringOptions): S3Keyring {
  const { publicKey, privateKey, additionalDecryptionKeys = [], backend = defaultBackend } = options
  const wrappingKey = publicKey === undefined ? undefined : importPublicKey(backend, publicKey)
  const own = {
    materialDescription: checkMaterialDescription('materialDescription', options.materialDescription),
    key: privateKey === undefined ? undefined : privateKeys(backend, 'privateKey', privateKey),
  }
  const keyFor = keyPicker(own, additionalDecryptionKeys, (name, given) =>
    privateKeys(backend, `${name}.privateKey`, given.privateKey),
  )
  if (wrappingKey === undefined && own.key === undefined && additionalDecryptionKeys.length === 0) {
    throw new TypeError('a key is missing: give publicKey to encrypt, privateKey to decrypt, or both')
  }
  return rawS3Keyring(
    {
      kind: 'RSA',
      writes: 'RSA-OAEP-SHA1',
      reads: ['RSA-OAEP-SHA1', 'RSA/ECB/OAEPWithSHA-256AndMGF1Padding', v1Wrapping],
      materialDescription: own.materialDescription,
      async wrap(dataKey, contentAlgorithm) {
        if (wrappingKey === undefined) throw missingKey('encrypt', 'publicKey')
        const bound = boundKey(dataKey, contentAlgorithm)
        try {
          return await (await wrappingKey).encrypt(bound)
        } finally {
          bound.fill(0)
        }
      },
      async unwrap(wrapped, suite) {
        const keys = keyFor(wrapped.description)
        if (keys === undefined) throw missingKey('decrypt', 'privateKey')
        return unwrapWith(keys, wrapped, suite)
      },
    },
    backend,
  )
}

async function unwrapWith(
  keys: PrivateKeys,
  { algorithm, ciphertext }: WrappedDataKey,
  suite: ContentSuite,
): Promise<Uint8Array | undefined> {
  if (algorithm === v1Wrapping) return keys.decrypt({ scheme: 'pkcs1' }, ciphertext)
  if (algorithm !== 'RSA-OAEP-SHA1') return unwrapWithTwoHashes(keys, ciphertext)
  const bound = await keys.decrypt({ scheme: 'oaep', hash: 'SHA-1' }, ciphertext)
  return bound && keyBoundTo(suite, bound)
}

/** The name leaves the hash of the mask open: Java's own provider takes SHA-1, others SHA-256. */
async function unwrapWithTwoHashes(keys: PrivateKeys, ciphertext: Uint8Array): Promise<Uint8Array | undefined> {
  const bySha1 = { scheme: 'oaep', hash: 'SHA-256', mgf1Hash: 'SHA-1' } as const
  const bySha256 = { scheme: 'oaep', hash: 'SHA-256' } as const
  if (keys.supports(bySha1)) {
    return (await keys.decrypt(bySha1, ciphertext)) ?? keys.decrypt(bySha256, ciphertext)
  }
  // Where only one can be tried, its failure says nothing about the key.
  return (await keys.decrypt(bySha256, ciphertext)) ?? keys.decrypt(bySha1, ciphertext)
}

function boundKey(dataKey: Uint8Array, contentAlgorithm: string): Uint8Array {
  const algorithm = new TextEncoder().encode(contentAlgorithm)
  const bound = new Uint8Array(1 + dataKey.length + algorithm.length)
  bound[0] = dataKey.length
  bound.set(dataKey, 1)
  bound.set(algorithm, 1 + dataKey.length)
  return bound
}

/** The key, `undefined` when it is for another content algorithm; `bound` is zeroed. */
function keyBoundTo(suite: ContentSuite, bound: Uint8Array): Uint8Array | undefined {
  const end = 1 + (bound[0] ?? 0)
  const algorithm = new TextEncoder().encode(suite.contentAlgorithm)
  const key = bound.slice(1, end)
  const right = equalInConstantTime(bound.subarray(end), algorithm)
  bound.fill(0)
  if (right) return key
  key.fill(0)
  return undefined
}
