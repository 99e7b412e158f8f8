/**
 * Writing the instruction file of an object.
 *
 * The file has to be there when the object is, so it is written first. What becomes of it when the request for the object
 * fails depends on what is known of the object:
 *
 * | it is                   | and before there was   | the file                                             |
 * | ----------------------- | ---------------------- | ---------------------------------------------------- |
 * | not stored, for certain | a file                 | is that one again                                    |
 * | not stored, for certain | no file                | is deleted                                           |
 * | stored, or perhaps      | no object with a file  | stays: without its object, it does no harm           |
 * | stored, or perhaps      | an object with a file  | stays, if another object is seen within some seconds |
 * |                         |                        | is the one before again, otherwise                   |
 *
 * In the last case one of two objects loses its key, as a file has no room for both. It is the new one: its writer is told
 * of the failure and still has the plaintext, while nobody else may have that of the old one.
 *
 * Two may write one object at once. So the file is bound to the one that was seen before, or to there being none, and what
 * takes it back to the file that was written here: a file that somebody else has written since is theirs, and stays. Of
 * those who give a condition for the object, S3 takes one, who writes the file again if it is that of another by then.
 *
 * @module
 */

import {
  type CopyObjectCommandInput,
  type PutObjectCommandInput,
  type PutObjectCommandOutput,
  S3ServiceException,
} from '@aws-sdk/client-s3'
import { untilAborted } from '@esdk/cmm'
import { equalInConstantTime } from '@esdk/crypto-backend'
import { isForbidden, isNoSuchKey, isRefusal, type OtherOperations } from './call.ts'
import { isBroken, isConflict, isNotImplemented, isRejected } from './conditions.ts'
import { getInstructionFile, locationOf, type ObjectLocation } from './find-envelope.ts'
import { instructionFileKey, instructionFileMetadata } from './instruction-file.ts'
import { deleteFile } from './replace-instruction-file.ts'
import { etagOf } from './stored-object.ts'
import { cleanupMs, endedWithin } from './transfer/ended-within.ts'

/** A file that has been written. None of these fails: what may be left is a file that no object needs. */
export interface PutInstructionFile {
  /**
   * S3 has stored the object. Where it was bound to a condition, others may have written their file before they learn that
   * it is broken: then it is this one again.
   *
   * @param etag - of the object
   */
  keepFor(etag: string | undefined): Promise<void>
  /** The object was not sent, or not all of it: as it was before. */
  takeBack(): Promise<void>
  /**
   * The request for the object failed with this error: the same, unless S3 has stored the object or still may.
   *
   * @param isAborted - S3 has aborted the upload of the object: what it has not stored by now, it never will
   */
  takeBackUnlessStored(error: unknown, isAborted?: boolean): Promise<void>
}

type ObjectRequest = PutObjectCommandInput | CopyObjectCommandInput

/** Of the request for the object, what holds for its file as well. */
const shared = [
  'Bucket',
  'ACL',
  'BucketKeyEnabled',
  'ChecksumAlgorithm',
  'ExpectedBucketOwner',
  'GrantFullControl',
  'GrantRead',
  'GrantReadACP',
  'GrantWriteACP',
  'ObjectLockLegalHoldStatus',
  'ObjectLockMode',
  'ObjectLockRetainUntilDate',
  'RequestPayer',
  'SSECustomerAlgorithm',
  'SSECustomerKey',
  'SSECustomerKeyMD5',
  'SSEKMSEncryptionContext',
  'SSEKMSKeyId',
  'ServerSideEncryption',
  'StorageClass',
  'Tagging',
] as const

/** How long is waited for a request to end whose answer nobody waits for, in ms. */
const endingMs = 3000

/** Looks for an object that S3 may still store: before each, in ms. */
const pausesMs = [0, 200, 500, 1000, 2000]

/** How long S3 may take to tell what is there, in ms. */
const lookMs = 1000

/** How often a file is written that others write at the same time. */
const mostTries = 8

/** What nobody sees who may write and not read. */
const hidden: unique symbol = Symbol('hidden')

/** The ETag of an object; `undefined` where there is none. */
type Tag = string | undefined | typeof hidden

type SeenFile = { readonly etag: string; readonly bytes: Uint8Array } | undefined | typeof hidden

type FileRequest = PutObjectCommandInput & { readonly Key: string }

/**
 * @param input - the request for the object
 * @throws PreconditionFailed - the condition of the request is broken, or somebody else is about to break it
 * @throws whatever fails, and the reason of an abort; the file is as it was before then
 */
export async function putInstructionFile(
  file: Uint8Array,
  input: ObjectRequest,
  others: OtherOperations,
  signal?: AbortSignal,
): Promise<PutInstructionFile> {
  if (typeof input.Key !== 'string' || input.Key === '') throw new TypeError('the request needs a Key')
  const request = requestFor(input, instructionFileKey(input.Key))
  const isConditional = input.IfMatch !== undefined || input.IfNoneMatch !== undefined
  for (let tries = 1; ; tries++) {
    const before = await fileIn(request, others, signal)
    const objectBefore = await tagOf(input, others, signal)
    checkCondition(input, objectBefore)
    try {
      const etag = await putOver(before, request, file, others, signal)
      const takeBack = () => putBack(before, etag, request, others)
      return {
        keepFor: (tag) => (isConditional ? keep(file, request, input, tag, others) : Promise.resolve()),
        takeBack,
        takeBackUnlessStored: takingBack(input, before, objectBefore, takeBack, others),
      }
    } catch (error) {
      const isOvertaken = before !== hidden && (isBroken(error) || isConflict(error))
      if (!isOvertaken || tries === mostTries || (isConditional && !isNoSuchKey(error))) throw error
    }
  }
}

function requestFor(input: ObjectRequest, Key: string): FileRequest {
  return {
    ...Object.fromEntries(shared.flatMap((name) => (input[name] === undefined ? [] : [[name, input[name]]]))),
    Bucket: input.Bucket,
    Key,
    Metadata: { ...instructionFileMetadata },
    ContentType: 'application/json',
  }
}

/**
 * S3 would refuse the object, and nobody could read the one that is there meanwhile.
 *
 * @throws PreconditionFailed - as S3 says it
 */
function checkCondition({ Key, IfMatch, IfNoneMatch }: ObjectRequest, object: Tag): void {
  if (object === undefined || object === hidden) return
  const isOther = object !== '' && IfMatch !== undefined && IfMatch !== '*' && !isAlike(IfMatch, object)
  if (!isOther && IfNoneMatch !== '*') return
  throw new S3ServiceException({
    name: 'PreconditionFailed',
    $fault: 'client',
    message: `the object ${JSON.stringify(Key)} is there, and ${isOther ? 'not the one of IfMatch' : "IfNoneMatch is '*'"}: nothing was written`,
    $metadata: { httpStatusCode: 412, attempts: 1 },
  })
}

/** Some answers have an ETag in quotes, and some without. */
function isAlike(a: string, b: string): boolean {
  return a.replaceAll('"', '') === b.replaceAll('"', '')
}

/**
 * The file is written where there is still what was seen.
 *
 * @returns its ETag
 */
async function putOver(
  before: SeenFile,
  request: FileRequest,
  file: Uint8Array,
  others: OtherOperations,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  const cut = new AbortController()
  const putting = putBound(before, { ...request, Body: file }, others, cut.signal)
  try {
    return (await untilAborted(putting, signal)).ETag
  } catch (error) {
    // It ends first, or it could overtake what takes it back.
    await endedWithin(putting, endingMs)
    cut.abort()
    if (isRefusal(error)) throw error
    const now = await fileIn(request, others, AbortSignal.timeout(endingMs)).catch((): SeenFile => hidden)
    if (now === undefined || now === hidden || !equalInConstantTime(now.bytes, file)) throw error
    // The first try wrote it, and so broke the condition of the second.
    if (isBroken(error)) return now.etag
    // Of a file that nobody saw, nobody can tell whether it was the one before.
    if (before !== hidden) await putBack(before, now.etag, request, others)
    throw error
  }
}

/** Where a server knows no condition, without one. */
async function putBound(
  before: SeenFile,
  request: FileRequest,
  others: OtherOperations,
  signal: AbortSignal,
): Promise<PutObjectCommandOutput> {
  const condition = before === hidden ? {} : before === undefined ? { IfNoneMatch: '*' } : { IfMatch: before.etag }
  return others.putObject({ ...request, ...condition }, signal).catch((error: unknown) => {
    if (isNotImplemented(error)) return others.putObject(request, signal)
    throw error
  })
}

/** Writes the file again over that of somebody else, as long as the object is still the one that needs it. */
async function keep(
  file: Uint8Array,
  request: FileRequest,
  input: ObjectRequest,
  etag: string | undefined,
  others: OtherOperations,
): Promise<void> {
  const limit = AbortSignal.timeout(cleanupMs)
  for (let tries = 1; tries <= mostTries; tries++) {
    try {
      const now = await fileIn(request, others, limit)
      if (now === hidden || (now !== undefined && equalInConstantTime(now.bytes, file))) return
      const object = await tagOf(input, others, limit)
      if (typeof object !== 'string' || etag === undefined || !isAlike(object, etag)) return
      await putBound(now, { ...request, Body: file }, others, limit)
      return
    } catch (error) {
      if (!isBroken(error) && !isConflict(error)) return
    }
  }
}

/** As it was before, unless somebody else has written the file since. Never fails. */
async function putBack(
  before: SeenFile,
  etag: string | undefined,
  request: FileRequest,
  others: OtherOperations,
): Promise<void> {
  if (etag === undefined) return
  const isThere = before !== undefined && before !== hidden
  const done = isThere
    ? restore({ ...request, Body: before.bytes }, etag, others)
    : deleteFile(locationOf(request, request.Key), etag, others)
  await done.catch(() => {})
}

async function restore(request: FileRequest, etag: string, others: OtherOperations): Promise<void> {
  try {
    await others.putObject({ ...request, IfMatch: etag })
  } catch (error) {
    if (!isNotImplemented(error)) throw error
    const now = await fileIn(request, others)
    if (now !== undefined && now !== hidden && now.etag === etag) await others.putObject(request)
  }
}

function takingBack(
  input: ObjectRequest,
  before: SeenFile,
  objectBefore: Tag,
  takeBack: () => Promise<void>,
  others: OtherOperations,
): PutInstructionFile['takeBackUnlessStored'] {
  const now = () => tagOf(input, others, AbortSignal.timeout(lookMs)).catch((): Tag => hidden)
  const wasNeeded = before !== undefined && before !== hidden && objectBefore !== undefined
  return async (error, isAborted = false) => {
    const isReplaced = async () => becomesAnother(objectBefore, now, isAborted ? [0] : pausesMs)
    if (isRefusal(error) || ((isAborted || wasNeeded) && !(await isReplaced()))) await takeBack()
  }
}

/** Is another object to be seen than before, after one of these pauses? */
async function becomesAnother(before: Tag, look: () => Promise<Tag>, pauses: readonly number[]): Promise<boolean> {
  for (const pause of pauses) {
    await new Promise((resolve) => setTimeout(resolve, pause))
    const now = await look()
    if (now !== hidden && now !== before) return true
  }
  return false
}

/** What is in the place of the file. */
async function fileIn(request: FileRequest, { getObject }: OtherOperations, signal?: AbortSignal): Promise<SeenFile> {
  const place = locationOf(request, request.Key)
  let etag = ''
  const get = async (asked: ObjectLocation) => {
    const answer = await getObject(asked, signal)
    etag = etagOf(answer)
    return answer
  }
  const bytes = await seen(getInstructionFile(place, get), place)
  return bytes === undefined || bytes === hidden ? bytes : { etag, bytes }
}

async function tagOf(input: ObjectRequest, { headObject }: OtherOperations, signal?: AbortSignal): Promise<Tag> {
  const place = locationOf(input, input.Key ?? '')
  const head = await seen(headObject(place, signal), place)
  return head === undefined || head === hidden ? head : (head.ETag ?? '')
}

/** What is there, or `undefined` where nothing is. */
async function seen<Value>(looking: Promise<Value>, place: ObjectLocation): Promise<Value | undefined | typeof hidden> {
  // An object that is not encrypted with this key of the customer's: the request is for the next one.
  const hasOtherKey = (error: unknown) => place.SSECustomerAlgorithm !== undefined && isRejected(error)
  return looking.catch((error: unknown) => {
    if (isNoSuchKey(error)) return undefined
    if (isForbidden(error) || hasOtherKey(error)) return hidden
    throw error
  })
}
