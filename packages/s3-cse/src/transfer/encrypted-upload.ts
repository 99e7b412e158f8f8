/**
 * `EncryptedUpload`: a body of any length, encrypted and sent in parts at the same time.
 *
 * @module
 */

import type {
  CompleteMultipartUploadCommandOutput,
  PutObjectCommandInput,
  PutObjectCommandOutput,
} from '@aws-sdk/client-s3'
import { untilAborted } from '@esdk/cmm'
import { checkPlaintextLength } from '../body.ts'
import { type ClientParts, partsOfClient } from '../client-parts.ts'
import { leastPartLength, mostParts } from '../multipart-upload.ts'
import { putObject } from '../put-object.ts'
import { type BodyPieces, type Piece, piecesOf } from './body-pieces.ts'
import { endedWithin } from './ended-within.ts'
import { OneRun } from './one-run.ts'
import { checkPartSize, checkQueueSize, progressOf, type TransferOptions, usualUploadPart } from './transfer-options.ts'
import { tagLength, type UploadRequest, uploadInParts } from './upload-in-parts.ts'

/** The request of `PutObject`. Streams need no `ContentLength`; where it is given, it must be right. */
export type EncryptedUploadParams = Omit<PutObjectCommandInput, 'Body'> & {
  /** Bytes and Blobs are read part by part, and must not change meanwhile. */
  readonly Body: PutObjectCommandInput['Body'] | AsyncIterable<Uint8Array> | ArrayBuffer
}

export interface EncryptedUploadOptions extends TransferOptions {
  readonly params: EncryptedUploadParams
  /** Bytes of a part. Default: 7 MiB, or what 10,000 parts need for a longer body; 5 MiB at least. */
  readonly partSize?: number | undefined
}

/** What S3 answers: to the one request, or to the last. */
export type EncryptedUploadOutput = PutObjectCommandOutput | CompleteMultipartUploadCommandOutput

/**
 * One upload. A body that fits into one part is put at once; a longer one goes in parts, each of which is sent again by
 * itself, with the same bytes, as the AWS SDK does it. The object is the same as one that is put at once.
 *
 * A failure, or an abort, ends all parts, aborts the multipart upload at S3, destroys the stream of the body and forgets
 * the key. When the last request is under way by then, S3 may have the whole object nevertheless.
 */
export class EncryptedUpload {
  readonly #client: EncryptedUploadOptions['client']
  readonly #parts: ClientParts
  readonly #params: EncryptedUploadParams
  readonly #partSize: number | undefined
  readonly #queueSize: number
  readonly #onProgress: TransferOptions['onProgress']
  readonly #run: OneRun

  /** @throws TypeError, RangeError - an option that is not as documented */
  constructor({ client, params, partSize, queueSize, signal, onProgress }: EncryptedUploadOptions) {
    this.#parts = partsOfClient(client)
    if (typeof params !== 'object' || params === null) {
      throw new TypeError('params: the request of PutObject is expected, for example { Bucket, Key, Body }')
    }
    this.#client = client
    this.#params = params
    this.#partSize = partSize === undefined ? undefined : checkPartSize(partSize, leastPartLength)
    this.#queueSize = checkQueueSize(queueSize)
    this.#onProgress = onProgress
    this.#run = new OneRun(signal)
  }

  /**
   * Encrypts and sends. Once.
   *
   * @throws TypeError, RangeError - as `PutObject`, and for a body with more than 10,000 parts
   * @throws BodyLengthError - another length than was announced, or more than GCM takes
   */
  async done(): Promise<EncryptedUploadOutput> {
    return this.#run.start((stop) => this.#upload(stop))
  }

  /** Ends `done()`, with this reason. Resolves when nothing is left of the upload. */
  async abort(reason?: unknown): Promise<void> {
    return this.#run.abort(reason)
  }

  async #upload(stop: AbortController): Promise<EncryptedUploadOutput> {
    const body = piecesOf(this.#params.Body, this.#params.ContentLength)
    const close = () => body.close()
    stop.signal.addEventListener('abort', close)
    try {
      stop.signal.throwIfAborted()
      return await this.#send(body, stop)
    } catch (error) {
      body.close()
      throw error
    } finally {
      stop.signal.removeEventListener('abort', close)
    }
  }

  async #send(body: BodyPieces, stop: AbortController): Promise<EncryptedUploadOutput> {
    const partSize = this.#partSize ?? partSizeFor(body.length)
    checkPlaintextLength(body.length ?? 0)
    checkPartCount(body.length, partSize)
    const pieces = body.pieces(partSize, tagLength)
    try {
      // There is always a first one.
      const { value: first } = (await untilAborted(pieces.next(), stop.signal)) as { value: Piece }
      const onDone = progressOf(this.#onProgress, first.last ? first.bytes.length : body.length)
      if (first.last) {
        const answer = await this.#put(first, stop.signal)
        try {
          onDone(1, first.bytes.length)
        } catch {
          // The object is stored, and whoever is told of a failure would think that it is not.
        }
        return answer
      }
      return await uploadInParts(this.#parts, await this.#request(body.length), {
        pieces: following(first, pieces),
        partSize,
        queueSize: this.#queueSize,
        stop,
        onDone,
      })
    } finally {
      // An iterable ends so; it may wait for bytes, and ends when they come, or fail to.
      pieces.return(undefined).catch(() => {})
    }
  }

  async #put({ bytes }: Piece, signal: AbortSignal): Promise<PutObjectCommandOutput> {
    const { settings, others } = this.#parts
    const putting = putObject(settings, {
      input: { ...this.#params, Body: bytes, ContentLength: bytes.length },
      send: (input) => others.putObject(input, signal),
      others,
      signal,
    })
    try {
      return await untilAborted(putting, signal)
    } catch (error) {
      // An instruction file is taken back meanwhile.
      await endedWithin(putting)
      throw error
    }
  }

  async #request(length: number | undefined): Promise<UploadRequest> {
    const { Body: _body, ContentLength: _length, ...params } = this.#params
    // As Upload of the AWS SDK: a part without a checksum could be damaged on its way.
    const makesChecksums = (await this.#client.config.requestChecksumCalculation()) === 'WHEN_SUPPORTED'
    const ChecksumAlgorithm = params.ChecksumAlgorithm ?? (makesChecksums ? 'CRC32' : undefined)
    return { params: { ...params, ChecksumAlgorithm }, length }
  }
}

const mebibyte = 1024 * 1024

/** The usual size, or as many whole mebibytes as it takes. */
function partSizeFor(length: number | undefined): number {
  return Math.max(usualUploadPart, Math.ceil((length ?? 0) / mostParts / mebibyte) * mebibyte)
}

function checkPartCount(length: number | undefined, partSize: number): void {
  if (length === undefined || length <= partSize * mostParts) return
  throw new RangeError(
    `partSize: S3 takes ${mostParts} parts, which hold ${partSize * mostParts} bytes of the ${length} of the body: give a larger one, or none`,
  )
}

async function* following(first: Piece, rest: AsyncGenerator<Piece>): AsyncGenerator<Piece> {
  yield first
  yield* rest
}
