/**
 * Objects as they are stored: bytes, metadata, and the headers that come back with them.
 *
 * @module
 */

import { answer, nothing, type S3Answer, S3Refusal, type S3Request } from './answer.ts'
import { rangeOf } from './byte-ranges.ts'
import { hex, md5 } from './checksums.ts'

export interface StoredObject {
  readonly body: Uint8Array
  /** Names in lower case, without `x-amz-meta-`. */
  readonly metadata: Readonly<Record<string, string>>
  readonly etag: string
  /** `content-type` and others that are kept, and checksums. */
  readonly headers: Readonly<Record<string, string>>
}

const prefix = 'x-amz-meta-'

const kept = ['content-type', 'content-encoding', 'content-disposition', 'content-language', 'cache-control', 'expires']

/** @throws S3Refusal - more metadata than Amazon S3 stores */
export function metadataOf(headers: S3Request['headers']): Record<string, string> {
  const metadata: Record<string, string> = {}
  let length = 0
  for (const [name, value] of Object.entries(headers)) {
    if (!name.startsWith(prefix)) continue
    metadata[name.slice(prefix.length)] = value
    length += new TextEncoder().encode(name.slice(prefix.length) + value).length
  }
  if (length > 2048) {
    throw new S3Refusal(400, 'MetadataTooLarge', 'Your metadata headers exceed the maximum allowed metadata size')
  }
  return metadata
}

export function keptHeaders(headers: S3Request['headers']): Record<string, string> {
  return Object.fromEntries(kept.flatMap((name) => (headers[name] === undefined ? [] : [[name, headers[name]]])))
}

export function storedObject(
  body: Uint8Array,
  metadata: Readonly<Record<string, string>> = {},
  headers: Readonly<Record<string, string>> = {},
  etag: string = hex(md5(body)),
): StoredObject {
  return { body, metadata, headers, etag: `"${etag}"` }
}

/** The answer to GET and HEAD. */
export function objectAnswer({ method, headers }: S3Request, object: StoredObject): S3Answer {
  checkConditions(headers, object)
  const { body, metadata, etag } = object
  const range = rangeOf(headers['range'], body.length)
  const part = range === undefined ? body : body.subarray(range.first, range.last + 1)
  const checksums = (name: string) => name.startsWith('x-amz-checksum-')
  const withChecksums = headers['x-amz-checksum-mode'] === 'ENABLED' && range === undefined
  const about = {
    ...Object.fromEntries(Object.entries(object.headers).filter(([name]) => withChecksums || !checksums(name))),
    ...Object.fromEntries(Object.entries(metadata).map(([name, value]) => [prefix + name, value])),
    etag,
    'accept-ranges': 'bytes',
    ...(range !== undefined && { 'content-range': `bytes ${range.first}-${range.last}/${body.length}` }),
  }
  const whole = answer(range === undefined ? 200 : 206, about, part)
  return method === 'HEAD' ? { ...whole, body: nothing } : whole
}

function checkConditions(headers: S3Request['headers'], { etag }: StoredObject): void {
  const { 'if-match': wanted, 'if-none-match': unwanted } = headers
  if (wanted !== undefined && wanted !== '*' && !sameTag(wanted, etag)) {
    throw new S3Refusal(412, 'PreconditionFailed', 'At least one of the pre-conditions you specified did not hold')
  }
  if (unwanted !== undefined && (unwanted === '*' || sameTag(unwanted, etag))) throw new S3Refusal(304, 'NotModified')
}

/** Before an object is written. */
export function checkWriteConditions(headers: S3Request['headers'], before: StoredObject | undefined): void {
  const { 'if-match': wanted, 'if-none-match': unwanted } = headers
  if (wanted !== undefined && before === undefined) throw new S3Refusal(404, 'NoSuchKey')
  if (wanted !== undefined && before !== undefined && !sameTag(wanted, before.etag)) {
    throw new S3Refusal(412, 'PreconditionFailed')
  }
  if (unwanted === '*' && before !== undefined) throw new S3Refusal(412, 'PreconditionFailed')
}

function sameTag(a: string, b: string): boolean {
  return a.replaceAll('"', '') === b.replaceAll('"', '')
}
