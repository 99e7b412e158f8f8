/**
 * Release after all of an object is known to be authentic, without holding it: it is read twice.
 *
 * That the second body is the same as the first is nobody's word. The first time, each run of ciphertext is hashed; the
 * second time, nothing of a run is decrypted before its hash is the same.
 *
 * In memory are the hashes, and a few runs.
 *
 * @module
 */

import type { GetObjectCommandInput, GetObjectCommandOutput } from '@aws-sdk/client-s3'
import type { CryptoBackend } from '@esdk/crypto-backend'
import { openBody } from './body.ts'
import { type Chunks, chunksOf, inPieces, type StreamChunks } from './chunks.ts'
import type { ContentKey } from './content-key.ts'
import { ObjectNotAuthenticError, UnexpectedAnswerError } from './errors.ts'
import type { GetPlainObject } from './find-envelope.ts'
import { sameObject } from './free-connection.ts'
import type { ReleasedBody } from './release.ts'

type Hashing = Pick<CryptoBackend, 'digest'>

const runLength = 1024 * 1024

/**
 * @param first - the body of the answer, unread
 * @param input - asks for the whole object
 * @throws ObjectNotAuthenticError - the tag of the first body does not match
 * @throws UnexpectedAnswerError - the object is another one the second time, or nothing would tell
 */
export async function readTwice(
  backend: Hashing,
  contentKey: ContentKey,
  first: StreamChunks,
  answer: GetObjectCommandOutput,
  input: GetObjectCommandInput,
  get: GetPlainObject,
): Promise<ReleasedBody> {
  if (answer.ETag === undefined) {
    throw new UnexpectedAnswerError('the answer has no ETag, without which the object cannot be read a second time')
  }
  const hashes: string[] = []
  let length = 0
  for await (const part of openBody(contentKey, hashedRuns(backend, first, hashes))) {
    length += part.length
    part.fill(0)
  }
  const second = await get(sameObject(input, answer))
  const body = chunksOf(second.Body)
  // Not every server that speaks S3 knows If-Match.
  if (second.ETag !== answer.ETag || second.ContentRange !== undefined) {
    body.close()
    throw new UnexpectedAnswerError('the object was replaced between the two times that it was read')
  }
  return { plaintext: openBody(contentKey, sameRuns(backend, body, hashes)), length, body }
}

/** The body in runs; the hash of each is added to `hashes` before it comes. */
async function* hashedRuns(backend: Hashing, body: Chunks, hashes: string[]): AsyncGenerator<Uint8Array> {
  for await (const run of inPieces(runLength, body)) {
    hashes.push(await hashOf(backend, run))
    yield run
  }
}

/** The body in runs, which are those that were hashed: a run that is not never comes. */
async function* sameRuns(backend: Hashing, body: Chunks, hashes: readonly string[]): AsyncGenerator<Uint8Array> {
  let count = 0
  for await (const run of inPieces(runLength, body)) {
    if ((await hashOf(backend, run)) !== hashes[count]) throw otherBody()
    count++
    yield run
  }
  if (count < hashes.length) throw otherBody()
}

/** As text, one character a byte: of an object of 64 GiB there are 65,536, and arrays would take more memory. */
async function hashOf(backend: Hashing, run: Uint8Array): Promise<string> {
  return String.fromCharCode(...(await backend.digest('SHA-256', run)))
}

function otherBody(): ObjectNotAuthenticError {
  return new ObjectNotAuthenticError(
    'body',
    'the body of the object was authentic when it was first read, and is another one now, under the same ETag: nothing of what differs was released',
  )
}
