/**
 * A new envelope for an object whose body stays: in its metadata, or in its instruction file.
 *
 * Each step leaves an object that can be read. A file is written before the metadata that needs it, and deleted after the
 * metadata that does without; where the metadata is complete, no client looks for a file.
 *
 * @module
 */

import type { CopyObjectCommandInput, PutObjectCommandInput } from '@aws-sdk/client-s3'
import type { OtherOperations } from './call.ts'
import { copySourceOf } from './copy-source.ts'
import type { WritingEnvelope } from './envelope.ts'
import { RewrapError } from './errors.ts'
import { locationOf } from './find-envelope.ts'
import { instructionFileMetadata, writeInstructionFile } from './instruction-file.ts'
import type { ResponseMetadata } from './object-command.ts'
import { checkMetadataSize, readObjectMetadata, writeObjectMetadata } from './object-metadata.ts'
import { putInstructionFile } from './put-instruction-file.ts'
import { checkFileWritten, headIfWritten } from './repeated-request.ts'
import { type KeptSettings, type StoredObject, settingsForFile } from './stored-object.ts'

/** S3 copies no longer object in one request, in bytes. */
export const longestCopy: number = 5 * 1024 ** 3

/** Bytes that GCM adds to a body. */
const tagLength = 16

/** What S3 answers when it has written an object. */
export interface Written {
  readonly $metadata: ResponseMetadata
  readonly ETag?: string | undefined
  readonly VersionId?: string | undefined
}

/** An instruction file, as it was found. */
export interface FoundFile {
  readonly key: string
  readonly etag: string | undefined
  readonly settings: KeptSettings
  readonly metadata: Readonly<Record<string, string>>
}

/** @throws RangeError - envelope and user's metadata are too long together */
export function metadataWith(
  envelope: WritingEnvelope,
  { metadata: own }: StoredObject,
  plaintextLength: number | undefined,
): Record<string, string> {
  const metadata = { ...own, ...writeObjectMetadata(envelope, plaintextLength) }
  checkMetadataSize(metadata)
  return metadata
}

/**
 * The object with the metadata of this envelope: a copy onto itself, if it is still the same object.
 *
 * @throws RewrapError - it is too long to be copied
 * @throws RangeError - the metadata is too long
 */
export async function storeInMetadata(
  envelope: WritingEnvelope,
  object: StoredObject,
  others: OtherOperations,
  signal: AbortSignal | undefined,
): Promise<Written> {
  checkCopied(object)
  const { place, etag, settings, length } = object
  const { Bucket, Key, RequestPayer, ExpectedBucketOwner } = place
  const { SSECustomerAlgorithm, SSECustomerKey, SSECustomerKeyMD5 } = place
  const Metadata = metadataWith(envelope, object, length && length - tagLength)
  const request: CopyObjectCommandInput = {
    ...settings,
    Bucket,
    Key,
    CopySource: copySourceOf(place),
    CopySourceIfMatch: etag,
    MetadataDirective: 'REPLACE',
    Metadata,
    ...(RequestPayer !== undefined && { RequestPayer }),
    ...(ExpectedBucketOwner !== undefined && { ExpectedBucketOwner, ExpectedSourceBucketOwner: ExpectedBucketOwner }),
    ...(SSECustomerAlgorithm !== undefined && {
      SSECustomerAlgorithm,
      SSECustomerKey,
      SSECustomerKeyMD5,
      CopySourceSSECustomerAlgorithm: SSECustomerAlgorithm,
      CopySourceSSECustomerKey: SSECustomerKey,
      CopySourceSSECustomerKeyMD5: SSECustomerKeyMD5,
    }),
  }
  try {
    const { $metadata, CopyObjectResult, VersionId } = await others.copyObject(request, signal)
    return { $metadata, ETag: CopyObjectResult?.ETag, VersionId }
  } catch (error) {
    const { $metadata, ETag, VersionId } = await headIfWritten(error, Metadata, place, others)
    return { $metadata, ETag, VersionId }
  }
}

/** @throws RewrapError - the object is too long for a copy in one request */
export function checkCopied({ length = 0 }: StoredObject): void {
  if (length <= longestCopy) return
  throw new RewrapError(
    `the object has ${length} bytes, and S3 changes the metadata of objects up to ${longestCopy}: write it again with ReencryptObjectCommand, and with instructionFile: { write: true }, so that its data key can be wrapped again without that`,
  )
}

/**
 * The data key moves out of the metadata: the file first, then the metadata.
 *
 * @throws RewrapError - the object is too long to be copied; nothing has been written
 */
export async function moveToFile(
  envelope: WritingEnvelope,
  object: StoredObject,
  others: OtherOperations,
  signal: AbortSignal | undefined,
): Promise<Written> {
  checkCopied(object)
  const inFile: WritingEnvelope = { ...envelope, dataKeyIn: 'instruction-file' }
  const request = { ...settingsForFile(object.settings), ...object.place }
  const file = await putInstructionFile(writeInstructionFile(inFile), request, others, signal)
  try {
    return await storeInMetadata(inFile, object, others, signal)
  } catch (error) {
    if (await hasDataKey(object, others)) await file.takeBack()
    throw error
  }
}

/** Does the object do without its file? An answer that was lost says nothing of what S3 did. */
async function hasDataKey({ place }: StoredObject, { headObject }: OtherOperations): Promise<boolean> {
  try {
    return readObjectMetadata((await headObject(place)).Metadata ?? {}).kind === 'complete'
  } catch {
    return false
  }
}

/**
 * The file with the data key of this envelope, in one request: in the place of the one that was found, if that is still
 * the same, or beside it.
 */
export async function storeInFile(
  envelope: WritingEnvelope,
  object: StoredObject,
  found: FoundFile,
  key: string,
  others: OtherOperations,
  signal: AbortSignal | undefined,
): Promise<void> {
  const place = locationOf(object.place, key)
  const Body = writeInstructionFile(envelope)
  const request: PutObjectCommandInput = {
    ...found.settings,
    ...place,
    ContentType: found.settings.ContentType ?? 'application/json',
    Metadata: { ...found.metadata, ...instructionFileMetadata },
    Body,
    ...(key === found.key && found.etag !== undefined && { IfMatch: found.etag }),
  }
  try {
    await others.putObject(request, signal)
  } catch (error) {
    await checkFileWritten(error, Body, place, others)
  }
}

/** The metadata is complete: what is left is a file that no object needs. */
export async function deleteFile(
  object: StoredObject,
  key: string,
  { deleteObject }: OtherOperations,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { Bucket, ExpectedBucketOwner, RequestPayer } = object.place
  const request = {
    Bucket,
    Key: key,
    ...(RequestPayer !== undefined && { RequestPayer }),
    ...(ExpectedBucketOwner !== undefined && { ExpectedBucketOwner }),
  }
  await deleteObject(request, signal)
}
