/**
 * The envelope of an object, wherever it is.
 *
 * @module
 */

import type { GetObjectCommandInput, GetObjectCommandOutput } from '@aws-sdk/client-s3'
import { isNoSuchKey } from './call.ts'
import { chunksOf, collect } from './chunks.ts'
import type { Envelope, ObjectMetadata } from './envelope.ts'
import { EnvelopeError } from './errors.ts'
import { instructionFileKey, longestInstructionFile, readInstructionFile } from './instruction-file.ts'
import { readObjectMetadata } from './object-metadata.ts'
import type { Settings } from './options.ts'

/** Which object it is, and how it may be asked for. */
export type ObjectLocation = Pick<
  GetObjectCommandInput,
  | 'Bucket'
  | 'Key'
  | 'RequestPayer'
  | 'ExpectedBucketOwner'
  | 'SSECustomerAlgorithm'
  | 'SSECustomerKey'
  | 'SSECustomerKeyMD5'
>

/** Reads an object as it is. */
export type GetPlainObject = (input: GetObjectCommandInput) => Promise<GetObjectCommandOutput>

/**
 * The envelope in the metadata of an object, or in its instruction file; `undefined` where there is none.
 *
 * @throws EnvelopeError - it is incomplete, malformed or contradictory, or its instruction file is missing
 */
export async function findEnvelope(
  { readsInstructionFiles }: Settings,
  metadata: ObjectMetadata,
  place: ObjectLocation,
  suffix: string | undefined,
  get: GetPlainObject,
): Promise<Envelope | undefined> {
  const found = readObjectMetadata(metadata)
  if (found.kind === 'complete') return found.envelope
  if (!readsInstructionFiles) {
    if (found.kind === 'absent') return undefined
    throw new EnvelopeError(
      'ERR_ESDK_S3_INSTRUCTION_FILE',
      'the data key of the object is in an instruction file, which instructionFile.read does not allow to be read',
    )
  }
  const key = instructionFileKey(place.Key ?? '', suffix)
  const file = await getInstructionFile(locationOf(place, key), get)
  if (file !== undefined) return readInstructionFile(file, found)
  if (found.kind === 'absent') return undefined
  throw new EnvelopeError(
    'ERR_ESDK_S3_INSTRUCTION_FILE',
    `the data key of the object is in the instruction file ${JSON.stringify(key)}, which does not exist: restore it, or give the suffix it has with InstructionFileSuffix`,
  )
}

/**
 * Does {@link findEnvelope} look for an instruction file?
 *
 * @throws EnvelopeError - as it does, before it looks
 */
export function needsInstructionFile({ readsInstructionFiles }: Settings, metadata: ObjectMetadata): boolean {
  return readsInstructionFiles && readObjectMetadata(metadata).kind !== 'complete'
}

/** Of an object that was read, what a request for the file beside it needs as well. */
export function locationOf(
  {
    Bucket,
    RequestPayer,
    ExpectedBucketOwner,
    SSECustomerAlgorithm,
    SSECustomerKey,
    SSECustomerKeyMD5,
  }: ObjectLocation,
  key: string,
): ObjectLocation & { Bucket: string | undefined; Key: string } {
  return {
    Bucket,
    Key: key,
    ...(RequestPayer !== undefined && { RequestPayer }),
    ...(ExpectedBucketOwner !== undefined && { ExpectedBucketOwner }),
    ...(SSECustomerAlgorithm !== undefined && { SSECustomerAlgorithm, SSECustomerKey, SSECustomerKeyMD5 }),
  }
}

/** The bytes of an instruction file; `undefined` when there is no such file. */
export async function getInstructionFile(
  place: GetObjectCommandInput,
  get: GetPlainObject,
): Promise<Uint8Array | undefined> {
  const output = await get(place).catch((error: unknown) => {
    if (isNoSuchKey(error)) return undefined
    throw error
  })
  if (output === undefined) return undefined
  const { Body, ContentLength: length = 0 } = output
  const body = chunksOf(Body)
  const bytes = length > longestInstructionFile ? undefined : await collect(body, longestInstructionFile)
  if (bytes !== undefined) return bytes
  body.close()
  throw new EnvelopeError(
    'ERR_ESDK_S3_INSTRUCTION_FILE',
    `the instruction file ${JSON.stringify(place.Key)} has more than ${longestInstructionFile} bytes: it is none`,
  )
}
