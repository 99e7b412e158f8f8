/**
 * Requests that the AWS SDK has sent twice, because the answer to the first was lost: the second finds its condition
 * broken by the first, and the work done.
 *
 * @module
 */

import type { HeadObjectCommandOutput } from '@aws-sdk/client-s3'
import type { OtherOperations } from './call.ts'
import type { ObjectMetadata } from './envelope.ts'
import { envelopePairs } from './envelope-pairs.ts'
import { getInstructionFile, type ObjectLocation } from './find-envelope.ts'
import { samePairs } from './keyrings/material-description.ts'

/** Could that be the answer to a second request? */
function isAnswerToSecond(error: unknown): boolean {
  return error instanceof Error && (error.name === 'PreconditionFailed' || error.name === 'NoSuchUpload')
}

/**
 * The head of the object that was to be written, if it is there: no other has its envelope.
 *
 * @throws what was thrown - otherwise
 */
export async function headIfWritten(
  error: unknown,
  written: ObjectMetadata,
  place: ObjectLocation,
  { headObject }: OtherOperations,
): Promise<HeadObjectCommandOutput> {
  const pairs = envelopePairs(written)
  if (!isAnswerToSecond(error) || Object.keys(pairs).length === 0) throw error
  const head = await headObject(place).catch(() => undefined)
  if (head !== undefined && samePairs(envelopePairs(head.Metadata ?? {}), pairs)) return head
  throw error
}

/**
 * Returns if the instruction file that was to be written is there.
 *
 * @throws what was thrown - otherwise
 */
export async function checkFileWritten(
  error: unknown,
  written: Uint8Array,
  place: ObjectLocation,
  { getObject }: OtherOperations,
): Promise<void> {
  if (!isAnswerToSecond(error)) throw error
  const file = await getInstructionFile(place, getObject).catch(() => undefined)
  if (file?.length !== written.length || file.some((byte, i) => byte !== written[i])) throw error
}
