/**
 * Which objects are meant.
 *
 * @module
 */

import type { S3Client } from '@aws-sdk/client-s3'
import { CliError, UsageError } from './cli-error.ts'
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
  const { listObjects } = await import('@esdk/s3-migrate')
  const { bucket, key: prefix } = location
  for await (const { key } of listObjects({ client, bucket, prefix, signal })) yield locationOf(bucket, key)
}

export function nothingBelow({ shown }: S3Location): CliError {
  return new CliError(
    'ERR_ESDK_CLI_NOTHING_TO_DO',
    `there is no object below ${shown}`,
    '`aws s3 ls` lists what there is.',
  )
}
