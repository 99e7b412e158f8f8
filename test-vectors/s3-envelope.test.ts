/**
 * The envelope of every S3 object of the vectors: what it says, or that it is refused before any key is asked for.
 *
 * @module
 */

import { EsdkError } from '@esdk/cmm'
import { describe, expect, it } from 'vitest'
import type { Envelope } from '../packages/s3-cse/src/envelope.ts'
import { readInstructionFile } from '../packages/s3-cse/src/instruction-file.ts'
import { readObjectMetadata } from '../packages/s3-cse/src/object-metadata.ts'
import { plaintextLength } from '../packages/s3-cse/src/plaintext-length.ts'
import { allowedErrors, instructionFilesOf, type S3ErrorClass, type S3Vector, s3Vectors } from './s3-vectors.ts'
import { toBase64 } from './source.ts'

/** The codes in which a class of errors may show. */
const codesOfClass: Partial<Record<S3ErrorClass, readonly string[]>> = {
  metadata: ['ERR_ESDK_S3_METADATA'],
  instruction: ['ERR_ESDK_S3_INSTRUCTION_FILE'],
  unsupported: ['ERR_ESDK_S3_UNSUPPORTED'],
  commitment: ['ERR_ESDK_COMMITMENT'],
}

/** Entries of these classes alone must be refused by their envelope. */
const ofEnvelope: readonly S3ErrorClass[] = ['metadata', 'instruction', 'unsupported']

/** `undefined` where there is no envelope. */
function envelopeOf(vector: S3Vector, suffix = '.instruction'): Envelope | undefined {
  const found = readObjectMetadata(vector.metadata)
  if (found.kind === 'complete') return found.envelope
  const file = instructionFilesOf(vector).find((each) => each.suffix === suffix)
  return file && readInstructionFile(new TextEncoder().encode(file.body), found)
}

/** The pairs as they are stored. A file beside complete metadata, which one entry has, does not count. */
function storedPairs(vector: S3Vector, suffix = '.instruction'): Readonly<Record<string, string>> {
  const file = instructionFilesOf(vector).find((each) => each.suffix === suffix)
  if (isWhole(vector) || file === undefined) return vector.metadata
  return { ...vector.metadata, ...(JSON.parse(file.body) as Record<string, string>) }
}

/** Is all of the envelope in the metadata of the object? */
function isWhole({ id, metadataLocation }: S3Vector): boolean {
  return metadataLocation === 'object' || id === 'alt-instr-ignored'
}

function shown({ format, dataKey, dataKeyIn, content }: Envelope): unknown {
  return {
    format,
    algorithm: dataKey.algorithm,
    ciphertext: toBase64(dataKey.ciphertext),
    dataKeyIn,
    kind: content.kind,
    ...(content.kind === 'committing'
      ? { messageId: toBase64(content.messageId), commitment: toBase64(content.commitment) }
      : { iv: toBase64(content.iv) }),
  }
}

function expectedContent({ format, contentAlgorithm }: S3Vector, stored: Readonly<Record<string, string>>): object {
  if (format === 'V3') return { kind: 'committing', messageId: stored['x-amz-i'], commitment: stored['x-amz-d'] }
  return { kind: contentAlgorithm === 'AES/GCM/NoPadding' ? 'gcm' : 'cbc', iv: stored['x-amz-iv'] }
}

function checkEnvelope(vector: S3Vector, suffix?: string): Envelope {
  const envelope = envelopeOf(vector, suffix) as Envelope
  const stored = storedPairs(vector, suffix)
  expect(shown(envelope)).toEqual({
    format: vector.format,
    algorithm: vector.format === 'V1' ? 'v1' : vector.wrapAlgorithm,
    ciphertext: stored['x-amz-3'] ?? stored['x-amz-key-v2'] ?? stored['x-amz-key'],
    dataKeyIn: isWhole(vector) ? 'object' : 'instruction-file',
    ...expectedContent(vector, stored),
  })
  return envelope
}

function checkDescription({ wrapAlgorithm, ...vector }: S3Vector, found: Readonly<Record<string, string>>): void {
  if (wrapAlgorithm === 'kms') {
    expect(found['kms_cmk_id']).toMatch(/^arn:aws:kms:/)
  } else if (wrapAlgorithm === 'kms+context') {
    expect({ ...found }).toEqual({ ...vector.encryptionContext, 'aws:x-amz-cek-alg': vector.contentAlgorithm })
  } else if (vector.id !== 'alt-matdesc-changed-raw') {
    // That one was changed after it was written, which nobody can notice.
    expect({ ...found }).toEqual(vector.materialDescription ?? {})
  }
}

const accepted = s3Vectors.filter(({ result }) => result === 'ok')
const hostile = s3Vectors.filter(({ result }) => result !== 'ok')

describe('envelopes that are to be read', () => {
  it.each(accepted.map((vector) => [vector.id, vector] as const))('%s', (_, vector) => {
    const envelope = checkEnvelope(vector)
    checkDescription(vector, envelope.dataKey.description)
    const length = plaintextLength(envelope, vector.bodyLength)
    expect(length).toBe(envelope.content.kind === 'cbc' ? undefined : vector.plaintext.length)
  })

  it('are read from the instruction file of each suffix', () => {
    const reads = accepted.flatMap((vector) =>
      (vector.reads ?? []).map(({ instructionFileSuffix }) => checkEnvelope(vector, instructionFileSuffix)),
    )
    expect(reads).toHaveLength(8)
  })
})

describe('envelopes of hostile objects', () => {
  it.each(hostile.map((vector) => [vector.id, vector] as const))('%s', (_, vector) => {
    const allowed = allowedErrors(vector)
    const code = codeOf(() => envelopeOf(vector))
    if (code === undefined) {
      expect(allowed.every((each) => ofEnvelope.includes(each))).toBe(false)
    } else if (code !== 'no envelope') {
      expect(allowed.flatMap((each) => codesOfClass[each] ?? [])).toContain(code)
    } else {
      expect(allowed).toContain('instruction')
    }
  })

  it('are refused, or found to be absent, in so many of all entries', () => {
    const codes: Record<string, number> = {}
    for (const vector of hostile) {
      const code = codeOf(() => envelopeOf(vector)) ?? 'for the key or the body to refuse'
      codes[code] = (codes[code] ?? 0) + 1
    }
    expect(codes).toEqual({
      ERR_ESDK_S3_METADATA: 29,
      ERR_ESDK_S3_INSTRUCTION_FILE: 10,
      ERR_ESDK_S3_UNSUPPORTED: 9,
      ERR_ESDK_COMMITMENT: 1,
      'no envelope': 6,
      'for the key or the body to refuse': 106,
    })
    expect(accepted.length + hostile.length).toBe(461)
  })
})

/** How reading ended: with an envelope (`undefined`), without one, or with an error that has this code. */
function codeOf(read: () => Envelope | undefined): string | undefined {
  try {
    return read() === undefined ? 'no envelope' : undefined
  } catch (error) {
    if (error instanceof EsdkError) return error.code
    throw error
  }
}
