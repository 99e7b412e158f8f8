/**
 * What `RewrapObjectCommand` does: read the envelope, wrap its data key again, and write it where it belongs.
 *
 * @module
 */

import type { GetObjectCommandOutput } from '@aws-sdk/client-s3'
import { copyContext, hasMethods } from '@esdk/cmm'
import type { Call } from './call.ts'
import { checkOfPair } from './check-pair.ts'
import { describeEncryption } from './client-side-encryption.ts'
import type { CommittingEnvelope, Envelope, GcmEnvelope, WritingEnvelope } from './envelope.ts'
import { notEncrypted, RewrapError } from './errors.ts'
import { findEnvelope, locationOf } from './find-envelope.ts'
import { instructionFileKey } from './instruction-file.ts'
import type { S3Keyring } from './materials.ts'
import type { ResponseMetadata } from './object-command.ts'
import type { Settings } from './options.ts'
import { lookForFile } from './replace-instruction-file.ts'
import { checkRotated, rewrapDataKey } from './rewrap-data-key.ts'
import type { RewrapObjectCommandInput, RewrapObjectCommandOutput } from './rewrap-object-command.ts'
import {
  checkCopied,
  type FoundFile,
  moveToFile,
  moveToMetadata,
  storeInFile,
  storeInMetadata,
} from './store-envelope.ts'
import { etagOf, keptSettings, type StoredObject, storedObject } from './stored-object.ts'
import { checkAllowed } from './unwrap-content-key.ts'

/** An envelope whose body is of a suite that is still written. */
type RewrappableEnvelope = GcmEnvelope | CommittingEnvelope

type RewrapCall = Call<RewrapObjectCommandInput, RewrapObjectCommandOutput>

/** An object that was read, and where its data key is. */
interface Found {
  readonly object: StoredObject
  readonly envelope: RewrappableEnvelope
  /** There if, and only if, the data key is in it. */
  readonly file: FoundFile | undefined
  readonly $metadata: ResponseMetadata
}

/**
 * @throws EnvelopeError, NotAllowedError, CommitmentPolicyError, RewrapError - before any key is asked for
 * @throws DataKeyError, EncryptionContextError, ObjectNotAuthenticError, RewrapError - before anything is written
 */
export async function rewrapObject(settings: Settings, call: RewrapCall): Promise<RewrapObjectCommandOutput> {
  const { input, signal } = call
  const { EncryptionContext: given, NewEncryptionContext } = input
  const encryptionContext = given && copyContext(given, 'EncryptionContext')
  const newEncryptionContext = copyContext(NewEncryptionContext ?? given ?? {}, 'NewEncryptionContext')
  const keyring = newKeyring(settings, input.keyring)
  const found = await findObject(settings, call)
  const target = checkTarget(settings, input, found)
  const { envelope, object, file } = found
  const checkKey = file && checkOfPair(envelope, object, file, call.others, signal)
  const rewrapping = { envelope, encryptionContext, newEncryptionContext, keyring, checkKey, signal }
  const dataKey = await rewrapDataKey(settings, rewrapping)
  const rewrapped = { ...envelope, dataKey, dataKeyIn: target } as WritingEnvelope
  if (input.RotationRequired === true) await checkRotated(settings, rewrapped, newEncryptionContext, signal)
  return { ...(await store(rewrapped, found, call)), ClientSideEncryption: describeEncryption(rewrapped) }
}

/** The keyring that wraps from now on. */
export function newKeyring({ keyring: own }: Settings, given: S3Keyring | undefined): S3Keyring {
  const keyring = given ?? own
  if (hasMethods(keyring, 'onEncrypt', 'onDecrypt')) return keyring as S3Keyring
  throw new TypeError(
    given === undefined
      ? 'this client has a cmm and no keyring of its own: give the keyring that is to wrap the data key'
      : 'keyring must be an object with onEncrypt and onDecrypt, such as s3KmsKeyring(...)',
  )
}

async function findObject(settings: Settings, { input, others, signal }: RewrapCall): Promise<Found> {
  const { IfMatch, InstructionFileSuffix: suffix } = input
  const place = locationOf(input, input.Key)
  const head = await others.headObject({ ...place, ...(IfMatch !== undefined && { IfMatch }) }, signal)
  const object = storedObject(input, head)
  let answer: GetObjectCommandOutput | undefined
  const envelope = await findEnvelope(settings, head.Metadata ?? {}, place, suffix, async (request) => {
    answer = await others.getObject(request, signal)
    return answer
  })
  if (envelope === undefined) throw notEncrypted()
  const rewrappable = checkRewrappable(envelope)
  checkAllowed(settings, rewrappable)
  const file = answer && foundFile(instructionFileKey(input.Key, suffix), answer)
  return { object, envelope: rewrappable, file, $metadata: head.$metadata }
}

function checkRewrappable(envelope: Envelope): RewrappableEnvelope {
  if (envelope.content.kind !== 'cbc') return envelope as RewrappableEnvelope
  throw new RewrapError(
    'the body of the object is encrypted with AES-CBC, for which no data key is wrapped any more: ReencryptObjectCommand writes the object anew',
  )
}

function foundFile(key: string, answer: GetObjectCommandOutput): FoundFile {
  const { LastModified: lastModified, Metadata: metadata = {} } = answer
  return { key, etag: etagOf(answer), lastModified, settings: keptSettings(answer), metadata }
}

const targets = { metadata: 'object', 'instruction-file': 'instruction-file' } as const

/** Where the data key goes. What cannot be done there is refused before any key is asked for. */
function checkTarget(
  { readsInstructionFiles }: Settings,
  { Key, Target, NewInstructionFileSuffix }: RewrapObjectCommandInput,
  { envelope: { dataKeyIn }, object }: Found,
): Envelope['dataKeyIn'] {
  if (Target !== undefined && !Object.hasOwn(targets, Target)) {
    throw new TypeError("Target must be 'metadata' or 'instruction-file'")
  }
  if (NewInstructionFileSuffix !== undefined) {
    instructionFileKey(Key, NewInstructionFileSuffix)
    if (Target === 'metadata') throw new TypeError("NewInstructionFileSuffix and Target 'metadata' exclude each other")
    if (dataKeyIn === 'object') {
      throw new RewrapError(
        "the data key of the object is in its metadata, where every reader finds it before any file: move it with Target 'instruction-file' first, then write files for others",
      )
    }
    return 'instruction-file'
  }
  const target = Target === undefined ? dataKeyIn : targets[Target]
  if (target === 'object' || dataKeyIn === 'object') checkCopied(object)
  if (target === 'instruction-file' && !readsInstructionFiles) {
    throw new TypeError('this client does not read instruction files (instructionFile.read), so it does not write them')
  }
  return target
}

async function store(
  envelope: WritingEnvelope,
  { object, file, $metadata }: Found,
  { input, others, signal }: RewrapCall,
): Promise<Omit<RewrapObjectCommandOutput, 'ClientSideEncryption'>> {
  const { Key, NewInstructionFileSuffix: newSuffix } = input
  if (envelope.dataKeyIn === 'object') {
    // Where none was read, what has its name may be anything.
    if (file === undefined) return storeInMetadata(envelope, object, others, signal)
    return moveToMetadata(envelope, object, file, others, signal)
  }
  if (file === undefined) {
    const InstructionFile = instructionFileKey(Key)
    const seen = await lookForFile(locationOf(object.place, InstructionFile), others, signal)
    return { ...(await moveToFile(envelope, object, seen, others, signal)), InstructionFile }
  }
  const key = newSuffix === undefined ? file.key : instructionFileKey(Key, newSuffix)
  await storeInFile(envelope, object, file, key, others, signal)
  return { $metadata, ETag: object.etag, InstructionFile: key }
}
