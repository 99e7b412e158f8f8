/**
 * The objects of a bucket, in the order of S3: by the bytes of their keys.
 *
 * @module
 */

import { ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3'
import { untilAborted } from '@esdk/cmm'

export interface ListedObject {
  readonly bucket: string
  readonly key: string
  /** Changes with the content. */
  readonly etag: string | undefined
}

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
export async function* listObjects(options: ListOptions): AsyncGenerator<ListedObject, void, undefined> {
  const { client, bucket, prefix: Prefix, after: StartAfter, signal } = options
  let ContinuationToken: string | undefined
  do {
    const command = new ListObjectsV2Command({ Bucket: bucket, Prefix, StartAfter, ContinuationToken })
    const { Contents = [], NextContinuationToken } = await untilAborted(
      client.send(command, { abortSignal: signal }),
      signal,
    )
    for (const { Key, ETag: etag } of Contents) if (Key !== undefined) yield { bucket, key: Key, etag }
    ContinuationToken = NextContinuationToken
  } while (ContinuationToken !== undefined)
}
