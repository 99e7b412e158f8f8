/**
 * Writing the instruction file of an object.
 *
 * The file has to be there when the object is, so it is written first. Should the object fail, the file before it is put
 * back: without it, the object that is still there could not be read.
 *
 * @module
 */

import type { CopyObjectCommandInput, PutObjectCommandInput } from '@aws-sdk/client-s3'
import type { OtherOperations } from './call.ts'
import { getInstructionFile, locationOf } from './find-envelope.ts'
import { instructionFileKey, instructionFileMetadata } from './instruction-file.ts'

/** A file that has been written. */
export interface PutInstructionFile {
  /** The object has failed: as it was before. Never fails; what is left then is a file that no object needs. */
  takeBack(): Promise<void>
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
  { getObject, putObject, deleteObject }: OtherOperations,
  signal?: AbortSignal,
): Promise<PutInstructionFile> {
  const location = locationOf(input, instructionFileKey(input.Key ?? ''))
  const before = await getInstructionFile(location, (request) => getObject(request, signal))
  const request: PutObjectCommandInput = {
    ...Object.fromEntries(shared.flatMap((name) => (input[name] === undefined ? [] : [[name, input[name]]]))),
    Bucket: input.Bucket,
    Key: location.Key,
    Metadata: { ...instructionFileMetadata },
    ContentType: 'application/json',
  }
  await putObject({ ...request, Body: file }, signal)
  return {
    async takeBack() {
      const { Bucket, Key, ExpectedBucketOwner, RequestPayer } = location
      const done =
        before === undefined
          ? deleteObject({ Bucket, Key, ExpectedBucketOwner, RequestPayer })
          : putObject({ ...request, Body: before })
      await done.catch(() => {})
    },
  }
}
