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
 * @module
 */

import type { CopyObjectCommandInput, PutObjectCommandInput } from '@aws-sdk/client-s3'
import { untilAborted } from '@esdk/cmm'
import { isForbidden, isNoSuchKey, isRefusal, type OtherOperations } from './call.ts'
import { getInstructionFile, locationOf } from './find-envelope.ts'
import { instructionFileKey, instructionFileMetadata } from './instruction-file.ts'
import { endedWithin } from './transfer/ended-within.ts'

/** A file that has been written. Neither of the two fails: what may be left is a file that no object needs. */
export interface PutInstructionFile {
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

/** What nobody sees who may write and not read. */
const hidden: unique symbol = Symbol('hidden')

/**
 * @param input - the request for the object
 * @throws whatever fails, and the reason of an abort; the file is as it was before then
 */
export async function putInstructionFile(
  file: Uint8Array,
  input: ObjectRequest,
  others: OtherOperations,
  signal?: AbortSignal,
): Promise<PutInstructionFile> {
  if (typeof input.Key !== 'string' || input.Key === '') throw new TypeError('the request needs a Key')
  const place = locationOf(input, instructionFileKey(input.Key))
  const before = await seen(getInstructionFile(place, (request) => others.getObject(request, signal)))
  const objectBefore = await tagOf(input, others, signal)
  const request: PutObjectCommandInput = {
    ...Object.fromEntries(shared.flatMap((name) => (input[name] === undefined ? [] : [[name, input[name]]]))),
    Bucket: input.Bucket,
    Key: place.Key,
    Metadata: { ...instructionFileMetadata },
    ContentType: 'application/json',
  }
  const takeBack = async () => {
    const { Bucket, Key, ExpectedBucketOwner, RequestPayer } = place
    const done =
      before instanceof Uint8Array
        ? others.putObject({ ...request, Body: before })
        : others.deleteObject({ Bucket, Key, ExpectedBucketOwner, RequestPayer })
    await done.catch(() => {})
  }
  const cut = new AbortController()
  const putting = others.putObject({ ...request, Body: file }, cut.signal)
  try {
    await untilAborted(putting, signal)
  } catch (error) {
    // It ends first, or it could overtake what takes it back.
    await endedWithin(putting, endingMs)
    cut.abort()
    // Of a file that nobody sees, nobody can tell whether it is still the one before.
    if (before !== hidden && !isRefusal(error)) await takeBack()
    throw error
  }
  return {
    takeBack,
    async takeBackUnlessStored(error, isAborted = false) {
      const wasNeeded = before instanceof Uint8Array && objectBefore !== undefined
      const isReplaced = async () => {
        const now = () => tagOf(input, others, AbortSignal.timeout(lookMs)).catch((): Tag => hidden)
        return becomesAnother(objectBefore, now, isAborted ? [0] : pausesMs)
      }
      if (isRefusal(error) || ((isAborted || wasNeeded) && !(await isReplaced()))) await takeBack()
    },
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

/** The ETag of an object; `undefined` where there is none. */
type Tag = string | undefined | typeof hidden

async function tagOf(input: ObjectRequest, { headObject }: OtherOperations, signal?: AbortSignal): Promise<Tag> {
  const head = await seen(headObject(locationOf(input, input.Key ?? ''), signal))
  return head === undefined || head === hidden ? head : (head.ETag ?? '')
}

/** What is there, or `undefined` where nothing is. */
async function seen<Value>(looking: Promise<Value>): Promise<Value | undefined | typeof hidden> {
  return looking.catch((error: unknown) => {
    if (isNoSuchKey(error)) return undefined
    if (isForbidden(error)) return hidden
    throw error
  })
}
