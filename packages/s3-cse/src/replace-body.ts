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
import { sendableBody, sendsStreams } from './sendable-body.ts'
import type { Written } from './store-envelope.ts'
import { BegunUpload } from './transfer/begun-upload.ts'

/** Bytes of a part, and of a body that is held whole. */
const partLength: number = 16 * 1024 * 1024

/** S3 takes no longer body in one request, in bytes. */
const longestPut = 5 * 1024 ** 3

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

/** Sends a request, with what has to be done beside it. */
export type Store = (send: () => Promise<Written>) => Promise<Written>

const atOnce: Store = (send) => send()

/**
 * When the chunks end with an error, nothing is written.
 *
 * @param store - sends the request after which the object is there, when all of the body is known to be authentic
 */
export async function replaceBody(
  request: Replacement,
  body: NewBody,
  others: OtherOperations,
  signal: AbortSignal | undefined,
  store?: Store,
): Promise<Written> {
  try {
    return await sendBody(request, body, others, signal, store)
  } catch (error) {
    return headIfWritten(error, request.Metadata, locationOf(request, request.Key ?? ''), others)
  }
}

async function sendBody(
  request: Replacement,
  { chunks, length, most }: NewBody,
  others: OtherOperations,
  signal: AbortSignal | undefined,
  store: Store | undefined,
): Promise<Written> {
  if (most !== undefined && most <= partLength) {
    const Body = await collect(chunks, partLength)
    if (Body === undefined) throw new UnexpectedAnswerError('the body of the object is longer than S3 said')
    return (store ?? atOnce)(() => others.putObject({ ...request, Body, ContentLength: Body.length }, signal))
  }
  // The body of a stream is known to be authentic at its end only, when it has been sent.
  if (store !== undefined || !sendsStreams || length === undefined || length > longestPut) {
    return replaceInParts(request, chunks, others, signal, store ?? atOnce)
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
  store: Store,
): Promise<Written> {
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
    return await store(() => others.completeMultipartUpload(whole, signal))
  } catch (error) {
    await upload.abort()
    throw error
  }
}
