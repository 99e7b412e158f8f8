/**
 * A new envelope for an object whose body stays: in its metadata, or in its instruction file.
 *
 * Each step leaves an object that can be read. A file is written before the metadata that needs it, and deleted after the
 * metadata that does without; where the metadata is complete, no client looks for a file.
 *
 * A copy with new metadata may leave the ETag as it is. So a copy that comes late, such as the second try of one whose answer
 * was lost, may undo what another has done since, with its condition fulfilled. Whoever takes the data key out of the metadata
 * looks for the file afterwards, and whoever deletes the file looks at the metadata: one of the two sees it, and the file is
 * written again.
 *
 * @module
 */

import type { CopyObjectCommandInput, CopyObjectCommandOutput, PutObjectCommandInput } from '@aws-sdk/client-s3'
import { isNoSuchKey, isRefusal, type OtherOperations } from './call.ts'
import { isNotImplemented } from './conditions.ts'
import { copySourceOf } from './copy-source.ts'
import type { WritingEnvelope } from './envelope.ts'
import { RewrapError } from './errors.ts'
import { locationOf } from './find-envelope.ts'
import { instructionFileKey, writeInstructionFile } from './instruction-file.ts'
import type { ResponseMetadata } from './object-command.ts'
import { checkMetadataSize, readObjectMetadata, writeObjectMetadata } from './object-metadata.ts'
import { headIfWritten } from './repeated-request.ts'
import {
  deleteLeftFile,
  keepFile,
  lookForFile,
  type ReplacedFile,
  replaceFile,
  type SeenFile,
  storeBesideFile,
} from './replace-instruction-file.ts'
import { type KeptSettings, type StoredObject, settingsForFile } from './stored-object.ts'
import { cleanupMs } from './transfer/ended-within.ts'

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
export interface FoundFile extends SeenFile {
  readonly key: string
  readonly lastModified: Date | undefined
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
    // A copy takes its time, in which another object may have come.
    IfMatch: etag,
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
    const { $metadata, CopyObjectResult, VersionId } = await copy(request, others, signal)
    return { $metadata, ETag: CopyObjectResult?.ETag, VersionId }
  } catch (error) {
    const { $metadata, ETag, VersionId } = await headIfWritten(error, Metadata, place, others)
    return { $metadata, ETag, VersionId }
  }
}

/** Not every server knows the condition of the target; that of the source is older. */
async function copy(
  request: CopyObjectCommandInput,
  { copyObject }: OtherOperations,
  signal: AbortSignal | undefined,
): Promise<CopyObjectCommandOutput> {
  try {
    return await copyObject(request, signal)
  } catch (error) {
    if (!isNotImplemented(error)) throw error
    return copyObject({ ...request, IfMatch: undefined }, signal)
  }
}

/** @throws RewrapError - the object is too long for a copy in one request */
export function checkCopied({ length = 0 }: StoredObject): void {
  if (length <= longestCopy) return
  throw new RewrapError(
    `the object has ${length} bytes, and S3 changes the metadata of objects up to ${longestCopy}: write it again with ReencryptObjectCommand, and with instructionFile: { write: true }, so that its data key can be wrapped again without that`,
  )
}

/** Of an instruction file, what its object has as well. */
export type FileTags = Pick<PutObjectCommandInput, 'Tagging'>

/** The instruction file of an object, in the place of the one that was seen, or of none. */
export function writeFile(
  envelope: WritingEnvelope,
  object: StoredObject,
  seen: SeenFile | undefined,
  others: OtherOperations,
  signal: AbortSignal | undefined,
  tags: FileTags = {},
): Promise<ReplacedFile> {
  return replaceFile(fileOf(object, tags), writeInstructionFile(envelope), seen, others, signal)
}

function fileOf({ place, settings }: StoredObject, tags: FileTags) {
  return { ...settingsForFile(settings), ...tags, ...locationOf(place, instructionFileKey(place.Key)) }
}

/**
 * The data key moves out of the metadata: the file first, then the metadata.
 *
 * @param seen - what is in the place of the file
 * @throws RewrapError - the object is too long to be copied; nothing has been written
 */
export async function moveToFile(
  envelope: WritingEnvelope,
  object: StoredObject,
  seen: SeenFile | undefined,
  others: OtherOperations,
  signal: AbortSignal | undefined,
  tags: FileTags = {},
): Promise<Written> {
  checkCopied(object)
  const inFile: WritingEnvelope = { ...envelope, dataKeyIn: 'instruction-file' }
  const file = await writeFile(inFile, object, seen, others, signal, tags)
  const keep = (limit = signal) => keepFile(fileOf(object, tags), writeInstructionFile(inFile), others, limit)
  try {
    const written = await storeBesideFile(file, () => storeInMetadata(inFile, object, others, signal))
    await keep()
    return written
  } catch (error) {
    // The data key may have left the metadata all the same.
    if (!isRefusal(error)) await keep(AbortSignal.timeout(cleanupMs)).catch(() => {})
    throw error
  }
}

/**
 * The data key moves out of a file: the metadata first, then the file goes.
 *
 * @throws RewrapError - the object is too long to be copied; nothing has been written
 * @throws RewrapError - all is done but for the file, which S3 did not delete
 */
export async function moveToMetadata(
  envelope: WritingEnvelope,
  object: StoredObject,
  file: FoundFile,
  others: OtherOperations,
  signal: AbortSignal | undefined,
): Promise<Written> {
  const written = await storeInMetadata(envelope, object, others, signal)
  try {
    await deleteLeftFile(locationOf(object.place, file.key), file.etag, others, signal)
  } finally {
    if (await lacksDataKey(object, written, others, signal)) {
      const bytes = writeInstructionFile({ ...envelope, dataKeyIn: 'instruction-file' })
      await keepFile(fileOf(object, {}), bytes, others, signal)
    }
  }
  return written
}

/** Is it the object that was written, and has its metadata lost the data key again? */
async function lacksDataKey(
  { place }: StoredObject,
  { ETag: etag }: Written,
  { headObject }: OtherOperations,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const head = await headObject(place, signal).catch((error: unknown) => {
    if (!isNoSuchKey(error)) throw error
  })
  return head !== undefined && head.ETag === etag && readObjectMetadata(head.Metadata ?? {}).kind !== 'complete'
}

/**
 * The file with the data key of this envelope, in one request: in the place of the one that was found, or of another
 * beside it, if that is still the same.
 *
 * @throws RewrapError - there is an object in that place that is no instruction file
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
  const seen = key === found.key ? found : await lookForFile(place, others, signal)
  const request = { ...found.settings, ...place, Metadata: found.metadata }
  await replaceFile(request, writeInstructionFile(envelope), seen, others, signal)
}
