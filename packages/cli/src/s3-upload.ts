/**
 * A file or a pipe, encrypted into an object. The object appears when all of it is there; otherwise nothing of it is left.
 *
 * @module
 */

import type { S3EncryptionClient } from '@esdk/s3-cse'
import { CliError } from './cli-error.ts'
import type { InputFile } from './input-file.ts'
import type { S3Location } from './s3-location.ts'

export interface UploadOptions {
  readonly location: S3Location
  readonly context: Readonly<Record<string, string>> | undefined
  /** `false`: fail when there is such an object already. */
  readonly overwrite: boolean
  readonly signal: AbortSignal
  readonly onProgress: (done: number, total: number | undefined) => void
}

/** Gives the number of bytes. */
export async function uploadObject(
  client: S3EncryptionClient,
  { chunks, size }: Pick<InputFile, 'chunks' | 'size'>,
  { location, context, overwrite, signal, onProgress }: UploadOptions,
): Promise<number> {
  const { EncryptedUpload } = await import('@esdk/s3-cse')
  let bytes = 0
  const upload = new EncryptedUpload({
    client,
    signal,
    // The size is not announced: a file may have been read in part before, or grow.
    params: {
      Bucket: location.bucket,
      Key: location.key,
      Body: chunks,
      ...(context !== undefined && { EncryptionContext: context }),
      ...(!overwrite && { IfNoneMatch: '*' }),
    },
    onProgress({ loaded }) {
      bytes = loaded
      onProgress(loaded, size)
    },
  })
  try {
    await upload.done()
    return bytes
  } catch (error) {
    throw overwrite ? error : existingObject(error, location)
  }
}

function existingObject(error: unknown, { shown }: S3Location): unknown {
  if (!(error instanceof Error) || error.name !== 'PreconditionFailed') return error
  return new CliError(
    'ERR_ESDK_CLI_OUTPUT_EXISTS',
    `the object ${shown} exists, and --no-overwrite is set`,
    'Name another, or leave out --no-overwrite.',
    { cause: error },
  )
}
