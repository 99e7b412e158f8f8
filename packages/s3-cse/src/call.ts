/**
 * One call of an operation of S3, as it passes through the client.
 *
 * @module
 */

import type {
  AbortMultipartUploadCommandInput,
  CompleteMultipartUploadCommandInput,
  CompleteMultipartUploadCommandOutput,
  CopyObjectCommandInput,
  CopyObjectCommandOutput,
  CreateMultipartUploadCommandInput,
  CreateMultipartUploadCommandOutput,
  DeleteObjectCommandInput,
  GetObjectCommandInput,
  GetObjectCommandOutput,
  GetObjectTaggingCommandInput,
  GetObjectTaggingCommandOutput,
  HeadObjectCommandInput,
  HeadObjectCommandOutput,
  PutObjectCommandInput,
  PutObjectCommandOutput,
  UploadPartCommandInput,
  UploadPartCommandOutput,
} from '@aws-sdk/client-s3'

/** One call. What it sends is sent as it is. */
export interface Call<Input, Output> {
  readonly input: Input
  /** Send a request of the operation: the caller's, changed, or another. */
  readonly send: (input: Input) => Promise<Output>
  /** Requests of other operations. */
  readonly others: OtherOperations
  readonly signal?: AbortSignal | undefined
  /** Is the request only to be presigned? That is asked before anything changes: nothing will be sent. */
  readonly presigns?: (() => Promise<boolean>) | undefined
}

/**
 * What an operation may need of others; each sends as it is, without encryption.
 *
 * @throws TypeError - the plug-in was made without a client
 */
export interface OtherOperations {
  getObject(input: GetObjectCommandInput, signal?: AbortSignal): Promise<GetObjectCommandOutput>
  headObject(input: HeadObjectCommandInput, signal?: AbortSignal): Promise<HeadObjectCommandOutput>
  putObject(input: PutObjectCommandInput, signal?: AbortSignal): Promise<PutObjectCommandOutput>
  copyObject(input: CopyObjectCommandInput, signal?: AbortSignal): Promise<CopyObjectCommandOutput>
  deleteObject(input: DeleteObjectCommandInput, signal?: AbortSignal): Promise<unknown>
  getObjectTagging(input: GetObjectTaggingCommandInput, signal?: AbortSignal): Promise<GetObjectTaggingCommandOutput>
  createMultipartUpload(
    input: CreateMultipartUploadCommandInput,
    signal?: AbortSignal,
  ): Promise<CreateMultipartUploadCommandOutput>
  uploadPart(input: UploadPartCommandInput, signal?: AbortSignal): Promise<UploadPartCommandOutput>
  completeMultipartUpload(
    input: CompleteMultipartUploadCommandInput,
    signal?: AbortSignal,
  ): Promise<CompleteMultipartUploadCommandOutput>
  abortMultipartUpload(input: AbortMultipartUploadCommandInput, signal?: AbortSignal): Promise<unknown>
}

/** The errors by which S3 says that there is no such object. */
export function isNoSuchKey(error: unknown): boolean {
  return error instanceof Error && (error.name === 'NoSuchKey' || error.name === 'NotFound')
}

/** What S3 answers where it does not even tell whether there is such an object. */
export function isForbidden(error: unknown): boolean {
  const { $metadata } = (error ?? {}) as { readonly $metadata?: { readonly httpStatusCode?: number } }
  return $metadata?.httpStatusCode === 403
}

/**
 * Has S3 refused a write, for certain? Only when it said so to the first try: an answer to a later one may tell what the
 * first has changed. `NoSuchUpload` comes after an upload that was completed, too.
 */
export function isRefusal(error: unknown): boolean {
  const { name, $metadata } = (error ?? {}) as {
    readonly name?: string
    readonly $metadata?: { readonly httpStatusCode?: number; readonly attempts?: number }
  }
  // The AWS SDK counts no tries of a stream: there is one.
  const { httpStatusCode: status = 0, attempts = 1 } = $metadata ?? {}
  return status >= 400 && status < 500 && attempts === 1 && name !== 'NoSuchUpload'
}

/** Is this the answer to a request that was presigned and not sent? */
export function isPresigned(output: object): boolean {
  return 'presigned' in output
}
