/**
 * A part of the plaintext of a CBC body.
 *
 * @module
 */

import type { GetObjectCommandOutput } from '@aws-sdk/client-s3'
import { type AskedRange, blockStart, type ContentRange, plaintextRange, rangeToFetch } from './byte-range.ts'
import { type Chunks, chunksOf, collect, join, type StreamChunks } from './chunks.ts'
import type { CbcContentKey } from './content-key.ts'
import { cutRange, type OpenedRange, type RangeRequest, skip } from './cut-range.ts'
import { ObjectNotAuthenticError, UnexpectedAnswerError } from './errors.ts'
import { freeConnection } from './free-connection.ts'

const blockLength = 16

/** Asks for a part of the same object. */
type GetPart = (range: string) => Promise<GetObjectCommandOutput>

/**
 * How long a CBC plaintext is, only its last block tells. Where that was not fetched, it is asked for, while no body
 * keeps a connection: a long one is asked for again afterwards.
 */
export async function openCbcRange(
  contentKey: CbcContentKey,
  { asked, header }: RangeRequest,
  fetched: ContentRange,
  stored: StreamChunks,
  answer: GetObjectCommandOutput,
  get: GetPart,
): Promise<OpenedRange> {
  const { first, last, size } = fetched
  if (size % blockLength !== 0) throw new ObjectNotAuthenticError('body')
  const held = await freeConnection(stored, last + 1 - first)
  const end = endWithin(held, fetched) ?? (await fetchEnd(size, get))
  const range = plaintextRange(asked, await cbcPlaintextLength(contentKey, end, size), header)
  const body = held === undefined ? await fetchAgain(asked, answer, get) : chunksOf([held])
  // The block before the first one is its IV.
  const needed = skip(body, Math.max(0, blockStart(range.first) - blockLength) - first)
  return { range, plaintext: openCbcBlocks(contentKey, range, needed), body }
}

/** The last two blocks of a body, or the only one. */
function endWithin(held: Uint8Array | undefined, { first, last, size }: ContentRange): Uint8Array | undefined {
  const isEnd = held !== undefined && last === size - 1 && first <= endStart(size) && first + held.length === size
  return isEnd ? held.subarray(endStart(size) - first) : undefined
}

function endStart(size: number): number {
  return Math.max(0, size - 2 * blockLength)
}

async function fetchEnd(size: number, get: GetPart): Promise<Uint8Array> {
  const first = endStart(size)
  const { Body } = await get(`bytes=${first}-${size - 1}`)
  const end = await collect(chunksOf(Body), 2 * blockLength)
  if (end?.length === size - first) return end
  throw new UnexpectedAnswerError('another part of the object came than was asked for')
}

async function fetchAgain(
  asked: AskedRange,
  { ETag, ContentRange }: GetObjectCommandOutput,
  get: GetPart,
): Promise<StreamChunks> {
  const again = await get(rangeToFetch(asked))
  const body = chunksOf(again.Body)
  // Not every server that speaks S3 knows If-Match.
  if (again.ETag === ETag && again.ContentRange === ContentRange) return body
  body.close()
  throw new UnexpectedAnswerError('the object was replaced while a part of it was read')
}

async function cbcPlaintextLength({ key, iv }: CbcContentKey, end: Uint8Array, size: number): Promise<number> {
  const opener = key.openCbc(size === blockLength ? iv : end.subarray(0, blockLength))
  const start = await opener.update(end.subarray(-blockLength))
  const rest = await opener.finish()
  if (rest === undefined) throw new ObjectNotAuthenticError('body')
  return size - blockLength + start.length + rest.length
}

async function* openCbcBlocks(
  { key, iv }: CbcContentKey,
  range: ContentRange,
  body: Chunks,
): AsyncGenerator<Uint8Array> {
  const start = blockStart(range.first)
  const { block, rest } = start === 0 ? { block: iv, rest: body } : await firstBlockOf(body)
  const opener = key.openCbc(block)
  yield* cutRange(
    range,
    start,
    rest,
    (chunk) => opener.update(chunk),
    () => opener.finishWithin(),
  )
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
