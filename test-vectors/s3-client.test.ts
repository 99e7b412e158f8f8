/**
 * Every S3 object of the vectors through `S3EncryptionClient`: whole, in ranges, or refused.
 *
 * @module
 */

import { GetObjectCommand } from '@aws-sdk/client-s3'
import { EsdkError } from '@esdk/cmm'
import { describe, expect, it } from 'vitest'
import { envelopeNames } from '../packages/s3-cse/src/envelope/names.ts'
import type { S3EncryptionOptions } from '../packages/s3-cse/src/options.ts'
import { expectBytes } from '../packages/s3-cse/test/bytes.ts'
import { clientOf } from '../packages/s3-cse/test/clients.ts'
import type { MemoryS3 } from '../packages/s3-cse/test/memory-s3.ts'
import { S3Refusal } from '../packages/s3-cse/test/s3/answer.ts'
import { rangeOf } from '../packages/s3-cse/test/s3/byte-ranges.ts'
import { plaintextOf } from './plaintext.ts'
import { keyringOf, optionsOf, storedVector } from './s3-stored-vector.ts'
import {
  allowedErrors,
  type S3DecryptRequest,
  type S3ErrorClass,
  type S3KeyRef,
  type S3Vector,
  s3Vectors,
} from './s3-vectors.ts'
import { sha256 } from './source.ts'

/** The codes in which a class of errors may show. */
const codesOfClass: Record<S3ErrorClass, readonly string[]> = {
  auth: ['ERR_ESDK_BODY_AUTH'],
  content: ['ERR_ESDK_BODY_AUTH'],
  key: ['ERR_ESDK_S3_DATA_KEY'],
  commitment: ['ERR_ESDK_COMMITMENT'],
  context: ['ERR_ESDK_ENCRYPTION_CONTEXT'],
  metadata: ['ERR_ESDK_S3_METADATA', 'ERR_ESDK_S3_NOT_ENCRYPTED'],
  unsupported: ['ERR_ESDK_S3_UNSUPPORTED'],
  instruction: ['ERR_ESDK_S3_INSTRUCTION_FILE', 'ERR_ESDK_S3_NOT_ENCRYPTED'],
  policy: ['ERR_ESDK_S3_NOT_ALLOWED', 'ERR_ESDK_COMMITMENT_POLICY'],
  range: ['ERR_ESDK_S3_RANGE'],
}

const stored = new Map<S3Vector, Promise<MemoryS3>>()

/** The same S3 for all reads of an object, which change nothing. */
function storedOnce(vector: S3Vector): Promise<MemoryS3> {
  const s3 = stored.get(vector) ?? storedVector(vector)
  stored.set(vector, s3)
  return s3
}

interface Reading {
  readonly options?: Partial<S3EncryptionOptions>
  readonly keyRef?: S3KeyRef
  readonly suffix?: string
  readonly range?: string
}

async function read(vector: S3Vector, { options, keyRef = vector.keyRef, suffix, range }: Reading = {}) {
  const asked: S3DecryptRequest[] = []
  const { client } = clientOf(
    { keyring: keyringOf(keyRef, asked), ...optionsOf(vector), ...options },
    await storedOnce(vector),
  )
  const command = new GetObjectCommand({
    Bucket: 'bucket',
    Key: vector.key,
    ...(Object.keys(vector.encryptionContext).length > 0 && { EncryptionContext: vector.encryptionContext }),
    ...(suffix !== undefined && { InstructionFileSuffix: suffix }),
    ...(range !== undefined && { Range: range }),
  })
  return { asked, answer: await client.send(command) }
}

async function bytesOf({ answer }: Awaited<ReturnType<typeof read>>): Promise<Uint8Array> {
  return (await answer.Body?.transformToByteArray()) ?? new Uint8Array(0)
}

/** Browsers decrypt RSA neither with PKCS #1 v1.5 nor with two hashes: such keyrings say so. */
const lacksOldRsa = typeof document === 'object'

function isOldRsa({ keyRef, wrapAlgorithm }: S3Vector): boolean {
  return keyRef.type === 'rsa' && wrapAlgorithm !== 'RSA-OAEP-SHA1'
}

const accepted = s3Vectors.filter(({ result }) => result === 'ok')
const hostile = s3Vectors.filter(({ result }) => result !== 'ok')
const readable = (vector: S3Vector) => !(lacksOldRsa && isOldRsa(vector))
const named = (vectors: readonly S3Vector[]) => vectors.map((vector) => [vector.id, vector] as const)

/** One of each kind, and all with several instruction files. */
const sample = [
  ...new Map(
    accepted
      .filter(readable)
      .map((vector) => [
        [vector.contentAlgorithm, vector.wrapAlgorithm, vector.metadataLocation, vector.keyRef.type].join(),
        vector,
      ]),
  ).values(),
]

describe('objects that are to be read', () => {
  it('are all there', () => {
    expect(accepted.length).toBe(300)
    expect(sample.length).toBeGreaterThan(20)
  })

  it.each(named(accepted.filter((vector) => lacksOldRsa && isOldRsa(vector))))(
    'are refused where the platform cannot unwrap their key: %s',
    async (_, vector) => {
      await expect(read(vector)).rejects.toMatchObject({ code: 'ERR_ESDK_UNSUPPORTED' })
    },
  )

  it.each(named(accepted.filter(readable)))('%s', async (_, vector) => {
    const expected = await plaintextOf(vector.plaintext)
    for (const { instructionFileSuffix: suffix, keyRef } of vector.reads ?? [
      { instructionFileSuffix: '.instruction', keyRef: vector.keyRef },
    ]) {
      const reading = await read(vector, { keyRef, suffix })
      expect(reading.answer.ClientSideEncryption).toMatchObject({ format: vector.format })
      expect(Object.keys(reading.answer.Metadata ?? {}).filter((name) => envelopeNames.has(name))).toEqual([])
      expectBytes(await bytesOf(reading), expected)
    }
  })

  it.each(
    named(sample).flatMap(([id, vector]) =>
      (['delayed', 'two-pass'] as const).map((mode) => [mode, id, vector] as const),
    ),
  )('released %s: %s', async (mode, _, vector) => {
    expectBytes(
      await bytesOf(await read(vector, { options: { release: { mode } } })),
      await plaintextOf(vector.plaintext),
    )
  })
})

describe('ranges', () => {
  it('are all there', () => {
    expect(s3Vectors.flatMap(({ ranges = [] }) => ranges)).toHaveLength(513)
  })

  it.each(named(s3Vectors.filter((vector) => vector.ranges && readable(vector))))('of %s', async (_, vector) => {
    const whole = await plaintextOf(vector.plaintext)
    const options = { rangedGet: 'unauthenticated', enableLegacyUnauthenticatedModes: true } as const
    for (const { range, behaviour, length, sha256: digest } of vector.ranges ?? []) {
      const expected = plaintextAnswer(range, whole)
      const reading = read(vector, { options, range })
      if (expected === undefined) {
        await expect(reading, range).rejects.toMatchObject({ name: 'InvalidRange', code: 'ERR_ESDK_S3_RANGE' })
        continue
      }
      const { answer } = await reading
      const { first, bytes } = expected
      expect(answer.ContentRange, range).toBe(
        first === undefined ? undefined : `bytes ${first}-${first + bytes.length - 1}/${whole.length}`,
      )
      expectBytes(await bytesOf(await reading), bytes)
      if (behaviour === 'slice') {
        expect({ range, length: bytes.length, digest: await sha256(bytes) }).toEqual({ range, length, digest })
        expect(answer.ContentLength).toBe(length)
      }
    }
  })
})

/** What S3 answers for an object that holds the plaintext; `undefined` for 416. */
function plaintextAnswer(range: string, whole: Uint8Array) {
  try {
    const found = rangeOf(range, whole.length)
    if (found === undefined) return { first: undefined, bytes: whole }
    return { first: found.first, bytes: whole.subarray(found.first, found.last + 1) }
  } catch (error) {
    if (error instanceof S3Refusal) return undefined
    throw error
  }
}

/** Refused before any key is asked for. */
const beforeKeys: readonly S3ErrorClass[] = ['policy', 'metadata', 'instruction', 'unsupported']

describe('objects that are to be refused', () => {
  it('are all there', () => {
    expect(hostile.length).toBe(161)
  })

  it.each(named(hostile))('%s', async (_, vector) => {
    const classes = allowedErrors(vector)
    const codes = classes.flatMap((each) => codesOfClass[each])
    if (lacksOldRsa && vector.keyRef.type === 'rsa') codes.push('ERR_ESDK_UNSUPPORTED')
    const { request } = vector
    for (const mode of ['buffered', 'two-pass'] as const) {
      const asked: S3DecryptRequest[] = []
      const options = { keyring: keyringOf(vector.keyRef, asked), release: { mode } } as const
      const outcome = await read(vector, { options, ...(request && { range: request.range }) }).then(
        // CBC is released as it is read: its errors are those of the stream.
        (reading) => (reading.answer.ClientSideEncryption?.committing === false ? failureOf(reading) : undefined),
        (error: unknown) => error,
      )
      expect(outcome).toBeInstanceOf(EsdkError)
      expect(codes).toContain((outcome as EsdkError).code)
      if (classes.every((each) => beforeKeys.includes(each))) expect(asked).toEqual([])
    }
  })

  it.each(named(hostile.filter((vector) => allowedErrors(vector).includes('auth'))))(
    'released as they are read, end in an error: %s',
    async (_, vector) => {
      const outcome = await read(vector, { options: { release: { mode: 'delayed' } } }).then(
        failureOf,
        (error: unknown) => error,
      )
      expect(outcome).toBeInstanceOf(EsdkError)
    },
  )
})

async function failureOf(reading: Awaited<ReturnType<typeof read>>): Promise<unknown> {
  return bytesOf(reading).then(
    () => undefined,
    (error: unknown) => error,
  )
}
