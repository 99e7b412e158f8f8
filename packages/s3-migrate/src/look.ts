/**
 * A look at an object, before anything is done with it. No key is asked for.
 *
 * @module
 */

import { HeadObjectCommand, type S3Client } from '@aws-sdk/client-s3'
import type { ClientSideEncryption, InspectionRefusal, InspectObjectCommandOutput } from '@esdk/s3-cse'
import { InspectObjectCommand, type S3EncryptionClient } from '@esdk/s3-cse'
import type { MigrationObject, MigrationOutcome, SkipReason } from './outcome.ts'

/** What was found, or what there is to say without doing more. */
export type Look =
  | { readonly kind: 'found'; readonly found: FoundObject }
  | { readonly kind: 'ended'; readonly outcome: MigrationOutcome }

export type FoundObject = Pick<InspectObjectCommandOutput, 'ETag' | 'VersionId' | 'ContentLength'> & {
  readonly encryption: ClientSideEncryption
}

interface Clients {
  readonly plain: S3Client
  /** With what it allows. */
  readonly encrypting: S3EncryptionClient
}

export async function look(
  { plain, encrypting }: Clients,
  object: MigrationObject,
  signal: AbortSignal,
): Promise<Look> {
  const { bucket: Bucket, key: Key, versionId: VersionId } = object
  const abort = { abortSignal: signal }
  const input = { Bucket, Key, ...(VersionId !== undefined && { VersionId }) }
  const answer = await encrypting.send(new InspectObjectCommand(input), abort)
  const { ClientSideEncryption: encryption, Refusals } = answer
  const [refusal] = Refusals
  if (refusal?.code === 'ERR_ESDK_S3_NOT_ENCRYPTED') {
    const { Metadata = {} } = await plain.send(new HeadObjectCommand(input), abort)
    return skipped(object, instructionFileMark in Metadata ? 'instruction-file' : 'not-encrypted')
  }
  if (encryption === undefined || refusal !== undefined) return refused(object, refusal)
  return { kind: 'found', found: { ...answer, encryption } }
}

/** The metadata by which clients know the files that they write. */
const instructionFileMark = 'x-amz-crypto-instr-file'

export function skipped(object: MigrationObject, reason: SkipReason): Look {
  return { kind: 'ended', outcome: { ...object, status: 'skipped', reason } }
}

function refused(object: MigrationObject, refusal: InspectionRefusal | undefined): Look {
  const { code = 'ERR_ESDK_S3_METADATA', message = 'the envelope cannot be understood' } = refusal ?? {}
  return { kind: 'ended', outcome: { ...object, status: 'failed', code, message, temporary: false } }
}
