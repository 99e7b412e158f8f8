/**
 * The keyring over an AES key that you hold.
 *
 * | algorithm   | wrapped data key                                         | written |
 * | ----------- | -------------------------------------------------------- | ------- |
 * | `AES/GCM`   | IV of 12 bytes, ciphertext, tag; AAD: content algorithm  | yes     |
 * | `AESWrap`   | RFC 3394                                                 | never   |
 * | `v1`        | AES-ECB with PKCS #7 padding                             | never   |
 *
 * @module
 */

import type { EncryptionContext } from '@esdk/cmm'
import { type CryptoBackend, defaultBackend } from '@esdk/crypto-backend'
import { type BodyBackend, defaultBodyBackend } from '@esdk/crypto-backend/body'
import type { ContentSuite } from '../content-suite.ts'
import { v1Wrapping, type WrappedDataKey } from '../envelope.ts'
import type { S3Keyring } from '../materials.ts'
import { checkMaterialDescription, keyPicker } from './material-description.ts'
import { rawS3Keyring } from './raw-keyring.ts'

/** What an AES keyring for S3 objects is made of. */
export interface S3AesKeyringOptions {
  /** 16, 24 or 32 random bytes. Copied; the caller's array is not changed. */
  readonly wrappingKey: Uint8Array
  /** Stored with each object that is written. Readable by all who can read the object. Default: none. */
  readonly materialDescription?: EncryptionContext
  /** For objects whose description is exactly one of these; all others are for `wrappingKey`. */
  readonly additionalDecryptionKeys?: readonly S3AesDecryptionKey[]
  readonly backend?: AesBackend
  readonly bodyBackend?: AesBodyBackend
}

/** A key of earlier objects, or of another writer. */
export interface S3AesDecryptionKey {
  readonly materialDescription: EncryptionContext
  readonly wrappingKey: Uint8Array
}

type AesBackend = Pick<CryptoBackend, 'randomBytes' | 'importAesGcmKey'>
type AesBodyBackend = Pick<BodyBackend, 'unwrapAesKey' | 'decryptAesKey'>

const ivLength = 12
const tagLength = 16

/**
 * A keyring that wraps data keys with AES-GCM, and unwraps what older clients have wrapped with AES.
 *
 * @throws TypeError - a key that is not bytes, a description that is no object of strings or that two keys have
 * @throws RangeError - a key that is not 16, 24 or 32 bytes long
 */
export function s3AesKeyring({
  wrappingKey,
  materialDescription,
  additionalDecryptionKeys,
  backend = defaultBackend,
  bodyBackend = defaultBodyBackend,
}: S3AesKeyringOptions): S3Keyring {
  const use = (name: string, bytes: Uint8Array) => aesKey(backend, bodyBackend, name, bytes)
  const own = {
    materialDescription: checkMaterialDescription('materialDescription', materialDescription),
    key: use('wrappingKey', wrappingKey),
  }
  const keyFor = keyPicker(own, additionalDecryptionKeys, (name, given) =>
    use(`${name}.wrappingKey`, given.wrappingKey),
  )
  return rawS3Keyring(
    {
      kind: 'AES',
      writes: 'AES/GCM',
      reads: ['AES/GCM', 'AESWrap', v1Wrapping],
      materialDescription: own.materialDescription,
      wrap: own.key.wrap,
      unwrap: (wrapped, suite) => keyFor(wrapped.description).unwrap(wrapped, suite),
    },
    backend,
  )
}

interface AesKey {
  wrap(dataKey: Uint8Array, contentAlgorithm: string): Promise<Uint8Array>
  unwrap(wrapped: WrappedDataKey, suite: ContentSuite): Promise<Uint8Array | undefined>
}

function aesKey(backend: AesBackend, bodyBackend: AesBodyBackend, name: string, wrappingKey: Uint8Array): AesKey {
  const bytes = checkWrappingKey(name, wrappingKey)
  const gcm = importGcmKey(backend, bytes)
  return {
    async wrap(dataKey, contentAlgorithm) {
      const iv = backend.randomBytes(ivLength)
      const sealed = await (await gcm()).seal(iv, aadOf(contentAlgorithm), dataKey)
      return Uint8Array.of(...iv, ...sealed)
    },
    async unwrap({ algorithm, ciphertext }, { contentAlgorithm }) {
      if (algorithm === 'AESWrap') return bodyBackend.unwrapAesKey(bytes, ciphertext)
      if (algorithm === v1Wrapping) return bodyBackend.decryptAesKey(bytes, ciphertext)
      if (ciphertext.length < ivLength + tagLength) return undefined
      const iv = ciphertext.subarray(0, ivLength)
      return (await gcm()).open(iv, aadOf(contentAlgorithm), ciphertext.subarray(ivLength))
    },
  }
}

/** Imports once, when it is first needed: a platform without the key's length may still read old objects. */
function importGcmKey(backend: AesBackend, bytes: Uint8Array): () => ReturnType<AesBackend['importAesGcmKey']> {
  let key: ReturnType<AesBackend['importAesGcmKey']> | undefined
  return () => {
    key ??= backend.importAesGcmKey(bytes)
    return key
  }
}

function aadOf(contentAlgorithm: string): Uint8Array {
  return new TextEncoder().encode(contentAlgorithm)
}

/** A copy. */
function checkWrappingKey(name: string, wrappingKey: Uint8Array): Uint8Array {
  if (!(wrappingKey instanceof Uint8Array)) {
    throw new TypeError(
      `${name} must be bytes, found ${typeof wrappingKey}: decode a text in base64 or hexadecimal first`,
    )
  }
  const { length } = wrappingKey
  if (length !== 16 && length !== 24 && length !== 32) {
    throw new RangeError(`${name} must have 16, 24 or 32 bytes, found ${length}`)
  }
  return new Uint8Array(wrappingKey)
}
