/**
 * The operations of a multipart upload.
 *
 * @module
 */

import type {
  AbortMultipartUploadCommandInput,
  AbortMultipartUploadCommandOutput,
  CompletedPart,
  CompleteMultipartUploadCommandInput,
  CompleteMultipartUploadCommandOutput,
  CreateMultipartUploadCommandInput,
  CreateMultipartUploadCommandOutput,
  UploadPartCommandInput,
  UploadPartCommandOutput,
} from '@aws-sdk/client-s3'
import { copyContext } from '@esdk/cmm'
import { type Call, isPresigned } from './call.ts'
import { collectAll, sourceOf } from './chunks.ts'
import { MultipartError, UnexpectedAnswerError } from './errors.ts'
import { writeInstructionFile } from './instruction-file.ts'
import { type LastPart, MultipartUpload, mostParts } from './multipart-upload.ts'
import { newEnvelope } from './new-envelope.ts'
import { checkMetadataSize, checkOwnMetadata, writeObjectMetadata } from './object-metadata.ts'
import type { Settings } from './options.ts'
import { putInstructionFile } from './put-instruction-file.ts'
import { checkWritableRequest } from './request-rules.ts'

interface Upload {
  readonly upload: MultipartUpload
  /** The request that began it, for the instruction file. */
  readonly created: CreateMultipartUploadCommandInput
  /** What the last part needs beside its bytes. */
  part?: Omit<UploadPartCommandInput, 'Body' | 'ContentLength' | 'PartNumber'>
}

type UploadName = Pick<UploadPartCommandInput, 'UploadId' | 'Key'>

/** The uploads that a client has begun, and neither completed nor aborted. */
export class MultipartOperations {
  readonly #settings: Settings
  readonly #uploads = new Map<string, Upload>()

  constructor(settings: Settings) {
    this.#settings = settings
  }

  async create(
    call: Call<CreateMultipartUploadCommandInput, CreateMultipartUploadCommandOutput>,
  ): Promise<CreateMultipartUploadCommandOutput> {
    const { EncryptionContext, ...input } = call.input
    if (input.ChecksumType === 'FULL_OBJECT') {
      throw new TypeError(
        "ChecksumType 'FULL_OBJECT' is a checksum of the whole ciphertext, which nobody has: use 'COMPOSITE', or leave it out",
      )
    }
    const own = checkOwnMetadata(input.Metadata ?? {})
    const context = copyContext(EncryptionContext ?? {}, 'EncryptionContext')
    const { envelope, contentKey } = await newEnvelope(this.#settings, context, undefined, call.signal)
    const metadata = { ...own, ...writeObjectMetadata(envelope, undefined) }
    checkMetadataSize(metadata)
    const upload = new MultipartUpload(envelope, contentKey.key.bodyInParts(contentKey.iv, contentKey.aad))
    try {
      const answer = await call.send({ ...input, Metadata: metadata })
      if (isPresigned(answer)) throw presignedError('CreateMultipartUpload')
      if (answer.UploadId === undefined) {
        throw new UnexpectedAnswerError('the answer to CreateMultipartUpload has no UploadId')
      }
      // Parts of both would be sealed with one key, and pass for one object.
      if (this.#uploads.has(answer.UploadId)) {
        throw new UnexpectedAnswerError('the answer to CreateMultipartUpload has the UploadId of another upload')
      }
      this.#uploads.set(answer.UploadId, { upload, created: input })
      return answer
    } catch (error) {
      upload.zero()
      throw error
    }
  }

  /** The bytes of a part are held in memory until they are sent. */
  async uploadPart(call: Call<UploadPartCommandInput, UploadPartCommandOutput>): Promise<UploadPartCommandOutput> {
    const { input } = call
    checkWritableRequest(input)
    const entry = this.#known(input)
    const { Body: _body, ContentLength: _length, PartNumber: partNumber, ...others } = input
    if (!Number.isSafeInteger(partNumber) || partNumber === undefined || partNumber < 1 || partNumber > mostParts) {
      throw new TypeError(`UploadPart needs a PartNumber: a whole number from 1 to ${mostParts}`)
    }
    // A part is remembered, whether it is sent or not. What is presigned has no bytes yet.
    if (input.Body === undefined && (await call.presigns?.())) throw presignedError('UploadPart')
    const source = await sourceOf(input.Body, input.ContentLength)
    const plaintext = source.kind === 'bytes' ? source.bytes : await collectPart(source.chunks, source.length)
    const ciphertext = await entry.upload.seal(partNumber, plaintext)
    entry.part = others
    const answer = await call.send({ ...input, Body: ciphertext, ContentLength: ciphertext.length })
    if (isPresigned(answer)) throw presignedError('UploadPart')
    return answer
  }

  async complete(
    call: Call<CompleteMultipartUploadCommandInput, CompleteMultipartUploadCommandOutput>,
  ): Promise<CompleteMultipartUploadCommandOutput> {
    const { input, others, signal } = call
    checkWritableRequest(input)
    const entry = this.#known(input)
    if (await call.presigns?.()) throw presignedError('CompleteMultipartUpload')
    const parts = [...(input.MultipartUpload?.Parts ?? [])].sort((a, b) => (a.PartNumber ?? 0) - (b.PartNumber ?? 0))
    const last = await entry.upload.finish(parts.map(({ PartNumber }) => PartNumber ?? 0))
    const sent = await others.uploadPart(lastPartRequest(entry, last, input), signal)
    const completed = completedPart(last.partNumber, sent, entry.created)
    const all = [...(last.kind === 'again' ? parts.slice(0, -1) : parts), completed]
    const { MpuObjectSize: _size, ...rest } = input
    const { IfMatch, IfNoneMatch } = input
    const forFile = { ...entry.created, IfMatch, IfNoneMatch }
    const file = this.#settings.writesInstructionFiles
      ? await putInstructionFile(writeInstructionFile(entry.upload.envelope), forFile, others, signal)
      : undefined
    try {
      const answer = await call.send({ ...rest, MultipartUpload: { ...input.MultipartUpload, Parts: all } })
      this.#forget(input)
      await file?.keepFor(answer.ETag)
      return answer
    } catch (error) {
      await file?.takeBackUnlessStored(error)
      throw error
    }
  }

  /** The key is forgotten even when S3 refuses: whoever aborts sends no more parts. */
  async abort(
    call: Call<AbortMultipartUploadCommandInput, AbortMultipartUploadCommandOutput>,
  ): Promise<AbortMultipartUploadCommandOutput> {
    const answer = await call.send(call.input).catch((error: unknown) => {
      this.#forget(call.input)
      throw error
    })
    if (!isPresigned(answer)) this.#forget(call.input)
    return answer
  }

  /** Forget all keys. */
  zero(): void {
    for (const { upload } of this.#uploads.values()) upload.zero()
    this.#uploads.clear()
  }

  /** S3 would refuse an upload of another object, but its key would have been used by then. */
  #known(input: UploadName): Upload {
    const entry = this.#find(input)
    if (entry !== undefined) return entry
    throw new MultipartError(
      'this upload of this object was not begun by this client, which alone has its key: CreateMultipartUpload, its parts and CompleteMultipartUpload go through one client',
    )
  }

  #forget(input: UploadName): void {
    const entry = this.#find(input)
    if (entry === undefined) return
    entry.upload.zero()
    this.#uploads.delete(input.UploadId ?? '')
  }

  #find({ UploadId = '', Key }: UploadName): Upload | undefined {
    const entry = this.#uploads.get(UploadId)
    return entry?.created.Key === Key ? entry : undefined
  }
}

async function collectPart(chunks: AsyncIterable<Uint8Array>, length: number | undefined): Promise<Uint8Array> {
  const bytes = await collectAll(chunks)
  if (length !== undefined && bytes.length !== length) {
    throw new TypeError(`ContentLength is ${length}, and the body has ${bytes.length} bytes`)
  }
  return bytes
}

function lastPartRequest(
  { part }: Upload,
  { partNumber, body }: LastPart,
  { Bucket, Key, UploadId }: CompleteMultipartUploadCommandInput,
): UploadPartCommandInput {
  return {
    ...(part ?? { Bucket, Key, UploadId }),
    PartNumber: partNumber,
    Body: body,
    ContentLength: body.length,
  }
}

/** S3 wants the checksum of each part where the upload was begun with one, and none where it was not. */
export function completedPart(
  PartNumber: number,
  answer: UploadPartCommandOutput,
  { ChecksumAlgorithm: algorithm }: Pick<CreateMultipartUploadCommandInput, 'ChecksumAlgorithm'> = {},
): CompletedPart {
  const name = `Checksum${algorithm}` as 'ChecksumCRC32'
  return { PartNumber, ETag: answer.ETag, ...(answer[name] !== undefined && { [name]: answer[name] }) }
}

function presignedError(operation: string): TypeError {
  return new TypeError(
    `a presigned ${operation} would store what is sent with it as it is, not encrypted: presign with a plain S3Client, or upload here`,
  )
}
