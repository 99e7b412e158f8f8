/**
 * `s3://BUCKET/KEY`: where an object is.
 *
 * @module
 */

import { quote } from '@esdk/cmm'
import { UsageError } from './cli-error.ts'
import { shownPath } from './visible.ts'

export interface S3Location {
  readonly bucket: string
  /** Empty for the whole bucket. */
  readonly key: string
  /** As the user would write it. */
  readonly shown: string
}

const scheme = 's3://'

export function isS3Uri(text: string): boolean {
  return text.startsWith(scheme)
}

/**
 * A bucket, and a key or a prefix.
 *
 * @throws UsageError - another URI, or no name of a bucket
 */
export function parseS3Uri(text: string): S3Location {
  const [, bucket = '', key = ''] = /^s3:\/\/([^/]*)\/?(.*)$/s.exec(text) ?? []
  // Access points have an alias that is a name like this.
  if (/^[a-z\d][a-z\d.-]{1,61}[a-z\d]$/.test(bucket)) return locationOf(bucket, key)
  throw new UsageError(
    isS3Uri(text) ? `${quote(bucket)} is no name of a bucket` : `s3://BUCKET/KEY is expected, found ${quote(text)}`,
    'For example s3://my-bucket/reports/report.pdf. An access point is named by its alias.',
  )
}

export function locationOf(bucket: string, key: string): S3Location {
  return { bucket, key, shown: `${scheme}${shownPath(`${bucket}/${key}`)}` }
}

/** @throws UsageError - a prefix or a bucket, where one object is needed */
export function parseObjectUri(text: string): S3Location {
  const location = parseS3Uri(text)
  if (location.key !== '' && !location.key.endsWith('/')) return location
  throw new UsageError(`${location.shown} names no object`, 'Add the key: s3://BUCKET/KEY')
}

/** The object that a file of this name becomes: below a prefix or in a bucket, it keeps its name. */
export function destinationOf(text: string, name: string | undefined): S3Location {
  const location = parseS3Uri(text)
  const { bucket, key, shown } = location
  if (key !== '' && !key.endsWith('/')) return location
  if (name !== undefined) return locationOf(bucket, `${key}${name}`)
  throw new UsageError(`${shown} names no object, and the standard input has no name`, 'Add the key: s3://BUCKET/KEY')
}

/** What is below a prefix, of which the last part is a whole name. */
export function prefixOf(text: string): S3Location {
  const { bucket, key } = parseS3Uri(text)
  return locationOf(bucket, key === '' || key.endsWith('/') ? key : `${key}/`)
}
