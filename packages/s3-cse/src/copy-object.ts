/**
 * `CopyObject`: ciphertext, and the envelope without which nobody could read it.
 *
 * @module
 */

import type { CopyObjectCommandInput, CopyObjectCommandOutput, HeadObjectCommandOutput } from '@aws-sdk/client-s3'
import { type Call, isNoSuchKey, type OtherOperations } from './call.ts'
import { type CopySource, parseCopySource } from './copy-source.ts'
import type { ObjectMetadata } from './envelope.ts'
import { envelopePairs } from './envelope-pairs.ts'
import { EnvelopeError } from './errors.ts'
import { getInstructionFile } from './find-envelope.ts'
import { instructionFileKey } from './instruction-file.ts'
import { checkMetadataSize, checkOwnMetadata, type ObjectEnvelope, readObjectMetadata } from './object-metadata.ts'
import { putInstructionFile } from './put-instruction-file.ts'

type CopyCall = Call<CopyObjectCommandInput, CopyObjectCommandOutput>

/**
 * New metadata keeps the envelope of the source, and an instruction file is copied along.
 *
 * @throws TypeError - the new metadata has names that belong to envelopes
 * @throws EnvelopeError - the new metadata and the envelope are too long together, or a file that is needed is missing
 */
export async function copyObject({
  input,
  send,
  others,
  signal,
  presigns,
}: CopyCall): Promise<CopyObjectCommandOutput> {
  const source = parseCopySource(input.CopySource ?? '')
  const head = await others.headObject({ ...source, ...readingRights(input) }, signal)
  // Of the object that was looked at, should another take its place meanwhile.
  const pinned = { ...input, CopySourceIfMatch: input.CopySourceIfMatch ?? head.ETag }
  const request = input.MetadataDirective === 'REPLACE' ? withEnvelopeOf(head, pinned) : pinned
  const body = await instructionFileOf(head, source, input, others, signal)
  if (body === undefined) return send(request)
  if (await presigns?.()) {
    throw new TypeError(
      'a presigned CopyObject would copy the object without its instruction file, and nobody could read it: copy it here',
    )
  }
  const file = await putInstructionFile(body, input, others, signal)
  try {
    const answer = await send(request)
    await file.keepFor(answer.CopyObjectResult?.ETag)
    return answer
  } catch (error) {
    await file.takeBackUnlessStored(error)
    throw error
  }
}

function withEnvelopeOf(
  { Metadata: old = {} }: HeadObjectCommandOutput,
  input: CopyObjectCommandInput,
): CopyObjectCommandInput {
  const metadata = { ...checkOwnMetadata(input.Metadata ?? {}), ...envelopePairs(old) }
  checkMetadataSize(metadata)
  return { ...input, Metadata: metadata }
}

async function instructionFileOf(
  { Metadata = {} }: HeadObjectCommandOutput,
  source: CopySource,
  input: CopyObjectCommandInput,
  { getObject, headObject }: OtherOperations,
  signal: AbortSignal | undefined,
): Promise<Uint8Array | undefined> {
  const kind = envelopeKind(Metadata)
  const ontoItself = source.Bucket === input.Bucket && source.Key === input.Key
  if (kind === 'complete' || ontoItself) return undefined
  const { Bucket, Key } = source
  const place = { Bucket, Key: instructionFileKey(Key), ...readingRights(input) }
  const body = await getInstructionFile(place, (request) => getObject(request, signal))
  if (body !== undefined && !(await isCurrent(source, input, headObject, signal))) {
    throw new EnvelopeError(
      'ERR_ESDK_S3_INSTRUCTION_FILE',
      `the data key of this version of the source is in an instruction file, and nobody knows which version of ${JSON.stringify(place.Key)} it is: copy both with a client that does not encrypt`,
    )
  }
  if (body !== undefined || kind === 'absent') return body
  throw new EnvelopeError(
    'ERR_ESDK_S3_INSTRUCTION_FILE',
    `the data key of the source is in the instruction file ${JSON.stringify(place.Key)}, which does not exist: nobody could read the copy`,
  )
}

/** Is it the version that the instruction file of today is for? */
async function isCurrent(
  { VersionId: wanted, ...current }: CopySource,
  input: CopyObjectCommandInput,
  headObject: OtherOperations['headObject'],
  signal: AbortSignal | undefined,
): Promise<boolean> {
  if (wanted === undefined) return true
  const head = await headObject({ ...current, ...readingRights(input) }, signal).catch((error: unknown) => {
    if (!isNoSuchKey(error)) throw error
  })
  return head !== undefined && (head.VersionId ?? 'null') === wanted
}

/** An envelope that cannot be understood is copied as it is: reading it is another matter. */
function envelopeKind(metadata: ObjectMetadata): ObjectEnvelope['kind'] {
  try {
    return readObjectMetadata(metadata).kind
  } catch {
    return 'complete'
  }
}

function readingRights({
  CopySourceSSECustomerAlgorithm: SSECustomerAlgorithm,
  CopySourceSSECustomerKey: SSECustomerKey,
  CopySourceSSECustomerKeyMD5: SSECustomerKeyMD5,
  ExpectedSourceBucketOwner: ExpectedBucketOwner,
  RequestPayer,
}: CopyObjectCommandInput) {
  return {
    ...(SSECustomerAlgorithm !== undefined && { SSECustomerAlgorithm, SSECustomerKey, SSECustomerKeyMD5 }),
    ...(ExpectedBucketOwner !== undefined && { ExpectedBucketOwner }),
    ...(RequestPayer !== undefined && { RequestPayer }),
  }
}
