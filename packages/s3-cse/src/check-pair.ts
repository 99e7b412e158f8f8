/**
 * Does an instruction file belong to the object beside it?
 *
 * A `PutObject` writes its file first. Until its object is there, the file is beside the object of before, and has the data
 * key of another. Whoever took that for the data key of the object would destroy one of the two.
 *
 * A file that is older than its object is that of a finished put. One that is not may be so as well, as dates of S3 are whole
 * seconds, and a file may have been rewrapped. It is left to a check of the data key, for as long as a put may take.
 *
 * @module
 */

import { openBody } from './body.ts'
import type { OtherOperations } from './call.ts'
import { chunksOf } from './chunks.ts'
import type { ContentKey } from './content-key.ts'
import type { Envelope } from './envelope.ts'
import { ObjectNotAuthenticError, RewrapError, UnexpectedAnswerError } from './errors.ts'
import { checkWhole } from './get-object.ts'
import type { StoredObject } from './stored-object.ts'

/** @throws RewrapError - that is not the key of the object */
export type CheckKey = (contentKey: ContentKey) => Promise<void>

/** No request of a put takes longer, in ms. */
const longestPutMs = 24 * 60 * 60 * 1000

type Dated = Pick<StoredObject, 'lastModified'>

/**
 * What has to be true of the data key in a file before it is taken for that of the object; `undefined` where there is no
 * doubt. That the object commits to the data key is checked whenever that is unwrapped.
 */
export function checkOfPair(
  { content }: Envelope,
  object: StoredObject,
  file: Dated,
  others: OtherOperations,
  signal: AbortSignal | undefined,
): CheckKey | undefined {
  if (isOfFinishedPut(object, file)) return undefined
  return async (contentKey) => {
    if (content.kind !== 'committing') await readToTag(contentKey, object, others, signal)
  }
}

function isOfFinishedPut({ lastModified: ofObject }: Dated, { lastModified: ofFile }: Dated): boolean {
  if (ofObject === undefined || ofFile === undefined) return false
  return ofFile < ofObject || ofFile.getTime() < Date.now() - longestPutMs
}

/** Nothing of the body is kept. */
async function readToTag(
  contentKey: ContentKey,
  { place, etag }: StoredObject,
  others: OtherOperations,
  signal: AbortSignal | undefined,
): Promise<void> {
  const answer = await others.getObject({ ...place, IfMatch: etag }, signal)
  const body = chunksOf(answer.Body)
  signal?.addEventListener('abort', body.close)
  try {
    checkWhole(answer)
    // Not every server that speaks S3 knows If-Match.
    if (answer.ETag !== etag) throw new UnexpectedAnswerError('the object was replaced while its body was asked for')
    for await (const part of openBody(contentKey, body)) part.fill(0)
  } catch (cause) {
    if (!(cause instanceof ObjectNotAuthenticError)) throw cause
    throw new RewrapError(
      'the body of the object is not authentic under the data key in its instruction file: another object is being written, whose file is there already, or one of the two was changed. Try again when the other object is there',
      { cause },
    )
  } finally {
    signal?.removeEventListener('abort', body.close)
    body.close()
  }
}
