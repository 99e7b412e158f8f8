/**
 * What `ReencryptObjectCommand` does: read, decrypt, encrypt and write, as the bytes pass.
 *
 * | the data key was | and is to be | what is written, in this order                                     |
 * | ---------------- | ------------ | ------------------------------------------------------------------ |
 * | in the metadata  | there        | the object                                                         |
 * | in a file        | in metadata  | the object; then the file is deleted                               |
 * | in the metadata  | in a file    | the file, which the old object does not need; the object           |
 * | in a file        | in a file    | the object with its data key; the file; the metadata without it    |
 *
 * So each step leaves an object that can be read. In the last case this takes a data key that fits into the metadata, and
 * an object that S3 can copy; otherwise the file is written first, and put back should the object fail.
 *
 * @module
 */

import type { GetObjectCommandInput, GetObjectCommandOutput } from '@aws-sdk/client-s3'
import { copyContext, type EncryptionContext } from '@esdk/cmm'
import { checkPlaintextLength, openBody, sealBody } from './body.ts'
import type { Call, OtherOperations } from './call.ts'
import { type Chunks, chunksOf } from './chunks.ts'
import { describeEncryption } from './client-side-encryption.ts'
import type { GcmContentKey } from './content-key.ts'
import { defaultS3Cmm } from './default-cmm.ts'
import type { Envelope, WritingEnvelope } from './envelope.ts'
import { notEncrypted, UnexpectedAnswerError } from './errors.ts'
import { findEnvelope, locationOf } from './find-envelope.ts'
import { checkWhole } from './get-object.ts'
import { instructionFileKey, writeInstructionFile } from './instruction-file.ts'
import { newEnvelope } from './new-envelope.ts'
import type { Settings } from './options.ts'
import { plaintextLength } from './plaintext-length.ts'
import { putInstructionFile } from './put-instruction-file.ts'
import type { ReencryptObjectCommandInput, ReencryptObjectCommandOutput } from './reencrypt-object-command.ts'
import { type NewBody, type Replacement, replaceBody } from './replace-body.ts'
import { newKeyring } from './rewrap-object.ts'
import { deleteFile, longestCopy, metadataWith, moveToFile, type Written } from './store-envelope.ts'
import { type StoredObject, settingsForFile, storedObject } from './stored-object.ts'
import { checkAllowed, unwrapContentKey } from './unwrap-content-key.ts'

type ReencryptCall = Call<ReencryptObjectCommandInput, ReencryptObjectCommandOutput>

/** An object that is being read. */
interface Reading {
  readonly old: Envelope
  readonly object: StoredObject
  readonly plaintext: Chunks
  /** Bytes of plaintext, where they are known. */
  readonly length: number | undefined
}

/** An object that is being written. */
interface Writing {
  readonly envelope: WritingEnvelope
  readonly body: NewBody
  /** Of the object, what has to be told with a new body, and not with a copy. */
  readonly tags: Pick<Replacement, 'Tagging'>
}

/**
 * @throws EnvelopeError, NotAllowedError, CommitmentPolicyError - before any key is asked for
 * @throws DataKeyError, EncryptionContextError, ObjectNotAuthenticError - the object stays as it was
 */
export async function reencryptObject(settings: Settings, call: ReencryptCall): Promise<ReencryptObjectCommandOutput> {
  const { input, others, signal } = call
  const { EncryptionContext: given, NewEncryptionContext, IfMatch, keyring } = input
  const context = given && copyContext(given, 'EncryptionContext')
  const newContext = copyContext(NewEncryptionContext ?? given ?? {}, 'NewEncryptionContext')
  const cmm = keyring === undefined ? settings.cmm : defaultS3Cmm(newKeyring(settings, keyring))
  const place = locationOf(input, input.Key)
  const answer = await others.getObject({ ...place, ...(IfMatch !== undefined && { IfMatch }) }, signal)
  const stream = chunksOf(answer.Body)
  signal?.addEventListener('abort', stream.close)
  try {
    const reading = await startReading(settings, call, answer, stream, context)
    const { envelope, contentKey } = await newEnvelope({ ...settings, cmm }, newContext, reading.length, signal)
    const body = newBody(contentKey, reading)
    return await write({ envelope, body, tags: await tagsOf(answer, call) }, reading, call)
  } finally {
    signal?.removeEventListener('abort', stream.close)
    stream.close()
  }
}

async function startReading(
  settings: Settings,
  { input, others, signal }: ReencryptCall,
  answer: GetObjectCommandOutput,
  stream: Chunks,
  context: EncryptionContext | undefined,
): Promise<Reading> {
  checkWhole(answer)
  const object = storedObject(input, answer)
  const get = (request: GetObjectCommandInput) => others.getObject(request, signal)
  const old = await findEnvelope(settings, answer.Metadata ?? {}, object.place, undefined, get)
  if (old === undefined) throw notEncrypted()
  checkAllowed(settings, old)
  const length = object.length === undefined ? undefined : plaintextLength(old, object.length)
  // CBC takes more than GCM does: better to know before all of it has been read.
  checkPlaintextLength((object.length ?? 0) - blockLength)
  const contentKey = await unwrapContentKey(settings, old, context, signal)
  return { old, object, plaintext: openBody(contentKey, stream), length }
}

/** The padding of CBC, and the tag of GCM, have at most as many bytes. */
const blockLength = 16

function newBody(contentKey: GcmContentKey, { object, plaintext, length }: Reading): NewBody {
  return {
    chunks: sealBody(contentKey, plaintext, length),
    length: length === undefined ? undefined : length + blockLength,
    most: object.length === undefined ? undefined : object.length + blockLength,
  }
}

/** S3 copies tags, and does not keep them where a new body is put. */
async function tagsOf(
  { TagCount = 0, VersionId }: GetObjectCommandOutput,
  { input, others, signal }: ReencryptCall,
): Promise<Pick<Replacement, 'Tagging'>> {
  if (TagCount === 0) return {}
  const { Bucket, Key, ExpectedBucketOwner, RequestPayer } = input
  const request = { Bucket, Key, VersionId, ExpectedBucketOwner, RequestPayer }
  const { TagSet = [] } = await others.getObjectTagging(request, signal)
  return { Tagging: new URLSearchParams(TagSet.map(({ Key = '', Value = '' }) => [Key, Value])).toString() }
}

async function write(writing: Writing, reading: Reading, call: ReencryptCall): Promise<ReencryptObjectCommandOutput> {
  const { old, object } = reading
  const hadFile = old.dataKeyIn === 'instruction-file'
  const wantsFile = writing.envelope.dataKeyIn === 'instruction-file'
  if (wantsFile && !(hadFile && fitsMetadata(writing, reading))) return writeFileFirst(writing, reading, call)
  const envelope: WritingEnvelope = { ...writing.envelope, dataKeyIn: 'object' }
  const replaced = await replace({ ...writing, envelope }, reading, call)
  if (wantsFile) return moveDataKey(writing, reading, replaced, call)
  if (hadFile) await deleteFile(object, instructionFileKey(object.place.Key), call.others, call.signal)
  return answerOf(envelope, replaced)
}

function replace(
  { envelope, body, tags }: Writing,
  { object, length }: Reading,
  { others, signal }: ReencryptCall,
): Promise<Written> {
  const { place, settings, etag } = object
  const Metadata = metadataWith(envelope, object, length)
  return replaceBody({ ...settings, ...tags, ...place, Metadata, IfMatch: etag }, body, others, signal)
}

/** May the data key be in the metadata for as long as it takes to write its file? */
function fitsMetadata({ envelope, body }: Writing, { object, length }: Reading): boolean {
  try {
    metadataWith({ ...envelope, dataKeyIn: 'object' }, object, length)
    return body.most !== undefined && body.most <= longestCopy
  } catch (error) {
    if (error instanceof RangeError) return false
    throw error
  }
}

async function moveDataKey(
  { envelope, body }: Writing,
  { object }: Reading,
  { ETag: etag }: Written,
  { others, signal }: ReencryptCall,
): Promise<ReencryptObjectCommandOutput> {
  if (etag === undefined) throw new UnexpectedAnswerError('the answer to the new object has no ETag')
  const written = { ...object, etag, length: body.length }
  return answerOf(envelope, await moveToFile(envelope, written, others, signal), object)
}

async function writeFileFirst(
  writing: Writing,
  reading: Reading,
  call: ReencryptCall,
): Promise<ReencryptObjectCommandOutput> {
  const { envelope, tags } = writing
  const { object } = reading
  const { others, signal } = call
  const request = { ...settingsForFile(object.settings), ...tags, ...object.place }
  const file = await putInstructionFile(writeInstructionFile(envelope), request, others, signal)
  try {
    return answerOf(envelope, await replace(writing, reading, call), object)
  } catch (error) {
    if (await isSame(object, others)) await file.takeBack()
    throw error
  }
}

/** Is the old object still there? An answer that was lost says nothing of what S3 did. */
async function isSame({ place, etag }: StoredObject, { headObject }: OtherOperations): Promise<boolean> {
  try {
    return (await headObject(place)).ETag === etag
  } catch {
    return false
  }
}

function answerOf(
  envelope: WritingEnvelope,
  { $metadata, ETag, VersionId }: Written,
  withFile?: StoredObject,
): ReencryptObjectCommandOutput {
  return {
    $metadata,
    ETag,
    VersionId,
    ClientSideEncryption: describeEncryption(envelope),
    ...(withFile && { InstructionFile: instructionFileKey(withFile.place.Key) }),
  }
}
