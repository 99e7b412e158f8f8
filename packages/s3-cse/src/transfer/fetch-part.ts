/**
 * A part of a body, asked for again when the connection is lost.
 *
 * @module
 */

import type { GetObjectCommandInput, GetObjectCommandOutput } from '@aws-sdk/client-s3'
import { type ContentRange, formatContentRange } from '../byte-range.ts'
import { chunksOf, type StreamChunks } from '../chunks.ts'
import { UnexpectedAnswerError } from '../errors.ts'
import { type Attempt, retried } from './retry.ts'

/** One version of an object, and how it is asked for. */
export interface PinnedObject {
  readonly request: GetObjectCommandInput
  readonly etag: string
  get(input: GetObjectCommandInput, signal: AbortSignal): Promise<GetObjectCommandOutput>
}

const replaced = 'It was replaced meanwhile: download it anew'
const isPreconditionFailed = (error: unknown) => error instanceof Error && error.name === 'PreconditionFailed'

/**
 * Asks for an object that must not be replaced meanwhile: a condition of ours, of which the caller knows nothing.
 *
 * @throws UnexpectedAnswerError - S3 has no object with this ETag any more
 */
export function gettingUnreplaced(get: PinnedObject['get'], etag: string): PinnedObject['get'] {
  return async (input, signal) => {
    try {
      return await get(input, signal)
    } catch (error) {
      if (!isPreconditionFailed(error)) throw error
      const message = `the object no longer has the ETag ${etag}, with which it began to come. ${replaced}`
      throw new UnexpectedAnswerError(message, { cause: error })
    }
  }
}

/**
 * Reads these bytes of the body into `target`.
 *
 * @param given - an answer that has them already, unread; without a body, if that was given up
 * @throws UnexpectedAnswerError - S3 gave other bytes than it was asked for, or too few, or those of another object
 */
export async function fetchPart(
  { request, etag, get }: PinnedObject,
  wanted: ContentRange,
  target: Uint8Array,
  signal: AbortSignal,
  given?: GetObjectCommandOutput,
): Promise<void> {
  const Range = `bytes=${wanted.first}-${wanted.last}`
  await retried(async (attempt) => {
    const reuses = attempt === 1 && given?.Body !== undefined
    const answer = reuses ? given : await get({ ...request, Range }, signal)
    return readPart(answer, wanted, etag, target, signal)
  }, signal)
}

async function readPart(
  answer: GetObjectCommandOutput,
  wanted: ContentRange,
  etag: string,
  target: Uint8Array,
  signal: AbortSignal,
): Promise<Attempt<void>> {
  const body = unread(answer)
  if (body.kind === 'failed') return body
  return readAll(body.value, answer, wanted, etag, target, signal)
}

/** It may have failed already, while nobody read it. */
function unread({ Body }: GetObjectCommandOutput): Attempt<StreamChunks> {
  try {
    return { kind: 'done', value: chunksOf(Body) }
  } catch (error) {
    return { kind: 'failed', error }
  }
}

async function readAll(
  body: StreamChunks,
  answer: GetObjectCommandOutput,
  wanted: ContentRange,
  etag: string,
  target: Uint8Array,
  signal: AbortSignal,
): Promise<Attempt<void>> {
  signal.addEventListener('abort', body.close)
  let filled = 0
  try {
    signal.throwIfAborted()
    checkPart(answer, wanted, etag)
    const iterator = body[Symbol.asyncIterator]()
    for (;;) {
      const next = await iterator.next().catch((error: unknown) => ({ error }))
      signal.throwIfAborted()
      if ('error' in next) return { kind: 'failed', error: next.error }
      if (next.done) break
      const { value: chunk } = next
      if (filled + chunk.length > target.length) throw wrongLength(wanted, target.length, filled + chunk.length)
      target.set(chunk, filled)
      filled += chunk.length
    }
    if (filled < target.length) throw wrongLength(wanted, target.length, filled)
    return { kind: 'done', value: undefined }
  } catch (error) {
    body.close()
    throw error
  } finally {
    signal.removeEventListener('abort', body.close)
  }
}

function checkPart({ ContentRange: found, ETag }: GetObjectCommandOutput, wanted: ContentRange, etag: string): void {
  if (ETag !== etag) {
    throw new UnexpectedAnswerError(
      `a part of another object came: its ETag is ${ETag ?? 'missing'}, and ${etag} was asked for. ${replaced}`,
    )
  }
  const expected = formatContentRange(wanted)
  if (found !== expected) {
    throw new UnexpectedAnswerError(
      `another part came (${found ?? 'no Content-Range'}) than was asked for (${expected})`,
    )
  }
}

function wrongLength({ first, last }: ContentRange, expected: number, found: number): UnexpectedAnswerError {
  const amount = found > expected ? `${found} bytes or more` : `${found} bytes`
  return new UnexpectedAnswerError(`${amount} came for the part from ${first} to ${last}, which has ${expected}`)
}
