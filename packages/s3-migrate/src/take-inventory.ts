/**
 * How an object is encrypted, whoever may read it.
 *
 * @module
 */

import type { S3Client } from '@aws-sdk/client-s3'
import { S3EncryptionClient } from '@esdk/s3-cse'
import { look } from './look.ts'
import type { UseObject } from './migrate-object.ts'

const noKey = () => Promise.reject(new Error('an inventory asks for no key'))

/** All that is old is allowed: what is left to refuse is broken. */
const readsAll = {
  cmm: { getEncryptionMaterials: noKey, decryptMaterials: noKey },
  commitmentPolicy: 'require-encrypt-allow-decrypt',
  enableLegacyWrappingAlgorithms: true,
  enableLegacyUnauthenticatedModes: true,
  release: { mode: 'two-pass' },
} as const

export function takeInventory(plain: S3Client): UseObject {
  const encrypting = S3EncryptionClient.from(plain, readsAll)
  return async (object, { signal }) => {
    const seen = await look({ plain, encrypting }, object, signal)
    return seen.kind === 'ended' ? seen.outcome : { ...object, status: 'done', encryption: seen.found.encryption }
  }
}
