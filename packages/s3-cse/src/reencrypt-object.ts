/**
 * What `ReencryptObjectCommand` does: read, decrypt, encrypt and write, as the bytes pass.
 *
 * | the data key is to be | what is written, in this order                                         |
 * | --------------------- | ---------------------------------------------------------------------- |
 * | in the metadata       | the object; then the file that the old one needed, if any, is deleted  |
 * | in a file             | the object with its data key; the file; the metadata without it        |
 * | in a file only        | the file, if there is none; the object                                 |
 *
 * The last is for a data key that is too long for the metadata, or an object that is too long for a copy.
 *
 * So each step leaves an object that can be read. And each is bound to what was there before: of two that write a new body
 * at once, S3 refuses one at its first step. The last step, a copy that takes the data key out of the metadata, is not bound
 * so well, as it may leave the ETag as it is: see `store-envelope.ts`.
 *
 * @module
 */

import type { GetObjectCommandOutput } from '@aws-sdk/client-s3'
import { copyContext, type EncryptionContext } from '@esdk/cmm'
import { checkPlaintextLength, openBody, sealBody } from './body.ts'
import type { Call } from './call.ts'
import { type Chunks, chunksOf } from './chunks.ts'
import { describeEncryption } from './client-side-encryption.ts'
import type { GcmContentKey } from './content-key.ts'
import { defaultS3Cmm } from './default-cmm.ts'
import type { WritingEnvelope } from './envelope.ts'
import { notEncrypted, RewrapError, UnexpectedAnswerError } from './errors.ts'
import { findEnvelope, locationOf, type ObjectLocation } from './find-envelope.ts'
import { checkWhole } from './get-object.ts'
import { instructionFileKey } from './instruction-file.ts'
import { newEnvelope } from './new-envelope.ts'
import type { Settings } from './options.ts'
import { plaintextLength } from './plaintext-length.ts'
import type { ReencryptObjectCommandInput, ReencryptObjectCommandOutput } from './reencrypt-object-command.ts'
import { type NewBody, type Replacement, replaceBody, type WriteFile } from './replace-body.ts'
import { deleteLeftFile, lookForFile, type SeenFile } from './replace-instruction-file.ts'
import { newKeyring } from './rewrap-object.ts'
import { longestCopy, metadataWith, moveToFile, type Written, writeFile } from './store-envelope.ts'
import { etagOf, type StoredObject, storedObject } from './stored-object.ts'
import { checkAllowed, unwrapContentKey } from './unwrap-content-key.ts'

type ReencryptCall = Call<ReencryptObjectCommandInput, ReencryptObjectCommandOutput>

/** An object that is being read. */
interface Reading {
  readonly object: StoredObject
  /** There if, and only if, the data key is in it. */
  readonly file: SeenFile | undefined
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
  let file: SeenFile | undefined
  const old = await findEnvelope(settings, answer.Metadata ?? {}, object.place, undefined, async (request) => {
    const found = await others.getObject(request, signal)
    file = { etag: etagOf(found) }
    return found
  })
  if (old === undefined) throw notEncrypted()
  checkAllowed(settings, old)
  const length = object.length === undefined ? undefined : plaintextLength(old, object.length)
  // CBC takes more than GCM does: better to know before all of it has been read.
  checkPlaintextLength((object.length ?? 0) - blockLength)
  const contentKey = await unwrapContentKey(settings, old, context, signal)
  return { object, file, plaintext: openBody(contentKey, stream), length }
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
  if (writing.envelope.dataKeyIn === 'instruction-file') return writeWithFile(writing, reading, call)
  const { object, file } = reading
  const replaced = await replace(writing, reading, call)
  if (file !== undefined) await deleteLeftFile(filePlace(object), file.etag, call.others, call.signal)
  return answerOf(writing.envelope, replaced)
}

async function writeWithFile(
  writing: Writing,
  reading: Reading,
  call: ReencryptCall,
): Promise<ReencryptObjectCommandOutput> {
  const { envelope } = writing
  const { object, file } = reading
  const seen = file ?? (await lookForFile(filePlace(object), call.others, call.signal))
  if (!fitsMetadata(writing, reading)) {
    if (seen !== undefined) throw fileInTheWay(reading)
    return answerOf(envelope, await replaceBesideFile(writing, reading, call), object)
  }
  const replaced = await replace({ ...writing, envelope: { ...envelope, dataKeyIn: 'object' } }, reading, call)
  return answerOf(envelope, await moveDataKey(writing, reading, seen, replaced, call), object)
}

function filePlace({ place }: StoredObject): ObjectLocation & { readonly Key: string } {
  return locationOf(place, instructionFileKey(place.Key))
}

function replace(
  { envelope, body, tags }: Writing,
  { object, length }: Reading,
  { others, signal }: ReencryptCall,
  writesFile?: WriteFile,
): Promise<Written> {
  const { place, settings, etag } = object
  const Metadata = metadataWith(envelope, object, length)
  return replaceBody({ ...settings, ...tags, ...place, Metadata, IfMatch: etag }, body, others, signal, writesFile)
}

/** The old object does without a file: so there may be one while it is still there. */
function replaceBesideFile(writing: Writing, reading: Reading, call: ReencryptCall): Promise<Written> {
  const { envelope, tags } = writing
  const { others, signal } = call
  return replace(writing, reading, call, () => writeFile(envelope, reading.object, undefined, others, signal, tags))
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

function fileInTheWay({ object, file }: Reading): RewrapError {
  const key = JSON.stringify(instructionFileKey(object.place.Key))
  return new RewrapError(
    file === undefined
      ? `there is an instruction file ${key} that the object does not need, its data key being in its metadata: somebody may be about to need it. If nobody is, delete it`
      : `the instruction file ${key} would be written over the data key of the object that is still there, and the new data key cannot be in the metadata meanwhile, which S3 limits to 2048 bytes, and to objects of 5 GiB. Shorten the user's metadata with CopyObject, or reencrypt with instructionFile: { write: false } first`,
  )
}

async function moveDataKey(
  { envelope, body, tags }: Writing,
  { object }: Reading,
  seen: SeenFile | undefined,
  { ETag: etag }: Written,
  { others, signal }: ReencryptCall,
): Promise<Written> {
  if (etag === undefined) throw new UnexpectedAnswerError('the answer to the new object has no ETag')
  const written = { ...object, etag, length: body.length }
  return moveToFile(envelope, written, seen, others, signal, tags)
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
