/**
 * What `InspectObjectCommand` does.
 *
 * @module
 */

import type { GetObjectCommandInput, HeadObjectCommandOutput } from '@aws-sdk/client-s3'
import { CommitmentPolicyError, type EsdkError, isEsdkError } from '@esdk/cmm'
import type { Call } from './call.ts'
import { describeEncryption } from './client-side-encryption.ts'
import type { Envelope } from './envelope.ts'
import { BufferLimitError, NotAllowedError, notEncrypted } from './errors.ts'
import { findEnvelope } from './find-envelope.ts'
import type {
  InspectionRefusal,
  InspectObjectCommandInput,
  InspectObjectCommandOutput,
} from './inspect-object-command.ts'
import { instructionFileKey } from './instruction-file.ts'
import type { Settings } from './options.ts'
import { plaintextLength } from './plaintext-length.ts'
import { refusals } from './unwrap-content-key.ts'

type InspectCall = Call<InspectObjectCommandInput, InspectObjectCommandOutput>

/** What is wrong with the object is part of the answer; what S3 refuses is an error. */
export async function inspectObject(settings: Settings, call: InspectCall): Promise<InspectObjectCommandOutput> {
  const { InstructionFileSuffix: suffix, ...input } = call.input
  const head = await call.others.headObject(input, call.signal)
  const { $metadata, ETag, VersionId, ContentLength: StoredLength = 0 } = head
  const common = { $metadata, ETag, VersionId, StoredLength }
  try {
    // Whether it may be read is asked below: an answer that does not look says less.
    const reading = { ...settings, readsInstructionFiles: true }
    const get = (request: GetObjectCommandInput) => call.others.getObject(request, call.signal)
    const envelope = await findEnvelope(reading, head.Metadata ?? {}, input, suffix, get)
    if (envelope === undefined) return { ...common, ...inspectUnencrypted(settings) }
    return { ...common, ...inspectEnvelope(settings, envelope, head, instructionFileKey(input.Key, suffix)) }
  } catch (error) {
    if (!isEsdkError(error)) throw error
    return { ...common, ...verdict([error]) }
  }
}

function inspectUnencrypted({ passesUnencrypted }: Settings) {
  return verdict(passesUnencrypted ? [] : [notEncrypted()])
}

function inspectEnvelope(
  settings: Settings,
  envelope: Envelope,
  { ContentLength: stored = 0 }: HeadObjectCommandOutput,
  file: string,
) {
  const inFile = envelope.dataKeyIn === 'instruction-file'
  const found = [...refusals(settings, envelope)]
  if (inFile && !settings.readsInstructionFiles) {
    found.push(new NotAllowedError('the data key of the object is in an instruction file', 'instructionFile.read'))
  }
  const { release } = settings
  if (envelope.content.kind !== 'cbc' && typeof release === 'object' && stored > release.maxBytes) {
    found.push(new BufferLimitError(release.maxBytes, stored))
  }
  const length = lengthOf(envelope, stored, found)
  return {
    ...(length !== undefined && { ContentLength: length }),
    ClientSideEncryption: describeEncryption(envelope),
    ...(inFile && { InstructionFile: file }),
    ...verdict(found),
  }
}

function lengthOf(envelope: Envelope, stored: number, found: EsdkError[]): number | undefined {
  try {
    return plaintextLength(envelope, stored)
  } catch (error) {
    if (!isEsdkError(error)) throw error
    found.push(error)
    return undefined
  }
}

function verdict(found: readonly EsdkError[]): Pick<InspectObjectCommandOutput, 'Readable' | 'Refusals'> {
  return { Readable: found.length === 0, Refusals: Object.freeze(found.map(describeRefusal)) }
}

function describeRefusal(error: EsdkError): InspectionRefusal {
  const { code, message } = error
  const option = optionFor(error)
  return Object.freeze({ code, message, ...(option !== undefined && { option }) })
}

function optionFor(error: EsdkError): string | undefined {
  if (error instanceof NotAllowedError) return error.option
  if (error instanceof CommitmentPolicyError) return 'commitmentPolicy'
  if (error instanceof BufferLimitError) return 'release'
  return error.code === 'ERR_ESDK_S3_NOT_ENCRYPTED' ? 'onUnencrypted' : undefined
}
