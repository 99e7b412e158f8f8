/**
 * Writing the instruction file of an object.
 *
 * The file has to be there when the object is, so it is written first. Should the object fail, the file before it is put
 * back: without it, the object that is still there could not be read. An answer that was lost says nothing of what S3 did.
 *
 * @module
 */

import type { CopyObjectCommandInput, PutObjectCommandInput } from '@aws-sdk/client-s3'
import { isForbidden, isNoSuchKey, type OtherOperations } from './call.ts'
import { getInstructionFile, locationOf } from './find-envelope.ts'
import { instructionFileKey, instructionFileMetadata } from './instruction-file.ts'

/** A file that has been written. */
export interface PutInstructionFile {
  /** The object has failed: as it was before. Never fails; what is left then is a file that no object needs. */
  takeBack(): Promise<void>
  /** The request for the object has failed: the same, unless S3 has stored the object, and only its answer was lost. */
  takeBackUnlessStored(): Promise<void>
}

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

/** @param input - the request for the object */
export async function putInstructionFile(
  file: Uint8Array,
  input: PutObjectCommandInput | CopyObjectCommandInput,
  others: OtherOperations,
  signal?: AbortSignal,
): Promise<PutInstructionFile> {
  if (typeof input.Key !== 'string' || input.Key === '') throw new TypeError('the request needs a Key')
  const place = locationOf(input, instructionFileKey(input.Key))
  const before = await getInstructionFile(place, (request) => others.getObject(request, signal)).catch(notSeen)
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
      before === undefined
        ? others.deleteObject({ Bucket, Key, ExpectedBucketOwner, RequestPayer })
        : others.putObject({ ...request, Body: before })
    await done.catch(() => {})
  }
  try {
    await others.putObject({ ...request, Body: file }, signal)
  } catch (error) {
    // The old object still needs the old file, and S3 may have the new one: only its answer may be lost.
    if (before !== undefined) await takeBack()
    throw error
  }
  return {
    takeBack,
    async takeBackUnlessStored() {
      const now = await tagOf(input, others).catch(() => objectBefore)
      if (now === objectBefore) await takeBack()
    },
  }
}

/** The ETag of the object that the file is for; `undefined` where there is none, or none to be seen. */
async function tagOf(
  input: PutObjectCommandInput | CopyObjectCommandInput,
  { headObject }: OtherOperations,
  signal?: AbortSignal,
): Promise<string | undefined> {
  const head = await headObject(locationOf(input, input.Key ?? ''), signal).catch(notSeen)
  return head?.ETag
}

/** Whoever may write and not read sees nothing that is there. */
function notSeen(error: unknown): undefined {
  if (!isNoSuchKey(error) && !isForbidden(error)) throw error
}
