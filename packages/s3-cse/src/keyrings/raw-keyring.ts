/**
 * What keyrings have in common that wrap data keys with a key of the caller.
 *
 * @module
 */

import {
  type CallOptions,
  checkNoDataKey,
  DataKey,
  type EncryptionContext,
  EncryptionContextError,
  isEsdkError,
  newDataKey,
  PlatformError,
} from '@esdk/cmm'
import { type CryptoBackend, UnsupportedAlgorithmError } from '@esdk/crypto-backend'
import { type ContentSuite, newDataKeyLength } from '../content-suite.ts'
import type { WrappedDataKey, WrappingAlgorithm, WritingAlgorithm } from '../envelope.ts'
import { DataKeyError } from '../errors.ts'
import type { ObjectEncryptionMaterials, ReadyObjectEncryptionMaterials, S3Keyring } from '../materials.ts'
import { checkKeyLength, checkReads, fitsKeyLength } from './wrapping-rules.ts'

/** What one kind of key does. */
export interface RawWrapping {
  /** For sentences: `AES`, `RSA`. */
  readonly kind: string
  readonly writes: Exclude<WritingAlgorithm, 'kms+context'>
  readonly reads: readonly WrappingAlgorithm[]
  readonly materialDescription: EncryptionContext
  /** The wrapped data key, bound to the content algorithm. */
  readonly wrap: (dataKey: Uint8Array, contentAlgorithm: string) => Promise<Uint8Array>
  /** `undefined` for every failure alike. */
  readonly unwrap: (wrapped: WrappedDataKey, suite: ContentSuite) => Promise<Uint8Array | undefined>
}

/** A keyring that wraps and unwraps so. */
export function rawS3Keyring(wrapping: RawWrapping, backend: Pick<CryptoBackend, 'randomBytes'>): S3Keyring {
  return {
    onEncrypt: (materials, options) => wrapInto(wrapping, backend, materials, options),
    async onDecrypt(materials, wrappedDataKey, options) {
      options?.signal?.throwIfAborted()
      checkNoDataKey(materials)
      checkReads(`an ${wrapping.kind} keyring`, wrapping.reads, wrappedDataKey.algorithm)
      const { suite, encryptionContext } = materials
      checkNoContext(wrapping.kind, encryptionContext)
      const bytes = await onPlatform(() => wrapping.unwrap(wrappedDataKey, suite))
      return Object.freeze({ suite, encryptionContext, dataKey: unwrappedKey(wrapping.kind, bytes, suite) })
    },
  }
}

async function wrapInto(
  { kind, writes, materialDescription, wrap }: RawWrapping,
  backend: Pick<CryptoBackend, 'randomBytes'>,
  materials: ObjectEncryptionMaterials,
  options: CallOptions | undefined,
): Promise<ReadyObjectEncryptionMaterials> {
  options?.signal?.throwIfAborted()
  const { suite, encryptionContext } = materials
  checkNoContext(kind, encryptionContext)
  const dataKey = materials.dataKey ?? (await onPlatform(async () => newDataKey(backend, newDataKeyLength)))
  try {
    checkKeyLength(dataKey, suite)
    const ciphertext = await onPlatform(() => wrap(dataKey.expose(), suite.contentAlgorithm))
    const wrappedDataKey = Object.freeze({ algorithm: writes, ciphertext, description: materialDescription })
    return Object.freeze({ suite, encryptionContext, dataKey, wrappedDataKey })
  } catch (error) {
    if (materials.dataKey === undefined) dataKey.zero()
    throw error
  }
}

/** A context that nothing authenticates must not look as if something did. */
function checkNoContext(kind: string, context: EncryptionContext = {}): void {
  const count = Object.keys(context).length
  if (count === 0) return
  throw new EncryptionContextError(
    `the encryption context has ${count} pair(s), and an ${kind} keyring can neither store nor check them: leave it out, or use s3KmsKeyring`,
  )
}

/** One text for all: which check failed is nobody's business. */
function unwrappedKey(kind: string, bytes: Uint8Array | undefined, suite: ContentSuite): DataKey {
  try {
    if (bytes !== undefined && fitsKeyLength(bytes, suite)) return new DataKey(bytes)
    throw new DataKeyError(
      `the data key of the object does not unwrap: another ${kind} key has wrapped it, it is for another content algorithm, or its bytes were changed`,
    )
  } finally {
    bytes?.fill(0)
  }
}

/** Whatever a platform throws is our error: that it has no such algorithm, or that it fails. */
async function onPlatform<Value>(use: () => Promise<Value>): Promise<Value> {
  try {
    return await use()
  } catch (error) {
    throw isEsdkError(error) && !(error instanceof UnsupportedAlgorithmError) ? error : new PlatformError(error)
  }
}
