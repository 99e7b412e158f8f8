/**
 * What ranges of all kinds of bodies have in common: a body that begins before the range, and ends behind it.
 *
 * @module
 */

import type { AskedRange, ContentRange } from './byte-range.ts'
import type { Chunks, StreamChunks } from './chunks.ts'
import { ObjectNotAuthenticError } from './errors.ts'

/** A range that was asked for, and the header that did. */
export interface RangeRequest {
  readonly asked: AskedRange
  readonly header: string
}

/** What a part of the plaintext is made of. */
export interface OpenedRange {
  readonly range: ContentRange
  readonly plaintext: AsyncGenerator<Uint8Array>
  readonly body: StreamChunks
}

/** The plaintext of a range, out of blocks that begin at `start`; an end too early is an error. */
export async function* cutRange(
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

/** The body without its first bytes. */
export async function* skip(body: Chunks, count: number): AsyncGenerator<Uint8Array> {
  let left = count
  for await (const chunk of body) {
    if (left < chunk.length) yield chunk.subarray(left)
    left = Math.max(0, left - chunk.length)
  }
}
