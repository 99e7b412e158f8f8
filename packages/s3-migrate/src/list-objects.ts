/**
 * The objects of a bucket, in the order of S3: by the bytes of their keys.
 *
 * Keys are asked for in the encoding of URLs: XML has no control characters, and a key with one comes as another key.
 *
 * @module
 */

import { ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3'
import { untilAborted } from '@esdk/cmm'
import type { ObjectName } from './task.ts'

export interface ListOptions {
  readonly client: S3Client
  readonly bucket: string
  /** What keys begin with. Default: all objects. */
  readonly prefix?: string | undefined
  /** The last key that is left out. */
  readonly after?: string | undefined
  readonly signal: AbortSignal
}

/** A page is asked for when the one before has been taken. */
export async function* listObjects(options: ListOptions): AsyncGenerator<ObjectName, void, undefined> {
  const { client, bucket, prefix: Prefix, after: StartAfter, signal } = options
  let ContinuationToken: string | undefined
  do {
    const page = { Bucket: bucket, Prefix, StartAfter, ContinuationToken, EncodingType: 'url' } as const
    const answer = await untilAborted(client.send(new ListObjectsV2Command(page), { abortSignal: signal }), signal)
    // Not every server knows the encoding; the one that does says so.
    const keyOf = answer.EncodingType === 'url' ? decoded : (key: string) => key
    for (const { Key } of answer.Contents ?? []) if (Key !== undefined) yield { bucket, key: keyOf(Key) }
    // Opaque, and so not decoded.
    ContinuationToken = answer.NextContinuationToken
  } while (ContinuationToken !== undefined)
}

/** As forms are: a space is `+`. */
function decoded(key: string): string {
  return decodeURIComponent(key.replaceAll('+', ' '))
}

/**
 * May it be another key than that of the object? A list that is not encoded has U+FFFD for what XML cannot hold; it may also
 * be a character of the key.
 */
export function isDoubtful(key: string): boolean {
  return key.includes('\uFFFD')
}
