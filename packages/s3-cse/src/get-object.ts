/**
 * `GetObject`: the plaintext of an object, or of a part of it.
 *
 * @module
 */

import type { GetObjectCommandInput, GetObjectCommandOutput } from '@aws-sdk/client-s3'
import { copyContext, quote } from '@esdk/cmm'
import { answerStream } from './body-stream.ts'
import { formatContentRange, InvalidRangeError, parseRange, rangeToFetch } from './byte-range.ts'
import { type Call, isPresigned } from './call.ts'
import { chunksOf, discard, once, type StreamChunks } from './chunks.ts'
import type { RangeRequest } from './cut-range.ts'
import { NotAllowedError, notEncrypted, UnexpectedAnswerError } from './errors.ts'
import { findEnvelope, needsInstructionFile } from './find-envelope.ts'
import { freeConnection, sameObject } from './free-connection.ts'
import { openRange } from './open-range.ts'
import type { Settings } from './options.ts'
import { plainAnswer } from './plain-answer.ts'
import { type ReleasedBody, releaseBody } from './release.ts'
import { checkAllowed, unwrapContentKey } from './unwrap-content-key.ts'

type GetCall = Call<GetObjectCommandInput, GetObjectCommandOutput>

/**
 * @throws EnvelopeError, NotAllowedError, CommitmentPolicyError - before any key is asked for
 * @throws DataKeyError, EncryptionContextError, ObjectNotAuthenticError - the object cannot be opened
 * @throws BufferLimitError, InvalidRangeError - as the options and the range say
 */
export async function getObject(settings: Settings, call: GetCall): Promise<GetObjectCommandOutput> {
  const { EncryptionContext, InstructionFileSuffix: suffix, Range: header, ...input } = call.input
  const context = EncryptionContext && copyContext(EncryptionContext, 'EncryptionContext')
  checkRequest(settings, call.input)
  const range = rangeRequest(header)
  let answer = await fetchObject({ ...call, input }, range)
  if (isPresigned(answer)) return answer
  let body = chunksOf(answer.Body)
  try {
    const needsFile = needsInstructionFile(settings, answer.Metadata ?? {})
    const held = needsFile ? await heldBody(settings, answer, body) : undefined
    const envelope = await findEnvelope(settings, answer.Metadata ?? {}, input, suffix, call.send)
    if (held !== undefined) answer = { ...answer, Body: held }
    else if (needsFile) answer = await fetchAgain({ ...call, input }, answer, range)
    if (needsFile) body = chunksOf(answer.Body)
    if (envelope === undefined) {
      return await passUnencrypted(settings, call, answer, body, range)
    }
    checkAllowed(settings, envelope)
    const contentKey = await unwrapContentKey(settings, envelope, context, call.signal)
    const plain = plainAnswer(answer, envelope)
    if (range === undefined || answer.ContentRange === undefined) {
      checkWhole(answer)
      return {
        ...plain,
        ...released(await releaseBody(settings, contentKey, body, answer, input, call.send), answer),
      }
    }
    const opened = await openRange(contentKey, range, body, answer, input, call.send)
    return {
      ...plain,
      ...released({ ...opened, length: opened.range.last - opened.range.first + 1 }, answer),
      ContentRange: formatContentRange(opened.range),
    }
  } catch (error) {
    body.close()
    throw error
  }
}

function checkRequest({ readsRanges }: Settings, { Range, PartNumber }: GetObjectCommandInput): void {
  if (PartNumber !== undefined) {
    throw new TypeError('PartNumber names a part of the ciphertext, which cannot be decrypted by itself: use Range')
  }
  if (Range !== undefined && !readsRanges) {
    throw new NotAllowedError(
      'a part of an object was asked for, and no tag tells whether a part was changed',
      "rangedGet: 'unauthenticated'",
    )
  }
}

function rangeRequest(header: string | undefined): RangeRequest | undefined {
  const asked = header === undefined ? undefined : parseRange(header)
  return asked && { asked, header: header as string }
}

async function fetchAgain(
  call: GetCall,
  before: GetObjectCommandOutput,
  range: RangeRequest | undefined,
): Promise<GetObjectCommandOutput> {
  const again = await fetchObject({ ...call, input: sameObject(call.input, before) }, range)
  // Not every server that speaks S3 knows If-Match.
  if (again.ETag === before.ETag) return again
  discard(again.Body)
  throw new UnexpectedAnswerError('the object was replaced while its instruction file was asked for')
}

async function fetchObject({ input, send }: GetCall, range: RangeRequest | undefined): Promise<GetObjectCommandOutput> {
  if (range === undefined) return send(input)
  try {
    return await send({ ...input, Range: rangeToFetch(range.asked) })
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'InvalidRange') throw error
    throw new InvalidRangeError(range.header, undefined, { cause: error })
  }
}

/** The body while its instruction file is asked for: as a body of its own, or not any more. */
async function heldBody(
  { release }: Settings,
  { ContentLength: length, Body: origin }: GetObjectCommandOutput,
  body: StreamChunks,
): Promise<GetObjectCommandOutput['Body']> {
  const bytes = await freeConnection(body, length, typeof release === 'object' ? release.maxBytes : undefined)
  if (bytes === undefined) return undefined
  return answerStream(once(bytes), origin, () => {}) as NonNullable<GetObjectCommandOutput['Body']>
}

/** An object without an envelope, as it is, where that is allowed. */
async function passUnencrypted(
  { passesUnencrypted }: Settings,
  { input, send }: GetCall,
  answer: GetObjectCommandOutput,
  body: StreamChunks,
  range: RangeRequest | undefined,
): Promise<GetObjectCommandOutput> {
  if (!passesUnencrypted) throw notEncrypted()
  if (range === undefined) return answer
  // More than the caller asked for has been fetched.
  body.close()
  return send(input)
}

/** A part where the whole was asked for: something between us and S3 asks by itself. */
export function checkWhole({ ContentRange: range }: GetObjectCommandOutput): void {
  if (range === undefined) return
  throw new UnexpectedAnswerError(`a part of the object came (${quote(range)}) where the whole was asked for`)
}

function released(
  { plaintext, length, body }: ReleasedBody,
  { Body: origin }: GetObjectCommandOutput,
): Pick<GetObjectCommandOutput, 'Body' | 'ContentLength'> {
  return {
    Body: answerStream(plaintext, origin, () => body.close()) as NonNullable<GetObjectCommandOutput['Body']>,
    ...(length !== undefined && { ContentLength: length }),
  }
}
