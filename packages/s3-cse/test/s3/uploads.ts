/**
 * Multipart uploads of Amazon S3.
 *
 * @module
 */

import { elementOf, elementsOf, S3Refusal, type S3Request } from './answer.ts'
import { base64, checkChecksums, crc32, hex, md5 } from './checksums.ts'
import { keptHeaders, metadataOf, type StoredObject, storedObject } from './stored-object.ts'

interface Part {
  readonly body: Uint8Array
  readonly etag: string
  readonly checksums: Readonly<Record<string, string>>
}

interface Upload {
  readonly bucket: string
  readonly key: string
  readonly metadata: Readonly<Record<string, string>>
  readonly headers: Readonly<Record<string, string>>
  /** Of the checksum that was asked for in the beginning, in lower case. */
  readonly algorithm: string | undefined
  readonly parts: Map<number, Part>
}

const leastPart = 5 * 1024 * 1024

/** The uploads that were begun, and neither completed nor aborted. */
export class Uploads {
  readonly #open = new Map<string, Upload>()
  #count = 0

  /** The ids of those that are left. */
  get ids(): string[] {
    return [...this.#open.keys()]
  }

  begin({ bucket, key, headers }: S3Request): string {
    this.#count++
    const id = `upload-${this.#count}`
    this.#open.set(id, {
      bucket,
      key,
      metadata: metadataOf(headers),
      headers: keptHeaders(headers),
      algorithm: headers['x-amz-checksum-algorithm']?.toLowerCase(),
      parts: new Map(),
    })
    return id
  }

  async put(request: S3Request): Promise<Record<string, string>> {
    const { query, headers, body } = request
    const number = Number(query['partNumber'])
    if (!Number.isInteger(number) || number < 1 || number > 10_000) throw new S3Refusal(400, 'InvalidArgument')
    const upload = this.#find(request)
    const checksums = await checkChecksums(headers, body)
    if (upload.algorithm !== undefined && checksums[`x-amz-checksum-${upload.algorithm}`] === undefined) {
      throw new S3Refusal(400, 'InvalidRequest', `Checksum Type mismatch occurred, expected ${upload.algorithm}`)
    }
    const etag = `"${hex(md5(body))}"`
    upload.parts.set(number, { body, etag, checksums })
    return { etag, ...checksums }
  }

  abort(request: S3Request): void {
    this.#find(request)
    this.#open.delete(request.query['uploadId'] as string)
  }

  complete(request: S3Request): StoredObject {
    const upload = this.#find(request)
    const listed = elementsOf(new TextDecoder().decode(request.body), 'Part')
    if (listed.length === 0) throw new S3Refusal(400, 'MalformedXML', 'there are no parts')
    const parts = listed.map((xml, i) => chosenPart(upload, xml, listed[i - 1]))
    if (parts.some(({ body }, i) => body.length < leastPart && i < parts.length - 1)) {
      throw new S3Refusal(400, 'EntityTooSmall', 'Your proposed upload is smaller than the minimum allowed size')
    }
    const tags = parts.map(({ body }) => md5(body))
    const crcs = joined(parts.map(({ body }) => crc32(body)))
    const composite = upload.algorithm === 'crc32' && {
      'x-amz-checksum-crc32': `${base64(crc32(crcs))}-${parts.length}`,
      'x-amz-checksum-type': 'COMPOSITE',
    }
    this.#open.delete(request.query['uploadId'] as string)
    return storedObject(
      joined(parts.map(({ body }) => body)),
      upload.metadata,
      { ...upload.headers, ...composite },
      `${hex(md5(joined(tags)))}-${parts.length}`,
    )
  }

  #find({ bucket, key, query }: S3Request): Upload {
    const upload = this.#open.get(query['uploadId'] ?? '')
    if (upload === undefined || upload.bucket !== bucket || upload.key !== key) {
      throw new S3Refusal(404, 'NoSuchUpload', 'The specified multipart upload does not exist')
    }
    return upload
  }
}

function chosenPart(upload: Upload, xml: string, before: string | undefined): Part {
  const number = numberOf(xml)
  if (before !== undefined && numberOf(before) >= number) throw new S3Refusal(400, 'InvalidPartOrder')
  const part = upload.parts.get(number)
  const etag = elementOf(xml, 'ETag') ?? ''
  if (part === undefined || part.etag.replaceAll('"', '') !== etag.replaceAll('"', '')) {
    throw new S3Refusal(400, 'InvalidPart', `part ${number} is not there, or has another ETag`)
  }
  const given = elementOf(xml, 'ChecksumCRC32')
  if (upload.algorithm === 'crc32' && given === undefined) {
    throw new S3Refusal(400, 'InvalidRequest', `The complete request must include the checksum for part ${number}`)
  }
  if (given !== undefined && given !== part.checksums['x-amz-checksum-crc32']) {
    throw new S3Refusal(400, 'InvalidPart', `part ${number} has another checksum`)
  }
  return part
}

function numberOf(xml: string): number {
  return Number(elementOf(xml, 'PartNumber'))
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0))
  let offset = 0
  for (const piece of pieces) {
    all.set(piece, offset)
    offset += piece.length
  }
  return all
}
