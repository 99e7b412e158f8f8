/**
 * When the plaintext of a whole object is given to the caller: after its tag is known to be right, or while it is read.
 *
 * @module
 */

import type { GetObjectCommandInput, GetObjectCommandOutput } from '@aws-sdk/client-s3'
import { openBody } from './body.ts'
import { type Chunks, join, once, type StreamChunks } from './chunks.ts'
import type { ContentKey } from './content-key.ts'
import { BufferLimitError } from './errors.ts'
import type { GetPlainObject } from './find-envelope.ts'
import type { Settings } from './options.ts'
import { readTwice } from './two-pass.ts'

/** A plaintext to answer with: `length` in bytes, where it is known; `body` is what it is made of. */
export interface ReleasedBody {
  readonly plaintext: AsyncGenerator<Uint8Array>
  readonly length: number | undefined
  readonly body: StreamChunks
}

/**
 * @param body - of the answer, unread
 * @param input - asks for the whole object
 * @throws BufferLimitError - it is longer than may be held, or nobody says how long it is
 * @throws ObjectNotAuthenticError - its tag does not match
 */
export async function releaseBody(
  { release, backend }: Pick<Settings, 'release' | 'backend'>,
  contentKey: ContentKey,
  body: StreamChunks,
  answer: GetObjectCommandOutput,
  input: GetObjectCommandInput,
  get: GetPlainObject,
): Promise<ReleasedBody> {
  // CBC has no tag to wait for.
  if (contentKey.kind === 'cbc') return delayed(contentKey, body, undefined)
  const { ContentLength: stored } = answer
  const length = stored === undefined ? undefined : Math.max(0, stored - 16)
  if (release === 'delayed') return delayed(contentKey, body, length)
  if (release === 'two-pass') return readTwice(backend, contentKey, body, answer, input, get)
  return buffered(release.maxBytes, contentKey, body, stored)
}

function delayed(contentKey: ContentKey, body: StreamChunks, length: number | undefined): ReleasedBody {
  return { plaintext: openBody(contentKey, body), length, body }
}

async function buffered(
  maxBytes: number,
  contentKey: ContentKey,
  body: StreamChunks,
  stored: number | undefined,
): Promise<ReleasedBody> {
  if (stored === undefined || stored > maxBytes) throw new BufferLimitError(maxBytes, stored)
  const parts: Uint8Array[] = []
  try {
    for await (const part of openBody(contentKey, limited(body, maxBytes))) parts.push(part)
  } catch (error) {
    for (const part of parts) part.fill(0)
    throw error
  }
  const plaintext = join(parts, true)
  return { plaintext: once(plaintext), length: plaintext.length, body }
}

/** A body that is longer than was said: no more of it is taken than may be held. */
async function* limited(body: Chunks, maxBytes: number): AsyncGenerator<Uint8Array> {
  let length = 0
  for await (const chunk of body) {
    length += chunk.length
    if (length > maxBytes) throw new BufferLimitError(maxBytes, length)
    yield chunk
  }
}
