/**
 * An object as it is stored, and what has to stay when it is written again in its place.
 *
 * What S3 does not tell with an object does not stay: access control lists (which new buckets do not have), and the
 * encryption context of SSE-KMS.
 *
 * @module
 */

import type { GetObjectCommandOutput, HeadObjectCommandOutput, PutObjectCommandInput } from '@aws-sdk/client-s3'
import { UnexpectedAnswerError } from './errors.ts'
import { locationOf, type ObjectLocation } from './find-envelope.ts'
import type { ObjectCommandInput } from './object-command.ts'
import { withoutEnvelope } from './object-metadata.ts'

export interface StoredObject {
  /** How it is asked for. */
  readonly place: ObjectLocation & { readonly Bucket: string; readonly Key: string }
  readonly etag: string
  /** Bytes of the body; `undefined` where nobody says. */
  readonly length: number | undefined
  /** To the second; `undefined` where nobody says. */
  readonly lastModified: Date | undefined
  readonly settings: KeptSettings
  /** The user's metadata, without the envelope. */
  readonly metadata: Readonly<Record<string, string>>
}

/** Settings of an object that a request can repeat. */
export type KeptSettings = Pick<
  PutObjectCommandInput,
  | 'CacheControl'
  | 'ContentDisposition'
  | 'ContentEncoding'
  | 'ContentLanguage'
  | 'ContentType'
  | 'Expires'
  | 'WebsiteRedirectLocation'
  | SharedName
>

type SharedName =
  | 'BucketKeyEnabled'
  | 'ObjectLockLegalHoldStatus'
  | 'ObjectLockMode'
  | 'ObjectLockRetainUntilDate'
  | 'SSEKMSKeyId'
  | 'ServerSideEncryption'
  | 'StorageClass'

/** Those that an instruction file has as well. */
const sharedNames: readonly SharedName[] = [
  'BucketKeyEnabled',
  'ObjectLockLegalHoldStatus',
  'ObjectLockMode',
  'ObjectLockRetainUntilDate',
  'SSEKMSKeyId',
  'ServerSideEncryption',
  'StorageClass',
]

const keptNames: readonly (keyof KeptSettings)[] = [
  'CacheControl',
  'ContentDisposition',
  'ContentEncoding',
  'ContentLanguage',
  'ContentType',
  'Expires',
  'WebsiteRedirectLocation',
  ...sharedNames,
]

type Answer = HeadObjectCommandOutput | GetObjectCommandOutput

/** @throws UnexpectedAnswerError - the answer has no ETag, without which the object could be replaced meanwhile */
export function storedObject(input: ObjectCommandInput, answer: Answer): StoredObject {
  const { ContentLength: length, LastModified: lastModified, Metadata: metadata = {} } = answer
  const place = { ...locationOf(input, input.Key), Bucket: input.Bucket }
  return {
    place,
    etag: etagOf(answer),
    length,
    lastModified,
    settings: keptSettings(answer),
    metadata: withoutEnvelope(metadata),
  }
}

/** @throws UnexpectedAnswerError - the answer has none */
export function etagOf({ ETag: etag }: Pick<Answer, 'ETag'>): string {
  if (etag !== undefined) return etag
  throw new UnexpectedAnswerError('the answer has no ETag: nobody could tell whether the object is replaced meanwhile')
}

/** The settings in an answer. */
export function keptSettings(answer: Answer): KeptSettings {
  const { ContentEncoding, ObjectLockMode, ObjectLockRetainUntilDate: until, ...others } = pick(answer, keptNames)
  const encoding = withoutTransfer(ContentEncoding)
  // S3 takes no date in the past, and a lock that has ended is none.
  const locked = until !== undefined && until.getTime() > Date.now()
  return {
    ...others,
    ...(encoding !== '' && { ContentEncoding: encoding }),
    ...(locked && { ObjectLockMode, ObjectLockRetainUntilDate: until }),
  }
}

/** How a body was sent is no property of the object, though some servers store it with the encodings that are. */
function withoutTransfer(encodings = ''): string {
  return encodings
    .split(',')
    .map((encoding) => encoding.trim())
    .filter((encoding) => encoding !== 'aws-chunked')
    .join(',')
}

/** Those settings of an object that hold for its instruction file as well. */
export function settingsForFile(settings: KeptSettings): KeptSettings {
  return pick(settings, sharedNames)
}

function pick(values: KeptSettings | Answer, names: readonly (keyof KeptSettings)[]): KeptSettings {
  return Object.fromEntries(names.flatMap((name) => (values[name] === undefined ? [] : [[name, values[name]]])))
}
