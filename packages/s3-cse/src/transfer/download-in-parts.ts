/**
 * The plaintext of an object, in parts that are asked for at the same time and decrypted in any order.
 *
 * What has been written is authentic when this ends, and not when it throws.
 *
 * @module
 */

import type { GetObjectCommandOutput } from '@aws-sdk/client-s3'
import type { ContentRange } from '../byte-range.ts'
import type { GcmContentKey } from '../content-key.ts'
import { ObjectNotAuthenticError } from '../errors.ts'
import { BufferPool } from './buffer-pool.ts'
import { fetchPart, type PinnedObject } from './fetch-part.ts'
import { inParallel } from './in-parallel.ts'
import { inSlices } from './in-slices.ts'

/** Bytes behind the ciphertext. */
const tagLength = 16

/** Takes plaintext that is not authentic yet. The bytes are others' when the promise is fulfilled. */
export interface PlaintextSink {
  write(offset: number, bytes: Uint8Array): Promise<void>
}

export interface DownloadPlan {
  /** Of the plaintext, in bytes. */
  readonly length: number
  readonly partSize: number
  readonly queueSize: number
  readonly stop: AbortController
  readonly onDone: (part: number, length: number) => void
}

interface BodyPart {
  /** From 1 on. */
  readonly number: number
  readonly offset: number
  /** Bytes of plaintext. */
  readonly length: number
  readonly last: boolean
}

/**
 * The range of the body that holds the part at `offset`: with the tag, which can be the end of it as well as all that is
 * behind it.
 */
export function firstRange(partSize: number): string {
  return `bytes=0-${partSize + tagLength - 1}`
}

/**
 * @param first - the answer to {@link firstRange}, unread; without a body, if that was given up
 * @throws ObjectNotAuthenticError - in the end: the tag does not match
 */
export async function downloadInParts(
  object: PinnedObject,
  { key, iv, aad }: GcmContentKey,
  first: { readonly answer: GetObjectCommandOutput; readonly range: ContentRange },
  sink: PlaintextSink,
  plan: DownloadPlan,
): Promise<void> {
  const { length, partSize, queueSize, stop, onDone } = plan
  const size = length + tagLength
  const body = key.bodyInParts(iv, aad)
  const pool = new BufferPool(partSize + tagLength)
  const tag = new Uint8Array(tagLength)
  try {
    await inParallel(partsOf(length, partSize), queueSize, stop, async (part, signal) => {
      const { number, offset } = part
      // The answer that is there already has a few bytes more, of the part behind it.
      const range = number === 1 ? first.range : { first: offset, last: lastByteOf(part), size }
      const buffer = pool.take()
      const bytes = buffer.subarray(0, range.last - range.first + 1)
      await fetchPart(object, range, bytes, signal, number === 1 ? first.answer : undefined)
      if (part.last) tag.set(bytes.subarray(part.length))
      const text = bytes.subarray(0, part.length)
      await inSlices(offset, text, text, (at, slice) => body.open(at, slice))
      await sink.write(offset, text)
      pool.give(buffer)
      onDone(number, part.length)
    })
    if (!(await body.isRight(length, tag))) throw new ObjectNotAuthenticError('body')
  } finally {
    body.zero()
    pool.zero()
  }
}

async function* partsOf(length: number, partSize: number): AsyncGenerator<BodyPart> {
  for (let offset = 0, number = 1; offset === 0 || offset < length; offset += partSize, number++) {
    const end = Math.min(length, offset + partSize)
    yield { number, offset, length: end - offset, last: end === length }
  }
}

function lastByteOf({ offset, length, last }: BodyPart): number {
  return offset + length + (last ? tagLength : 0) - 1
}
