/**
 * A multipart upload whose parts are encrypted and sent at the same time.
 *
 * The tag goes behind the last part. It can be made when all parts have been encrypted, whether they were sent or not.
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
  try {
    const place = await untilAborted(upload.place, signal)
    const Parts = await sendParts(place, params, body, others, plan)
    if (settings.writesInstructionFiles) {
      // It has to be there when the object is. Not ended by the signal, so that it can be taken back.
      file = putInstructionFile(writeInstructionFile(envelope), params, others)
      await untilAborted(file, signal)
    }
    const last = { ...place, IfMatch, IfNoneMatch, MultipartUpload: { Parts } }
    return await untilAborted(complete(last, Metadata, others, signal), signal)
  } catch (error) {
    await upload.abort()
    // By now S3 has the object, or never will.
    if (file !== undefined) await endedWithin(file.then((written) => written.takeBackUnlessStored()))
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
  const sealed: Promise<void>[] = []
  const sent: CompletedPart[] = []
  await inParallel(pieces, queueSize, stop, async (piece, signal) => {
    const { number: PartNumber, bytes, room, last } = piece
    const { length } = bytes
    const sealing = sealPiece(body, piece, partSize)
    // A failure is told below.
    sealed.push(sealing.catch(() => {}))
    await sealing
    if (last) {
      await Promise.all(sealed)
      signal.throwIfAborted()
      room.set(await body.tag((PartNumber - 1) * partSize + length), length)
    }
    const Body = room.subarray(0, length + (last ? tagLength : 0))
    const part = { ...place, ChecksumAlgorithm, PartNumber, Body, ContentLength: Body.length }
    const answer = await others.uploadPart(part, signal)
    piece.release()
    sent[PartNumber - 1] = completedPart(PartNumber, answer, { ChecksumAlgorithm })
    onDone(PartNumber, length)
  })
  return sent
}

async function sealPiece(body: BodyParts, { number, bytes, room }: Piece, partSize: number): Promise<void> {
  if (number > mostParts) {
    throw new MultipartError(
      `the body has more than ${mostParts} parts of ${partSize} bytes, which is all that S3 takes: give a larger partSize`,
    )
  }
  const offset = (number - 1) * partSize
  checkPlaintextLength(offset + bytes.length)
  await inSlices(offset, bytes, room, (at, slice) => body.seal(at, slice))
}
