/**
 * The instruction file of an object that is there already: written anew, or deleted, if it is still what was seen.
 *
 * Two may do so at once, and the file of one is of no use beside the object of the other. So each request is bound to the
 * file that was seen before, or to there being none: of two, S3 refuses one.
 *
 * @module
 */

import type { PutObjectCommandInput } from '@aws-sdk/client-s3'
import { isForbidden, isRefusal, type OtherOperations } from './call.ts'
import { isBroken, isNotImplemented } from './conditions.ts'
import { RewrapError } from './errors.ts'
import { getInstructionFile, locationOf, type ObjectLocation } from './find-envelope.ts'
import { instructionFileMetadata, isInstructionFile } from './instruction-file.ts'
import { checkFileWritten } from './repeated-request.ts'
import { etagOf } from './stored-object.ts'

/** A file, as it was seen. */
export interface SeenFile {
  readonly etag: string
  /** What is in it, where an object may need it again. */
  readonly bytes?: Uint8Array
}

/** A file that was written for an object that is about to need it. */
export interface ReplacedFile {
  /**
   * As it was before, if S3 refused the object, and nobody has written another file since. After any other error the file
   * stays: S3 may still store the object, or has, and a file that no object needs does no harm. Never fails.
   */
  takeBackAfter(error: unknown): Promise<void>
}

/** What is said of one object, or one file. */
type Place = ObjectLocation & { readonly Key: string }

/**
 * What is in the place of a file. Whoever may not read sees nothing there, and replaces nothing.
 *
 * @throws RewrapError, EnvelopeError - an object that is no instruction file
 */
export async function lookForFile(
  place: Place,
  { getObject }: OtherOperations,
  signal: AbortSignal | undefined,
): Promise<SeenFile | undefined> {
  let etag = ''
  const get = async (request: ObjectLocation) => {
    const answer = await getObject(request, signal)
    etag = etagOf(answer)
    return answer
  }
  const bytes = await getInstructionFile(place, get).catch((error: unknown) => {
    if (isForbidden(error)) return undefined
    throw error
  })
  if (bytes === undefined) return undefined
  if (isInstructionFile(bytes)) return { etag, bytes }
  throw new RewrapError(
    `the instruction file would be written over the object ${JSON.stringify(place.Key)}, which is none: give that object another name, or leave the data key in the metadata`,
  )
}

/** @throws PreconditionFailed, NoSuchKey - of S3: it is not what was seen any more */
export async function replaceFile(
  input: PutObjectCommandInput & Place,
  Body: Uint8Array,
  seen: SeenFile | undefined,
  others: OtherOperations,
  signal: AbortSignal | undefined,
): Promise<ReplacedFile> {
  const request = {
    ContentType: 'application/json',
    ...input,
    Metadata: { ...input.Metadata, ...instructionFileMetadata },
  }
  const condition = seen === undefined ? { IfNoneMatch: '*' } : { IfMatch: seen.etag }
  try {
    const { ETag } = await others.putObject({ ...request, ...condition, Body }, signal)
    return { takeBackAfter: takingBack(request, ETag, seen, others) }
  } catch (error) {
    await checkFileWritten(error, Body, locationOf(input, input.Key), others)
    return { takeBackAfter: async () => {} }
  }
}

function takingBack(
  request: PutObjectCommandInput & Place,
  etag: string | undefined,
  seen: SeenFile | undefined,
  others: OtherOperations,
): ReplacedFile['takeBackAfter'] {
  return async (error) => {
    if (etag === undefined || !isRefusal(error)) return
    const done =
      seen?.bytes === undefined
        ? deleteFile(request, etag, others)
        : others.putObject({ ...request, Body: seen.bytes, IfMatch: etag })
    await done.catch(() => {})
  }
}

/** Stores the object that needs the file. */
export async function storeBesideFile<Output>(file: ReplacedFile, store: () => Promise<Output>): Promise<Output> {
  try {
    return await store()
  } catch (error) {
    await file.takeBackAfter(error)
    throw error
  }
}

/** No object needs this file any more. Another that is there by now is somebody else's, and stays. */
export async function deleteFile(
  place: Place,
  etag: string,
  others: OtherOperations,
  signal?: AbortSignal,
): Promise<void> {
  const { Bucket, Key, ExpectedBucketOwner, RequestPayer } = place
  const request = {
    Bucket,
    Key,
    ...(RequestPayer !== undefined && { RequestPayer }),
    ...(ExpectedBucketOwner !== undefined && { ExpectedBucketOwner }),
  }
  try {
    await others.deleteObject({ ...request, IfMatch: etag }, signal)
  } catch (error) {
    if (isBroken(error)) return
    if (!isNotImplemented(error)) throw error
    // A server that knows no condition here: the same, as well as it can be done.
    const seen = await lookForFile(locationOf(place, Key), others, signal)
    if (seen?.etag === etag) await others.deleteObject(request, signal)
  }
}
