/**
 * An Amazon S3 in memory, faithful where it matters to what is tested here: conditions, ranges, multipart uploads, limits
 * of metadata, checksums over what arrives, and the errors. Versions and permissions it does not know.
 *
 * It speaks through `s3/request-handler.ts`, in one process, and `s3/server.ts`, over HTTP.
 *
 * @module
 */

import {
  answer,
  elementOf,
  elementsOf,
  escapeXml,
  refusalAnswer,
  type S3Answer,
  S3Refusal,
  type S3Request,
  xmlAnswer,
} from './s3/answer.ts'
import { decodeBody } from './s3/aws-chunked.ts'
import { checkChecksums } from './s3/checksums.ts'
import {
  checkWriteConditions,
  keptHeaders,
  metadataOf,
  objectAnswer,
  type StoredObject,
  storedObject,
} from './s3/stored-object.ts'
import { Uploads } from './s3/uploads.ts'

/** Answers in the place of S3, or after it: `next` is the honest answer. */
export type Fault = (request: S3Request, next: () => Promise<S3Answer>) => Promise<S3Answer>

export class MemoryS3 {
  /** By `bucket/key`. */
  readonly objects = new Map<string, StoredObject>()
  readonly uploads = new Uploads()
  /** What was asked, in order. */
  readonly requests: S3Request[] = []
  /** Set by a test. */
  fault: Fault = (_, next) => next()

  /** Stores an object as somebody else would. */
  put(key: string, body: Uint8Array, metadata: Readonly<Record<string, string>> = {}): StoredObject {
    const object = storedObject(body, metadata)
    this.objects.set(`bucket/${key}`, object)
    return object
  }

  get(key: string): StoredObject {
    const object = this.objects.get(`bucket/${key}`)
    if (object === undefined) throw new Error(`there is no object ${key}`)
    return object
  }

  /** The methods and keys that were asked for. */
  get asked(): string[] {
    return this.requests.map(({ method, key, query }) =>
      [method, key, ...Object.keys(query).filter((name) => name !== 'x-id')].join(' '),
    )
  }

  async handle(given: S3Request): Promise<S3Answer> {
    this.requests.push(given)
    try {
      return await this.fault(given, async () => this.#answerTo({ ...given, ...decodeBody(given.headers, given.body) }))
    } catch (error) {
      if (error instanceof S3Refusal) return refusalAnswer(given, error)
      throw error
    }
  }

  async #answerTo(request: S3Request): Promise<S3Answer> {
    const { method, key, query, headers } = request
    if (key === '') return this.#answerOfBucket(request)
    if (query['uploads'] !== undefined) {
      return xmlAnswer(200, resultOf('InitiateMultipartUpload', { UploadId: this.uploads.begin(request) }))
    }
    if (query['uploadId'] !== undefined) return this.#answerOfUpload(request)
    if (method === 'PUT') return headers['x-amz-copy-source'] === undefined ? this.#put(request) : this.#copy(request)
    if (method === 'DELETE') {
      checkWriteConditions(headers, this.objects.get(nameOf(request)))
      this.objects.delete(nameOf(request))
      return answer(204)
    }
    return objectAnswer(request, this.#find(nameOf(request)))
  }

  async #put(request: S3Request): Promise<S3Answer> {
    const { headers, body } = request
    const checksums = await checkChecksums(headers, body)
    // Nothing may come between the condition and the write.
    checkWriteConditions(headers, this.objects.get(nameOf(request)))
    const object = storedObject(body, metadataOf(headers), { ...keptHeaders(headers), ...checksums })
    this.objects.set(nameOf(request), object)
    return answer(200, { etag: object.etag, ...checksums })
  }

  #copy(request: S3Request): S3Answer {
    const { headers } = request
    const [path = ''] = (headers['x-amz-copy-source'] as string).split('?versionId=')
    const source = decodeURIComponent(path).replace(/^\//, '')
    const { body, ...original } = this.#find(source)
    const replaces = headers['x-amz-metadata-directive'] === 'REPLACE'
    if (source === nameOf(request) && !replaces) {
      throw new S3Refusal(400, 'InvalidRequest', 'This copy request is illegal because it changes nothing')
    }
    const wanted = headers['x-amz-copy-source-if-match']
    if (wanted !== undefined && wanted !== original.etag) throw new S3Refusal(412, 'PreconditionFailed')
    checkWriteConditions(headers, this.objects.get(nameOf(request)))
    const object = replaces
      ? storedObject(body, metadataOf(headers), keptHeaders(headers))
      : storedObject(body, original.metadata, original.headers)
    this.objects.set(nameOf(request), object)
    return xmlAnswer(200, resultOf('CopyObject', { ETag: object.etag }))
  }

  async #answerOfUpload(request: S3Request): Promise<S3Answer> {
    if (request.method === 'PUT') return answer(200, await this.uploads.put(request))
    if (request.method === 'DELETE') {
      this.uploads.abort(request)
      return answer(204)
    }
    checkWriteConditions(request.headers, this.objects.get(nameOf(request)))
    const object = this.uploads.complete(request)
    this.objects.set(nameOf(request), object)
    const { bucket, key } = request
    return xmlAnswer(200, resultOf('CompleteMultipartUpload', { Bucket: bucket, Key: key, ETag: object.etag }))
  }

  async #answerOfBucket(request: S3Request): Promise<S3Answer> {
    const { method, query, bucket } = request
    if (query['delete'] !== undefined) return this.#deleteMany(request)
    if (method !== 'GET' || query['list-type'] !== '2') throw new S3Refusal(501, 'NotImplemented')
    const {
      prefix = '',
      'max-keys': most = '1000',
      'start-after': start = '',
      'continuation-token': after = start,
    } = query
    const keys = [...this.objects.keys()]
      .filter((name) => name.startsWith(`${bucket}/${prefix}`))
      .map((name) => name.slice(bucket.length + 1))
      .filter((key) => key > after)
      .sort()
    const page = keys.slice(0, Number(most))
    const truncated = page.length < keys.length
    const contents = page
      .map((key) => [escapeXml(key), escapeXml(this.#find(`${bucket}/${key}`).etag)])
      .map(([key, etag]) => `<Contents><Key>${key}</Key><ETag>${etag}</ETag></Contents>`)
      .join('')
    const next = truncated ? `<NextContinuationToken>${escapeXml(page.at(-1) ?? '')}</NextContinuationToken>` : ''
    return xmlAnswer(
      200,
      `<ListBucketResult><IsTruncated>${truncated}</IsTruncated>${next}<KeyCount>${page.length}</KeyCount>${contents}</ListBucketResult>`,
    )
  }

  async #deleteMany({ bucket, headers, body }: S3Request): Promise<S3Answer> {
    const checksums = await checkChecksums(headers, body)
    if (headers['content-md5'] === undefined && Object.keys(checksums).length === 0) {
      throw new S3Refusal(400, 'InvalidRequest', 'Missing required header for this request: Content-MD5')
    }
    const xml = new TextDecoder().decode(body)
    const keys = elementsOf(xml, 'Object').map((object) => elementOf(object, 'Key') ?? '')
    for (const key of keys) this.objects.delete(`${bucket}/${key}`)
    const deleted = keys.map((key) => `<Deleted><Key>${escapeXml(key)}</Key></Deleted>`).join('')
    return xmlAnswer(200, `<DeleteResult>${elementOf(xml, 'Quiet') === 'true' ? '' : deleted}</DeleteResult>`)
  }

  #find(name: string): StoredObject {
    const object = this.objects.get(name)
    if (object === undefined) throw new S3Refusal(404, 'NoSuchKey', 'The specified key does not exist.')
    return object
  }
}

function nameOf({ bucket, key }: S3Request): string {
  return `${bucket}/${key}`
}

function resultOf(operation: string, fields: Readonly<Record<string, string>>): string {
  const inner = Object.entries(fields).map(([name, value]) => `<${name}>${escapeXml(value)}</${name}>`)
  return `<${operation}Result>${inner.join('')}</${operation}Result>`
}
