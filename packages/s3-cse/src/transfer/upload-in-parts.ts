/**
 * A multipart upload in encrypted parts.
 *
 * They are encrypted one after the other, and sent at the same time. The tag goes behind the last part.
 *
 * @module
 */

import type {
  CompletedPart,
  CompleteMultipartUploadCommandInput,
  CompleteMultipartUploadCommandOutput,
  PutObjectCommandInput,
} from '@aws-sdk/client-s3'
import { copyContext, untilAborted } from '@esdk/cmm'
import type { BodyParts } from '@esdk/crypto-backend/body'
import { checkPlaintextLength } from '../body.ts'
import type { OtherOperations } from '../call.ts'
import type { ClientParts } from '../client-parts.ts'
import type { ObjectMetadata } from '../envelope.ts'
import { MultipartError } from '../errors.ts'
import { locationOf } from '../find-envelope.ts'
import { writeInstructionFile } from '../instruction-file.ts'
import { completedPart } from '../multipart-operations.ts'
import { mostParts } from '../multipart-upload.ts'
import { newEnvelope } from '../new-envelope.ts'
import { checkMetadataSize, checkOwnMetadata, writeObjectMetadata } from '../object-metadata.ts'
import { type PutInstructionFile, putInstructionFile } from '../put-instruction-file.ts'
import { headIfWritten } from '../repeated-request.ts'
import { checkWritableRequest } from '../request-rules.ts'
import { BegunUpload, type UploadPlace } from './begun-upload.ts'
import type { Piece } from './body-pieces.ts'
import { BufferPool } from './buffer-pool.ts'
import { endedWithin } from './ended-within.ts'
import { inParallel } from './in-parallel.ts'
import { inSlices } from './in-slices.ts'

export interface UploadRequest {
  readonly params: Omit<PutObjectCommandInput, 'Body' | 'ContentLength'>
  /** Bytes of the plaintext, where they are known. */
  readonly length: number | undefined
}

/** Bytes that GCM adds to a body. */
export const tagLength = 16

interface Plan {
  readonly pieces: AsyncGenerator<Piece>
  /** Of each piece but the last, in bytes. */
  readonly partSize: number
  readonly queueSize: number
  readonly stop: AbortController
  readonly onDone: (part: number, length: number) => void
}

/**
 * @throws the first failure; then the upload is aborted at S3
 */
export async function uploadInParts(
  client: ClientParts,
  { params, length }: UploadRequest,
  plan: Plan,
): Promise<CompleteMultipartUploadCommandOutput> {
  const { settings, others } = client
  const { EncryptionContext, IfMatch, IfNoneMatch, ...request } = params
  const { signal } = plan.stop
  checkWritableRequest(params)
  const own = checkOwnMetadata(params.Metadata ?? {})
  const context = copyContext(EncryptionContext ?? {}, 'EncryptionContext')
  const { envelope, contentKey } = await untilAborted(newEnvelope(settings, context, length, signal), signal)
  const Metadata = { ...own, ...writeObjectMetadata(envelope, length) }
  checkMetadataSize(Metadata)
  const body = contentKey.key.bodyInParts(contentKey.iv, contentKey.aad)
  const upload = new BegunUpload({ ...request, Metadata }, others)
  let file: Promise<PutInstructionFile> | undefined
  let isCompleting = false
  try {
    const place = await untilAborted(upload.place, signal)
    const Parts = await sendParts(place, params, body, others, plan)
    if (settings.writesInstructionFiles) {
      // It has to be there when the object is. Not ended by the signal, so that it can be taken back.
      file = putInstructionFile(writeInstructionFile(envelope), params, others)
      await untilAborted(file, signal)
    }
    const last = { ...place, IfMatch, IfNoneMatch, MultipartUpload: { Parts } }
    isCompleting = true
    const answer = await untilAborted(complete(last, Metadata, others, signal), signal)
    await (await file)?.keepFor(answer.ETag)
    return answer
  } catch (error) {
    const isAborted = await upload.abort()
    const takeBack = (written: PutInstructionFile) =>
      isCompleting ? written.takeBackUnlessStored(error, isAborted) : written.takeBack()
    if (file !== undefined) await endedWithin(file.then(takeBack))
    throw error
  } finally {
    body.zero()
  }
}

async function complete(
  request: CompleteMultipartUploadCommandInput,
  written: ObjectMetadata,
  others: OtherOperations,
  signal: AbortSignal,
): Promise<CompleteMultipartUploadCommandOutput> {
  try {
    return await others.completeMultipartUpload(request, signal)
  } catch (error) {
    const { $metadata, ETag, VersionId } = await headIfWritten(
      error,
      written,
      locationOf(request, request.Key ?? ''),
      others,
    )
    const { Bucket, Key } = request
    return { $metadata, Bucket, Key, ETag, VersionId }
  }
}

async function sendParts(
  place: UploadPlace,
  { ChecksumAlgorithm }: UploadRequest['params'],
  body: BodyParts,
  others: OtherOperations,
  { pieces, partSize, queueSize, stop, onDone }: Plan,
): Promise<CompletedPart[]> {
  const sent: CompletedPart[] = []
  await inParallel(sealedParts(pieces, body, partSize), queueSize, stop, async (sealed, signal) => {
    const { number: PartNumber, bytes: Body, length } = sealed
    const part = { ...place, ChecksumAlgorithm, PartNumber, Body, ContentLength: Body.length }
    const answer = await others.uploadPart(part, signal)
    sealed.release()
    sent[PartNumber - 1] = completedPart(PartNumber, answer, { ChecksumAlgorithm })
    onDone(PartNumber, length)
  })
  return sent
}

interface SealedPart {
  /** From 1 on. */
  readonly number: number
  /** The ciphertext, and behind that of the last part the tag. */
  readonly bytes: Uint8Array
  /** Bytes of the plaintext. */
  readonly length: number
  /** The part has been sent: others use its memory. */
  release(): void
}

/**
 * The parts, sealed one after the other.
 *
 * A part may still be on its way when its answer is there: a server may answer early, and Node sends from this memory,
 * without a copy of its own. So what was sent from never gets anything but ciphertext of this object. A part that is
 * sent with bytes of another one was answered before them, and neither its checksum nor the tag of the object is right
 * with them.
 */
async function* sealedParts(
  pieces: AsyncGenerator<Piece>,
  body: BodyParts,
  partSize: number,
): AsyncGenerator<SealedPart> {
  const pool = new BufferPool(partSize + tagLength)
  let room: Uint8Array<ArrayBuffer> | undefined
  for await (const { offset, bytes, last, room: own } of pieces) {
    const here = room ?? own ?? pool.take()
    const number = Math.floor(offset / partSize) + 1
    const at = offset % partSize
    const length = at + bytes.length
    checkPlace(number, offset + bytes.length, partSize)
    await inSlices(offset, bytes, here.subarray(at), (place, slice) => body.seal(place, slice))
    if (last) here.set(await body.tag(offset + bytes.length), length)
    const isWhole = last || length === partSize
    room = isWhole ? undefined : here
    const sealed = here.subarray(0, length + (last ? tagLength : 0))
    if (isWhole) yield { number, bytes: sealed, length, release: () => pool.give(here) }
  }
}

/** @throws MultipartError, BodyLengthError - no object has so many parts, or so many bytes */
function checkPlace(number: number, end: number, partSize: number): void {
  if (number > mostParts) {
    throw new MultipartError(
      `the body has more than ${mostParts} parts of ${partSize} bytes, which is all that S3 takes: give a larger partSize`,
    )
  }
  checkPlaintextLength(end)
}
