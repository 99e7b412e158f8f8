/**
 * Answers of S3 about an encrypted object, as if it were not.
 *
 * @module
 */

import type { GetObjectCommandOutput, HeadObjectCommandOutput } from '@aws-sdk/client-s3'
import { describeEncryption } from './client-side-encryption.ts'
import type { Envelope } from './envelope.ts'
import { withoutEnvelope } from './object-metadata.ts'

/**
 * Without the envelope, and without what S3 says of the ciphertext: its length, its range, its checksums. The ETag stays;
 * it names the object.
 */
export function plainAnswer<Answer extends GetObjectCommandOutput | HeadObjectCommandOutput>(
  answer: Answer,
  envelope: Envelope,
): Answer {
  const kept = Object.entries(answer).filter(([name]) => !name.startsWith('Checksum') && !ofCiphertext.includes(name))
  return {
    ...(Object.fromEntries(kept) as Answer),
    Metadata: withoutEnvelope(answer.Metadata ?? {}),
    ClientSideEncryption: describeEncryption(envelope),
  }
}

const ofCiphertext: readonly string[] = ['ContentLength', 'ContentRange']
