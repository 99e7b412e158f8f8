/**
 * How an object says that it is encrypted, in words and numbers. Nothing of it is authentic.
 *
 * @module
 */

import { EsdkError, quote, untilAborted } from '@esdk/cmm'
import type { ClientSideEncryption, InspectionRefusal, S3CryptographicMaterialsManager } from '@esdk/s3-cse'
import { formatCount } from './format.ts'
import type { S3Clients } from './s3-clients.ts'
import { allowingOption } from './s3-hints.ts'
import type { S3Location } from './s3-location.ts'
import { columns } from './table.ts'

/** What an object says of itself. */
export interface EnvelopeFacts {
  readonly encryption: ClientSideEncryption
  readonly opensWith: string
  /** Of the command. */
  readonly options: readonly string[]
  /** Why it does not open without them, or at all. */
  readonly refusals: readonly InspectionRefusal[]
  readonly instructionFile: string | undefined
  readonly storedLength: number
  readonly plaintextLength: number | undefined
  readonly etag: string | undefined
}

/** What an object that was inspected would fail with. */
export class RefusedObjectError extends EsdkError {
  override readonly name = 'RefusedObjectError'
  readonly code: EsdkError['code']
  readonly option: string | undefined

  constructor({ code, message, option }: InspectionRefusal) {
    super(message)
    this.code = code as EsdkError['code']
    this.option = option
  }
}

/** Is asked for nothing. */
const noKeys: S3CryptographicMaterialsManager = {
  getEncryptionMaterials: () => Promise.reject(new Error('inspecting needs no key')),
  decryptMaterials: () => Promise.reject(new Error('inspecting needs no key')),
}

/** @throws RefusedObjectError - it has no envelope, or one that nobody understands */
export async function envelopeOf(
  { bucket, key }: S3Location,
  instructionFileSuffix: string | undefined,
  clients: S3Clients,
  signal: AbortSignal,
): Promise<EnvelopeFacts> {
  const { InspectObjectCommand } = await import('@esdk/s3-cse')
  // Two-pass: no object is too long for this command.
  const client = clients.encrypting({ cmm: noKeys, release: { mode: 'two-pass' } })
  const suffix = instructionFileSuffix !== undefined && { InstructionFileSuffix: instructionFileSuffix }
  const command = new InspectObjectCommand({ Bucket: bucket, Key: key, ...suffix })
  const answer = await untilAborted(client.send(command, { abortSignal: signal }), signal)
  const { ClientSideEncryption: encryption, Refusals: refusals } = answer
  if (encryption === undefined) {
    const [refusal = { code: 'ERR_ESDK_S3_METADATA', message: 'the object has no envelope' }] = refusals
    throw new RefusedObjectError(refusal)
  }
  const options = refusals.map(({ option }) => (option === undefined ? undefined : allowingOption(option)))
  return {
    encryption,
    opensWith: opensWith(encryption),
    options: [...new Set(options.filter((option) => option !== undefined))],
    refusals,
    instructionFile: answer.InstructionFile,
    storedLength: answer.StoredLength,
    plaintextLength: answer.ContentLength,
    etag: answer.ETag,
  }
}

function opensWith({ wrappingAlgorithm: algorithm, description }: ClientSideEncryption): string {
  switch (algorithm) {
    case undefined:
      return 'an AES key, or a private RSA key: format V1 does not say which'
    case 'kms+context':
      return 'a key of AWS KMS, which the object does not name, and all pairs below with -c, but aws:...'
    case 'kms':
      return `the AWS KMS key ${quote(description['kms_cmk_id'] ?? '')}`
    case 'AES/GCM':
    case 'AESWrap':
      return 'an AES key'
    default:
      return 'a private RSA key'
  }
}

export function envelopeJson({ encryption, ...facts }: EnvelopeFacts): object {
  return { authenticated: false, ...encryption, ...facts, plaintextLength: facts.plaintextLength ?? null }
}

/** The lines of the table. All text from the object is quoted. */
export function envelopeTable(shown: string, facts: EnvelopeFacts): string[] {
  const { encryption, opensWith: key, options, refusals, instructionFile } = facts
  const { format, contentAlgorithm, committing, wrappingAlgorithm = 'as V1 does' } = encryption
  const blocking = refusals.filter(({ option }) => option === undefined || allowingOption(option) === undefined)
  return [
    `${shown}   not authenticated: anybody can have written this`,
    ...columns(
      [
        ['format', format],
        ['body', `${quote(contentAlgorithm)}, ${committing ? 'commits to its key' : 'does not commit to its key'}`],
        [
          'data key',
          `${quote(wrappingAlgorithm)}, in ${instructionFile === undefined ? 'the metadata' : `the file ${quote(instructionFile)}`}`,
        ],
        ['opens with', key],
        ['needs', options.length === 0 ? 'no option' : options.join(' ')],
        ...blocking.map(({ message }) => ['does not open', message]),
        ['plaintext', plaintextOf(facts)],
      ],
      '  ',
    ),
    ...descriptionLines(encryption),
  ]
}

function plaintextOf({ encryption, plaintextLength, storedLength }: EnvelopeFacts): string {
  if (plaintextLength !== undefined) return bytes(plaintextLength)
  if (encryption.contentAlgorithm.startsWith('AES/CBC')) {
    return `at most ${bytes(storedLength)}: of AES-CBC, only the key tells`
  }
  return `none: a body of ${bytes(storedLength)} is shorter than its tag`
}

function descriptionLines({ description, wrappingAlgorithm }: ClientSideEncryption): string[] {
  const title = wrappingAlgorithm?.startsWith('kms') === true ? 'encryption context' : 'material description'
  const pairs = Object.entries(description)
  if (pairs.length === 0) return [`  ${title}: none`]
  return [
    `  ${title}`,
    ...columns(
      pairs.map(([name, value]) => [quote(name), quote(value)]),
      '    ',
    ),
  ]
}

function bytes(count: number): string {
  return count === 1 ? '1 byte' : `${formatCount(count)} bytes`
}
