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
import { type Chunks, chunksOf, collect, join, type StreamChunks } from './chunks.ts'
import type { CbcContentKey, ContentKey, GcmContentKey } from './content-key.ts'
import { longestGcmPlaintext } from './content-suite.ts'
import { ObjectNotAuthenticError, UnexpectedAnswerError } from './errors.ts'
import type { GetPlainObject } from './find-envelope.ts'

const blockLength = 16
const tagLength = 16

/** A range that was asked for, and the header that did. */
export interface RangeRequest {
  readonly asked: AskedRange
  readonly header: string
}

/** What a part of the plaintext is made of. */
export interface OpenedRange {
  readonly range: ContentRange
  readonly plaintext: AsyncGenerator<Uint8Array>
}

/**
 * @param stored - the body of the answer, unread
 * @param input - asks for the whole object
 * @throws InvalidRangeError - the range begins at or after the end of the plaintext
 * @throws UnexpectedAnswerError - the answer is another part than was asked for
 */
export async function openRange(
  contentKey: ContentKey,
  { asked, header }: RangeRequest,
  stored: StreamChunks,
  answer: GetObjectCommandOutput,
  input: GetObjectCommandInput,
  get: GetPlainObject,
): Promise<OpenedRange> {
  const fetched = fetchedRange(asked, answer)
  const size =
    contentKey.kind === 'gcm'
      ? gcmPlaintextLength(fetched.size)
      : await cbcPlaintextLength(contentKey, fetched, answer, input, get)
  const range = plaintextRange(asked, size, header)
  const body = skip(stored, firstBlock(range, contentKey) - fetched.first)
  const opened =
    contentKey.kind === 'gcm' ? openGcmRange(contentKey, range, body) : openCbcRange(contentKey, range, body)
  return { range, plaintext: opened }
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

/** Where in the body the ciphertext begins that is needed for this part. */
function firstBlock({ first }: ContentRange, { kind }: ContentKey): number {
  const start = blockStart(first)
  return kind === 'gcm' ? start : Math.max(0, start - blockLength)
}

function gcmPlaintextLength(size: number): number {
  if (size < tagLength || size - tagLength > longestGcmPlaintext) throw new ObjectNotAuthenticError('body')
  return size - tagLength
}

async function* openGcmRange(
  { key, iv }: GcmContentKey,
  range: ContentRange,
  body: Chunks,
): AsyncGenerator<Uint8Array> {
  const start = blockStart(range.first)
  const reader = key.readRange(iv, start)
  yield* cut(range, start, body, (chunk) => reader.update(chunk))
}

async function* openCbcRange(
  { key, iv }: CbcContentKey,
  range: ContentRange,
  body: Chunks,
): AsyncGenerator<Uint8Array> {
  const start = blockStart(range.first)
  const { block, rest } = start === 0 ? { block: iv, rest: body } : await firstBlockOf(body)
  const opener = key.openCbc(block)
  yield* cut(
    range,
    start,
    rest,
    (chunk) => opener.update(chunk),
    () => opener.finishWithin(),
  )
}

/** The plaintext of a range, out of blocks that begin at `start`; an end too early is an error. */
async function* cut(
  { first, last }: ContentRange,
  start: number,
  body: Chunks,
  open: (chunk: Uint8Array) => Uint8Array | Promise<Uint8Array>,
  finish?: () => Uint8Array | undefined | Promise<Uint8Array | undefined>,
): AsyncGenerator<Uint8Array> {
  let at = start
  const wanted = (plaintext: Uint8Array) => {
    const from = Math.max(0, first - at)
    const to = Math.min(plaintext.length, last + 1 - at)
    at += plaintext.length
    return plaintext.subarray(from, Math.max(from, to))
  }
  for await (const chunk of body) {
    const part = wanted(await open(chunk))
    if (part.length > 0) yield part
    if (at > last) return
  }
  const rest = await finish?.()
  if (rest !== undefined) {
    const part = wanted(rest)
    if (part.length > 0) yield part
  }
  if (at <= last) throw new ObjectNotAuthenticError('body')
}

async function* skip(body: Chunks, count: number): AsyncGenerator<Uint8Array> {
  let left = count
  for await (const chunk of body) {
    if (left < chunk.length) yield chunk.subarray(left)
    left = Math.max(0, left - chunk.length)
  }
}

async function firstBlockOf(body: AsyncGenerator<Uint8Array> | Chunks): Promise<{ block: Uint8Array; rest: Chunks }> {
  const iterator = body[Symbol.asyncIterator]()
  let start: Uint8Array = new Uint8Array(0)
  while (start.length < blockLength) {
    const next = await iterator.next()
    if (next.done) throw new ObjectNotAuthenticError('body')
    start = join([start, next.value])
  }
  async function* rest(): AsyncGenerator<Uint8Array> {
    if (start.length > blockLength) yield start.subarray(blockLength)
    yield* { [Symbol.asyncIterator]: () => iterator }
  }
  return { block: start.slice(0, blockLength), rest: rest() }
}

/**
 * How long a CBC plaintext is, only its last block tells. Where the answer does not reach it, the end is fetched: two
 * blocks.
 */
async function cbcPlaintextLength(
  contentKey: CbcContentKey,
  { size }: ContentRange,
  { ETag, VersionId }: GetObjectCommandOutput,
  input: GetObjectCommandInput,
  get: GetPlainObject,
): Promise<number> {
  if (size === 0 || size % blockLength !== 0) throw new ObjectNotAuthenticError('body')
  const first = Math.max(0, size - 2 * blockLength)
  const tail = await get({
    ...input,
    Range: `bytes=${first}-${size - 1}`,
    ...(ETag !== undefined && { IfMatch: ETag }),
    ...(VersionId !== undefined && { VersionId }),
  })
  const bytes = await collect(chunksOf(tail.Body), 2 * blockLength)
  if (bytes === undefined || bytes.length !== size - first) {
    throw new UnexpectedAnswerError('another part of the object came than was asked for')
  }
  const block = size === blockLength ? contentKey.iv : bytes.subarray(0, blockLength)
  const opener = contentKey.key.openCbc(block)
  const start = await opener.update(bytes.subarray(bytes.length - blockLength))
  const rest = await opener.finish()
  if (rest === undefined) throw new ObjectNotAuthenticError('body')
  return size - blockLength + start.length + rest.length
}
