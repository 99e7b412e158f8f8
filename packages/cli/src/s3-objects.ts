/**
 * Which objects are meant.
 *
 * @module
 */

import type { S3Client } from '@aws-sdk/client-s3'
import { untilAborted } from '@esdk/cmm'
import { UsageError } from './cli-error.ts'
import { locationOf, parseObjectUri, parseS3Uri, prefixOf, type S3Location } from './s3-location.ts'

export interface Place {
  readonly recursive: boolean
  /** The object; with `recursive`, what all keys begin with. */
  readonly location: S3Location
}

/** @throws UsageError - a prefix without `-r` */
export function parsePlace(text: string, recursive: boolean): Place {
  if (recursive) return { recursive, location: prefixOf(text) }
  const { key, shown } = parseS3Uri(text)
  if (key === '' || key.endsWith('/')) {
    throw new UsageError(`${shown} names no object`, 'Add -r for all objects below it.')
  }
  return { recursive, location: parseObjectUri(text) }
}

/** The object, or all below the prefix in the order of S3, asked for as they are needed. */
export async function* objectsIn(
  { recursive, location }: Place,
  client: S3Client,
  signal: AbortSignal,
): AsyncGenerator<S3Location> {
  if (!recursive) {
    yield location
    return
  }
  const { ListObjectsV2Command } = await import('@aws-sdk/client-s3')
  const { bucket: Bucket, key: Prefix } = location
  let ContinuationToken: string | undefined
  do {
    const command = new ListObjectsV2Command({ Bucket, Prefix, ContinuationToken })
    const page = await untilAborted(client.send(command, { abortSignal: signal }), signal)
    for (const { Key } of page.Contents ?? []) if (Key !== undefined) yield locationOf(Bucket, Key)
    ContinuationToken = page.NextContinuationToken
  } while (ContinuationToken !== undefined)
}
