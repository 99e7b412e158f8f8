/**
 * The objects of the vectors as they stood in their buckets, and what their readers were made of.
 *
 * @module
 */

import { s3AesKeyring } from '../packages/s3-cse/src/keyrings/aes-keyring.ts'
import { s3KmsKeyring } from '../packages/s3-cse/src/keyrings/kms-keyring.ts'
import { s3RsaKeyring } from '../packages/s3-cse/src/keyrings/rsa-keyring.ts'
import type { S3Keyring } from '../packages/s3-cse/src/materials.ts'
import type { S3EncryptionOptions } from '../packages/s3-cse/src/options.ts'
import { MemoryS3 } from '../packages/s3-cse/test/memory-s3.ts'
import {
  bodyOf,
  instructionFilesOf,
  replayingS3Kms,
  type S3DecryptRequest,
  type S3KeyRef,
  type S3Vector,
  s3VectorKeys,
} from './s3-vectors.ts'
import { fromBase64 } from './source.ts'

/** `asked` gets every request to AWS KMS. */
export function keyringOf({ type, id }: S3KeyRef, asked: S3DecryptRequest[] = []): S3Keyring {
  switch (type) {
    case 'aes':
      return s3AesKeyring({ wrappingKey: fromBase64(s3VectorKeys.aes[id]?.base64 ?? '') })
    case 'rsa':
      return s3RsaKeyring({ privateKey: s3VectorKeys.rsa[id]?.privateKeyPem ?? '' })
    case 'kms':
      return s3KmsKeyring({ keyId: s3VectorKeys.kms[id]?.arn ?? '', client: replayingS3Kms(asked) })
  }
}

/** What the entry says that the reader allows; where it says nothing, no more than the object needs. */
export function optionsOf({ mode, needs }: S3Vector): Omit<S3EncryptionOptions, 'keyring'> {
  const { legacyWrapping, legacyUnauthenticated } = mode ?? needs
  const strict = mode === undefined ? !needs.nonCommitting : mode.commitmentPolicy === 'REQUIRE_ENCRYPT_REQUIRE_DECRYPT'
  return {
    enableLegacyWrappingAlgorithms: legacyWrapping,
    enableLegacyUnauthenticatedModes: legacyUnauthenticated,
    commitmentPolicy: strict ? 'require-encrypt-require-decrypt' : 'require-encrypt-allow-decrypt',
  }
}

/** A fresh S3 that holds the object and its instruction files. */
export async function storedVector(vector: S3Vector): Promise<MemoryS3> {
  const s3 = new MemoryS3()
  s3.put(vector.key, await bodyOf(vector), vector.metadata)
  for (const { suffix, metadata, body } of instructionFilesOf(vector)) {
    s3.put(vector.key + suffix, new TextEncoder().encode(body), metadata)
  }
  return s3
}
