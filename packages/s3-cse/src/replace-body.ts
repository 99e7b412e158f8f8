/**
 * A new body in the place of an object, if it is still the same object: in one request, or in parts.
 *
 * @module
 */

import type { CompletedPart, PutObjectCommandInput } from '@aws-sdk/client-s3'
import { untilAborted } from '@esdk/cmm'
import type { OtherOperations } from './call.ts'
import { collect, inPieces } from './chunks.ts'
import { UnexpectedAnswerError } from './errors.ts'
import { locationOf } from './find-envelope.ts'
import { headIfWritten } from './repeated-request.ts'
import type { ReplacedFile } from './replace-instruction-file.ts'
import { sendableBody, sendsStreams } from './sendable-body.ts'
import type { Written } from './store-envelope.ts'
import { BegunUpload } from './transfer/begun-upload.ts'

/** Bytes of a part, and of a body that is held whole. */
const partLength: number = 16 * 1024 * 1024

/** S3 takes no longer body in one request, in bytes. */
const longestPut = 5 * 1024 ** 3

/** How long S3 may take to tell what is there, in ms. */
const lookMs = 3000

/** Of each part, and of these together. */
const ChecksumAlgorithm = 'CRC32' as const

/** A body of ciphertext. `most`: bytes that it has at most; `length`: bytes that it has, where that is known. */
export interface NewBody {
  readonly chunks: AsyncGenerator<Uint8Array>
  readonly length: number | undefined
  readonly most: number | undefined
}

/** What a request for the object has beside its body, and the condition that it is still the same. */
export type Replacement = Omit<PutObjectCommandInput, 'Body'> & {
  readonly IfMatch: string
  readonly Metadata: Record<string, string>
}

/** Writes the file that the object needs. */
export type WriteFile = () => Promise<ReplacedFile>

/**
 * When the chunks end with an error, nothing is written.
 *
 * @param writesFile - called when all of the body is known to be authentic and S3 has it, just before the object is there
 */
export async function replaceBody(
  request: Replacement,
  body: NewBody,
  others: OtherOperations,
  signal: AbortSignal | undefined,
  writesFile?: WriteFile,
): Promise<Written> {
  try {
    return await sendBody(request, body, others, signal, writesFile)
  } catch (error) {
    return headIfWritten(error, request.Metadata, locationOf(request, request.Key ?? ''), others)
  }
}

async function sendBody(
  request: Replacement,
  { chunks, length, most }: NewBody,
  others: OtherOperations,
  signal: AbortSignal | undefined,
  writesFile: WriteFile | undefined,
): Promise<Written> {
  // An upload in parts can be aborted: then it is certain that nobody needs the file.
  if (writesFile !== undefined) return replaceInParts(request, chunks, others, signal, writesFile)
  if (most !== undefined && most <= partLength) {
    const Body = await collect(chunks, partLength)
    if (Body === undefined) throw new UnexpectedAnswerError('the body of the object is longer than S3 said')
    return others.putObject({ ...request, Body, ContentLength: Body.length }, signal)
  }
  if (!sendsStreams || length === undefined || length > longestPut) {
    return replaceInParts(request, chunks, others, signal)
  }
  const { Body, close } = await sendableBody(chunks)
  try {
    return await others.putObject({ ...request, Body, ContentLength: length }, signal)
  } catch (error) {
    close()
    throw error
  }
}

async function replaceInParts(
  { IfMatch, ...request }: Replacement,
  chunks: AsyncGenerator<Uint8Array>,
  others: OtherOperations,
  signal: AbortSignal | undefined,
  writesFile?: WriteFile,
): Promise<Written> {
  let file: ReplacedFile | undefined
  const upload = new BegunUpload({ ...request, ChecksumAlgorithm }, others)
  try {
    const place = await untilAborted(upload.place, signal)
    const parts: CompletedPart[] = []
    for await (const Body of inPieces(partLength, chunks)) {
      const PartNumber = parts.length + 1
      const part = { ...place, ChecksumAlgorithm, PartNumber, Body, ContentLength: Body.length }
      const { ETag, ChecksumCRC32 } = await others.uploadPart(part, signal)
      parts.push({ PartNumber, ETag, ChecksumCRC32 })
    }
    const whole = { ...place, IfMatch, MultipartUpload: { Parts: parts } }
    file = await writesFile?.()
    return await others.completeMultipartUpload(whole, signal)
  } catch (error) {
    const isAborted = await upload.abort()
    await file?.takeBackAfter(error, isAborted && (await isStill(IfMatch, request, others)))
    throw error
  }
}

/** Is the object the one that was to be replaced? */
async function isStill(
  etag: string,
  request: Omit<Replacement, 'IfMatch'>,
  { headObject }: OtherOperations,
): Promise<boolean> {
  const head = await headObject(locationOf(request, request.Key ?? ''), AbortSignal.timeout(lookMs)).catch(
    () => undefined,
  )
  return head?.ETag === etag
}
