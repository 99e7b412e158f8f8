/**
 * `DeleteObject` and `DeleteObjects`: an object, and the instruction file beside it.
 *
 * A version of an object is deleted alone: nobody knows which version of the file belongs to it.
 *
 * @module
 */

import type {
  DeleteObjectCommandInput,
  DeleteObjectCommandOutput,
  DeleteObjectsCommandInput,
  DeleteObjectsCommandOutput,
} from '@aws-sdk/client-s3'
import { type Call, isPresigned } from './call.ts'
import { instructionFileKey } from './instruction-file.ts'

/** The object first: without it, the file is nothing; without its file, the object could not be read. */
export async function deleteObject({
  input,
  send,
}: Call<DeleteObjectCommandInput, DeleteObjectCommandOutput>): Promise<DeleteObjectCommandOutput> {
  const answer = await send(input)
  if (isPresigned(answer) || input.VersionId !== undefined) return answer
  const { Bucket, Key, BypassGovernanceRetention, ExpectedBucketOwner, RequestPayer, MFA } = input
  await send({
    Bucket,
    Key: instructionFileKey(Key ?? ''),
    ...(BypassGovernanceRetention !== undefined && { BypassGovernanceRetention }),
    ...(ExpectedBucketOwner !== undefined && { ExpectedBucketOwner }),
    ...(RequestPayer !== undefined && { RequestPayer }),
    ...(MFA !== undefined && { MFA }),
  })
  return answer
}

/** Errors of the files are among those of the objects, by the names of the files. */
export async function deleteObjects({
  input,
  send,
}: Call<DeleteObjectsCommandInput, DeleteObjectsCommandOutput>): Promise<DeleteObjectsCommandOutput> {
  const answer = await send(input)
  const failed = new Set(answer.Errors?.map(({ Key }) => Key))
  const files = (input.Delete?.Objects ?? []).flatMap(({ Key, VersionId }) =>
    Key === undefined || VersionId !== undefined || failed.has(Key) ? [] : [{ Key: instructionFileKey(Key) }],
  )
  if (isPresigned(answer) || files.length === 0) return answer
  const { Errors: errors = [] } = await send({ ...input, Delete: { Objects: files, Quiet: true } })
  return errors.length === 0 ? answer : { ...answer, Errors: [...(answer.Errors ?? []), ...errors] }
}
