/**
 * A multipart upload at S3, of which nothing stays there unless it is completed.
 *
 * @module
 */

import type {
  AbortMultipartUploadCommandInput,
  CreateMultipartUploadCommandInput,
  CreateMultipartUploadCommandOutput,
  UploadPartCommandInput,
} from '@aws-sdk/client-s3'
import type { OtherOperations } from '../call.ts'
import { UnexpectedAnswerError } from '../errors.ts'
import { cleanupMs } from './ended-within.ts'
import { type Attempt, retried } from './retry.ts'

/** An upload at S3, which may have begun without our knowing. */
export class BegunUpload {
  readonly place: Promise<UploadPlace>
  readonly #others: OtherOperations
  readonly #giveUp = new AbortController()

  constructor(request: CreateMultipartUploadCommandInput, others: OtherOperations) {
    this.#others = others
    // Not ended by the signal of the caller: S3 may have begun the upload, and its answer tells what to abort.
    const creating = others.createMultipartUpload(request, this.#giveUp.signal)
    this.place = creating.then((answer) => placeOfUpload(request, answer))
  }

  /**
   * Nothing of it stays at S3. Never fails: what is left when S3 refuses is removed by the rule of the bucket for
   * incomplete uploads.
   *
   * @returns whether S3 has said so. That there is no such upload says nothing: it may have been completed
   */
  async abort(): Promise<boolean> {
    const limit = AbortSignal.timeout(cleanupMs)
    limit.addEventListener('abort', () => this.#giveUp.abort(limit.reason))
    try {
      const { Bucket, Key, UploadId, RequestPayer, ExpectedBucketOwner } = await this.place
      const upload = { Bucket, Key, UploadId, RequestPayer, ExpectedBucketOwner }
      return await retried(async () => this.#tryToAbort(upload, limit), limit)
    } catch {
      // The failure before it is what the caller is told.
      return false
    }
  }

  async #tryToAbort(upload: AbortMultipartUploadCommandInput, limit: AbortSignal): Promise<Attempt<boolean>> {
    try {
      await this.#others.abortMultipartUpload(upload, limit)
      return { kind: 'done', value: true }
    } catch (error) {
      const isGone = error instanceof Error && error.name === 'NoSuchUpload'
      return isGone ? { kind: 'done', value: false } : { kind: 'failed', error }
    }
  }
}

/** What all requests of an upload have in common. */
export type UploadPlace = Pick<
  UploadPartCommandInput,
  | 'Bucket'
  | 'Key'
  | 'UploadId'
  | 'RequestPayer'
  | 'ExpectedBucketOwner'
  | 'SSECustomerAlgorithm'
  | 'SSECustomerKey'
  | 'SSECustomerKeyMD5'
>

function placeOfUpload(
  request: CreateMultipartUploadCommandInput,
  { UploadId }: CreateMultipartUploadCommandOutput,
): UploadPlace {
  if (UploadId === undefined) throw new UnexpectedAnswerError('the answer to CreateMultipartUpload has no UploadId')
  const { Bucket, Key, RequestPayer, ExpectedBucketOwner } = request
  const { SSECustomerAlgorithm, SSECustomerKey, SSECustomerKeyMD5 } = request
  return {
    Bucket,
    Key,
    UploadId,
    RequestPayer,
    ExpectedBucketOwner,
    SSECustomerAlgorithm,
    SSECustomerKey,
    SSECustomerKeyMD5,
  }
}
