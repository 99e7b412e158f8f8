/**
 * A part of an object's plaintext. No tag is checked: nobody can tell whether the part was changed, though a committing
 * object has proved that the key is its own.
 *
 * @module
 */

import type { GetObjectCommandInput, GetObjectCommandOutput } from '@aws-sdk/client-s3'
import { quote } from '@esdk/cmm'
import {
  type AskedRange,
  blockStart,
  type ContentRange,
  isFetched,
  parseContentRange,
  plaintextRange,
} from './byte-range.ts'
import type { Chunks, StreamChunks } from './chunks.ts'
import type { ContentKey, GcmContentKey } from './content-key.ts'
import { longestGcmPlaintext } from './content-suite.ts'
import { cutRange, type OpenedRange, type RangeRequest, skip } from './cut-range.ts'
import { ObjectNotAuthenticError, UnexpectedAnswerError } from './errors.ts'
import type { GetPlainObject } from './find-envelope.ts'
import { sameObject } from './free-connection.ts'
import { openCbcRange } from './open-cbc-range.ts'

const tagLength = 16

/**
 * @param stored - the body of the answer, unread
 * @param input - asks for the whole object
 * @throws InvalidRangeError - the range begins at or after the end of the plaintext
 * @throws UnexpectedAnswerError - the answer is another part than was asked for
 */
export async function openRange(
  contentKey: ContentKey,
  request: RangeRequest,
  stored: StreamChunks,
  answer: GetObjectCommandOutput,
  input: GetObjectCommandInput,
  get: GetPlainObject,
): Promise<OpenedRange> {
  const fetched = fetchedRange(request.asked, answer)
  if (contentKey.kind === 'gcm') return openGcmRange(contentKey, request, fetched, stored)
  const object = sameObject(input, answer)
  return openCbcRange(contentKey, request, fetched, stored, answer, (Range) => get({ ...object, Range }))
}

function fetchedRange(asked: AskedRange, { ContentRange: header }: GetObjectCommandOutput): ContentRange {
  const fetched = parseContentRange(header ?? '')
  if (fetched === undefined || !isFetched(asked, fetched)) {
    throw new UnexpectedAnswerError(
      `another part of the object came than was asked for: ${header === undefined ? 'no Content-Range' : quote(header)}`,
    )
  }
  return fetched
}

function openGcmRange(
  contentKey: GcmContentKey,
  { asked, header }: RangeRequest,
  { first, size }: ContentRange,
  body: StreamChunks,
): OpenedRange {
  const range = plaintextRange(asked, gcmPlaintextLength(size), header)
  const needed = skip(body, blockStart(range.first) - first)
  return { range, plaintext: openGcmBlocks(contentKey, range, needed), body }
}

function gcmPlaintextLength(size: number): number {
  if (size < tagLength || size - tagLength > longestGcmPlaintext) throw new ObjectNotAuthenticError('body')
  return size - tagLength
}

async function* openGcmBlocks(
  { key, iv }: GcmContentKey,
  range: ContentRange,
  body: Chunks,
): AsyncGenerator<Uint8Array> {
  const start = blockStart(range.first)
  const reader = key.readRange(iv, start)
  yield* cutRange(range, start, body, (chunk) => reader.update(chunk))
}
