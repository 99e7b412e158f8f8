/**
 * The instruction file of an object that is there already: written anew, or deleted, if it is still what was seen.
 *
 * Two may do so at once, and the file of one is of no use beside the object of the other. So each request is bound to the
 * file that was seen before, or to there being none: of two, S3 refuses one.
 *
 * @module
 */

import type { PutObjectCommandInput, PutObjectCommandOutput } from '@aws-sdk/client-s3'
import { isForbidden, isNoSuchKey, isRefusal, type OtherOperations } from './call.ts'
import { isBroken, isConflict, isNotImplemented } from './conditions.ts'
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
   *
   * @param isNotStored - S3 has not stored the object and never will, whatever the error says
   */
  takeBackAfter(error: unknown, isNotStored?: boolean): Promise<void>
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
  try {
    const { ETag } = await putIfSeen({ ...request, Body }, seen, others, signal)
    return { takeBackAfter: takingBack(request, ETag, seen, others) }
  } catch (error) {
    await checkFileWritten(error, Body, locationOf(input, input.Key), others)
    return { takeBackAfter: async () => {} }
  }
}

async function putIfSeen(
  request: PutObjectCommandInput & Place,
  seen: SeenFile | undefined,
  others: OtherOperations,
  signal: AbortSignal | undefined,
): Promise<PutObjectCommandOutput> {
  const condition = seen === undefined ? { IfNoneMatch: '*' } : { IfMatch: seen.etag }
  try {
    return await others.putObject({ ...request, ...condition }, signal)
  } catch (error) {
    if (!isNotImplemented(error)) throw error
    // A server that knows no condition here: the same, as well as it can be done.
    if ((await tagOf(request, others, signal)) === seen?.etag) return others.putObject(request, signal)
    throw new RewrapError(
      `another has written or deleted the instruction file ${JSON.stringify(request.Key)} meanwhile: try again`,
    )
  }
}

/** The ETag of what is there; `undefined` where nothing is. */
async function tagOf(
  place: Place,
  { headObject }: OtherOperations,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  try {
    return etagOf(await headObject(locationOf(place, place.Key), signal))
  } catch (error) {
    if (isNoSuchKey(error)) return undefined
    throw error
  }
}

function takingBack(
  request: PutObjectCommandInput & Place,
  etag: string | undefined,
  seen: SeenFile | undefined,
  others: OtherOperations,
): ReplacedFile['takeBackAfter'] {
  return async (error, isNotStored = false) => {
    if (etag === undefined || !(isNotStored || isRefusal(error))) return
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

/** The file that an object needs, should another have deleted it. What is in its place otherwise is somebody else's. */
export async function keepFile(
  input: PutObjectCommandInput & Place,
  bytes: Uint8Array,
  others: OtherOperations,
  signal: AbortSignal | undefined,
): Promise<void> {
  const place = locationOf(input, input.Key)
  for (let tries = 3; ; tries--) {
    // Whoever may write and not read finds out when he writes.
    const tag = await tagOf(place, others, signal).catch((error: unknown) => {
      if (!isForbidden(error)) throw error
    })
    if (tag !== undefined) return
    try {
      await replaceFile(input, bytes, undefined, others, signal)
      return
    } catch (error) {
      if (isBroken(error)) return
      if (tries === 1 || !isConflict(error)) throw error
    }
  }
}

/** Deletes the file, if it is still this one. Another that is there by now is somebody else's, and stays. */
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
  const deleteIfSame = () => others.deleteObject({ ...request, IfMatch: etag }, signal)
  try {
    await deleteIfSame().catch((error: unknown) => {
      if (!isConflict(error)) throw error
      return deleteIfSame()
    })
  } catch (error) {
    // Twice a conflict: somebody writes a file of his own.
    if (isBroken(error) || isConflict(error)) return
    if (!isNotImplemented(error)) throw error
    // A server that knows no condition here: the same, as well as it can be done.
    if ((await tagOf(place, others, signal)) === etag) await others.deleteObject(request, signal)
  }
}

/**
 * Deletes the file of an object that does without it from now on.
 *
 * @throws RewrapError - the object is done, and the file is still there; `cause` says why
 */
export async function deleteLeftFile(
  place: Place,
  etag: string,
  others: OtherOperations,
  signal: AbortSignal | undefined,
): Promise<void> {
  try {
    await deleteFile(place, etag, others, signal)
  } catch (cause) {
    if (signal?.aborted) throw cause
    throw new RewrapError(
      `the new data key of the object is in its metadata, and S3 did not delete the instruction file ${JSON.stringify(place.Key)}, which nobody reads any more: delete it`,
      { cause },
    )
  }
}
