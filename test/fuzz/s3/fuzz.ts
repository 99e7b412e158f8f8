/**
 * Mutants of S3 objects, read through `S3EncryptionClient`, and what must never happen to any of them.
 *
 * | finding          | what must never happen                                                                     |
 * | ---------------- | ------------------------------------------------------------------------------------------ |
 * | other plaintext  | a body that nobody has written is decrypted, or a written one to other bytes than its own  |
 * | other key        | a committing object is decrypted with another key than the one that it commits to          |
 * | released         | bytes were given before the object was refused, where nothing may be given before the tag  |
 * | too long         | there is more plaintext than body, or more or less than the answer says                    |
 * | not allowed      | an object is read that the options do not allow                                            |
 * | other algorithm  | a data key that is bound to one algorithm is used with another                             |
 * | refused          | an object that was not changed is not read, though the options allow it                    |
 * | native error     | an error is not one of esdk                                                                |
 * | secret in error  | an error shows plaintext or the data key                                                   |
 * | hang             | one object takes more than two seconds                                                     |
 * | prototype        | `Object.prototype` has changed                                                             |
 *
 * AES-CBC has no tag: a changed object may be read as other plaintext, where such objects are allowed. All else holds
 * for those too. A range has no tag either; that of a committing object is still decrypted with the key of its writer.
 *
 * @module
 */

import { GetObjectCommand, type GetObjectCommandOutput } from '@aws-sdk/client-s3'
import { EsdkError } from '@esdk/cmm'
import type { S3EncryptionOptions } from '../../../packages/s3-cse/src/options.ts'
import { Bucket, clientOf } from '../../../packages/s3-cse/test/clients.ts'
import { MemoryS3 } from '../../../packages/s3-cse/test/memory-s3.ts'
import { keyringOf } from '../../../test-vectors/s3-stored-vector.ts'
import { type Random, seeded } from '../random.mjs'
import { secretIn } from '../secrets.mjs'
import { contextInput, everything, readS3Corpus, type S3Sample, type StoredParts } from './corpus.ts'
import { mutateObject } from './mutations.ts'

export interface S3FuzzOptions {
  /** How many. */
  readonly mutants: number
  readonly seed: number
  /** Number of the first mutant. Default: 0. */
  readonly first?: number
  /** What mutants are made of. Default: read. */
  readonly corpus?: readonly S3Sample[]
  /** Called after each mutant. */
  readonly onMutant?: (tried: { readonly index: number; readonly outcome: string; readonly mutant: Mutant }) => void
  /** What reads them, instead of the client. For tests of this file. */
  readonly open?: Open
}

export interface Mutant {
  readonly object: StoredParts
  readonly sample: S3Sample
  /** How. */
  readonly made: string
  readonly unchanged: boolean
  readonly reading: Reading
  readonly range: string | undefined
}

interface Finding {
  readonly what: string
  readonly mutant: number
  readonly details: string
}

export interface S3FuzzReport {
  readonly findings: Finding[]
  /** How often each error code, and each way to be read. */
  readonly outcomes: Record<string, number>
  /** Objects that were not changed, and that the options allow. */
  unchanged: number
  slowestMs: number
}

/** How objects are read; the first is what a client does that is told nothing. */
const readings = {
  default: {},
  buffered: everything,
  'two-pass': { ...everything, release: { mode: 'two-pass' } },
  delayed: { ...everything, release: { mode: 'delayed' } },
  range: { ...everything, rangedGet: 'unauthenticated' },
} as const satisfies Record<string, S3EncryptionOptions>

type Reading = keyof typeof readings

const hangMs = 2000
const mostFindings = 20
const [cbc, committing] = ['AES/CBC/PKCS5Padding', '115']

/** Mutants by the numbers from `first`, and what became of them. It ends early after 20 findings. */
export async function fuzzObjects(options: S3FuzzOptions): Promise<S3FuzzReport> {
  const { mutants, seed, first = 0, corpus = await readS3Corpus(), onMutant, open = opener() } = options
  const make = maker(corpus)
  const judge = judgeOf(corpus)
  const before = keysOfPrototypes()
  const report: S3FuzzReport = { findings: [], outcomes: {}, unchanged: 0, slowestMs: 0 }
  for (let index = first; index < first + mutants && report.findings.length < mostFindings; index++) {
    const mutant = make(seeded(seed, index))
    const found = (what: string, text: string) =>
      report.findings.push({ what, mutant: index, details: `${mutant.made}, read ${mutant.reading}: ${text}` })
    const start = performance.now()
    const outcome = await withinTime(open(mutant))
    const elapsed = performance.now() - start
    report.slowestMs = Math.max(report.slowestMs, elapsed)
    if (elapsed > hangMs) found('hang', `${elapsed.toFixed()} ms`)
    const name = nameOf(mutant, outcome)
    report.outcomes[name] = (report.outcomes[name] ?? 0) + 1
    if (mutant.unchanged && isAllowed(mutant)) report.unchanged++
    for (const [what, text] of judge(mutant, outcome)) found(what, text)
    onMutant?.({ index, outcome: name, mutant })
  }
  if (keysOfPrototypes() !== before) report.findings.push({ what: 'prototype', mutant: -1, details: 'another key' })
  return report
}

function keysOfPrototypes(): string {
  return [Object, Array, Uint8Array].map(({ prototype }) => Reflect.ownKeys(prototype).length).join()
}

function maker(corpus: readonly S3Sample[]): (random: Random) => Mutant {
  const underKey = ({ keyRef: { type, id } }: S3Sample) =>
    corpus.filter(({ keyRef }) => keyRef.type === type && keyRef.id === id)
  const siblings = new Map(corpus.map((sample) => [sample, underKey(sample)]))
  const quick = corpus.filter(({ keyRef }) => keyRef.type !== 'rsa')
  const committed = quick.filter(({ contentAlgorithm }) => contentAlgorithm === committing)
  return (random) => {
    // RSA takes ten times as long, so fewer of those; and what is written today is worth more than what was.
    const sample = random.pick(random.pick([corpus, quick, quick, quick, committed, committed]))
    const another = () => random.pick(random.oneIn(5) ? corpus : (siblings.get(sample) ?? corpus))
    const { object, used } = mutateObject(sample, random, another)
    const reading = random.pick(Object.keys(readings) as Reading[])
    return {
      object,
      sample,
      made: `${sample.id}, ${used.join(', ') || 'unchanged'}`,
      unchanged: used.length === 0,
      reading,
      range: reading === 'range' ? someRange(random, object.body.length) : undefined,
    }
  }
}

/** Of a body of this length; some begin behind it. */
function someRange(random: Random, length: number): string {
  const [a, b] = [random.below(length + 8), random.below(length + 8)]
  return random.pick([
    `bytes=${a}-${a + b}`,
    `bytes=${a}-`,
    `bytes=-${b}`,
    'bytes=0-0',
    `bytes=0-${2 ** 40}`,
    'bytes=2-1',
  ])
}

/** What became of a mutant: all that was given, and how it ended. */
interface Outcome {
  readonly bytes: Uint8Array
  readonly answer?: Pick<GetObjectCommandOutput, 'ClientSideEncryption' | 'ContentRange' | 'ContentLength'>
  readonly failed: boolean
  readonly error?: unknown
}

type Open = (mutant: Mutant) => Promise<Outcome>

/** Reads mutants from an S3 in memory. The clients, and with them the keys, are made once. */
function opener(): Open {
  const s3 = new MemoryS3()
  const clients = new Map<string, ReturnType<typeof clientOf>['client']>()
  return async ({ object, sample, reading, range }) => {
    const name = `${reading} ${sample.keyRef.type} ${sample.keyRef.id}`
    const client = clients.get(name) ?? clientOf({ ...readings[reading], keyring: keyringOf(sample.keyRef) }, s3).client
    clients.set(name, client)
    s3.objects.clear()
    s3.requests.length = 0
    s3.put('k', object.body, Object.fromEntries(object.metadata))
    if (object.file !== undefined) s3.put('k.instruction', object.file)
    const Range = range === undefined ? {} : { Range: range }
    const command = new GetObjectCommand({ Bucket, Key: 'k', ...contextInput(sample.encryptionContext), ...Range })
    try {
      return await drain(await client.send(command))
    } catch (error) {
      return { bytes: new Uint8Array(0), failed: true, error }
    }
  }
}

async function drain(answer: GetObjectCommandOutput): Promise<Outcome> {
  const given: number[] = []
  try {
    for await (const chunk of answer.Body as AsyncIterable<Uint8Array>) given.push(...chunk)
    return { answer, bytes: Uint8Array.from(given), failed: false }
  } catch (error) {
    return { answer, bytes: Uint8Array.from(given), failed: true, error }
  }
}

async function withinTime(outcome: Promise<Outcome>): Promise<Outcome> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<Outcome>((resolve) => {
    timer = setTimeout(
      () => resolve({ bytes: new Uint8Array(0), failed: true, error: 'nothing came of it' }),
      hangMs + 1,
    )
  })
  try {
    return await Promise.race([outcome, late])
  } finally {
    clearTimeout(timer)
  }
}

type Verdicts = Generator<readonly [what: string, text: string]>

function judgeOf(corpus: readonly S3Sample[]): (mutant: Mutant, outcome: Outcome) => Verdicts {
  const writers = new Map(corpus.map((sample) => [latin1(sample.body), sample]))
  const keystreams = new Map(
    corpus.map(({ metadata, body, plaintext }) => [new Map(metadata).get('x-amz-d'), xor(body, plaintext)]),
  )
  keystreams.delete(undefined)

  return function* judge(mutant, outcome) {
    const { bytes, answer, failed } = outcome
    if (bytes.length > mutant.object.body.length) yield ['too long', `${bytes.length} bytes`]
    yield* failed ? judgeRefusal(mutant, outcome) : judgeAnswer(mutant, outcome)
    if (failed || answer === undefined) return
    const algorithm = answer.ClientSideEncryption?.contentAlgorithm
    if (algorithm === cbc) return
    if (algorithm === committing) yield* judgeCommitting(mutant, outcome)
    if (answer.ContentRange === undefined) yield* judgeWhole(mutant, outcome)
  }

  /** Of a body with a tag: only its writer's plaintext. */
  function* judgeWhole({ object }: Mutant, { bytes, answer }: Outcome): Verdicts {
    const writer = writers.get(latin1(object.body))
    if (writer === undefined || !same(bytes, writer.plaintext)) yield ['other plaintext', `${bytes.length} bytes`]
    const found = answer?.ClientSideEncryption?.wrappingAlgorithm
    if (writer !== undefined && found !== writer.wrappingAlgorithm) {
      yield ['other algorithm', `${found} for ${writer.wrappingAlgorithm}`]
    }
  }

  /** Of a body that commits to its key, or of a part of it: what that key, and no other, makes of it. */
  function* judgeCommitting({ object: { body, metadata } }: Mutant, { bytes, answer }: Outcome): Verdicts {
    const start = Number(/^bytes (\d+)-/.exec(answer?.ContentRange ?? '')?.[1] ?? 0)
    const isOf = (keystream: Uint8Array) =>
      same(
        bytes.slice(0, Math.max(0, keystream.length - start)),
        xor(body, keystream).slice(start, start + bytes.length),
      )
    const known = metadata.flatMap(([, value]) => keystreams.get(value) ?? [])
    if (!known.some(isOf)) yield ['other key', `${bytes.length} bytes from ${start}`]
  }
}

function* judgeRefusal(mutant: Mutant, { bytes, answer, error }: Outcome): Verdicts {
  const { sample, reading, unchanged } = mutant
  if (!(error instanceof EsdkError)) {
    yield ['native error', error instanceof Error ? String(error.stack) : String(error)]
    return
  }
  if (secretIn(error, sample.secrets) !== undefined) yield ['secret in error', error.code]
  if (unchanged && isAllowed(mutant) && error.code !== 'ERR_ESDK_S3_RANGE') yield ['refused', String(error)]
  const unverified = reading === 'delayed' || reading === 'range'
  if (bytes.length > 0 && !unverified && answer?.ClientSideEncryption?.contentAlgorithm !== cbc) {
    yield ['released', `${bytes.length} bytes before ${error.code}`]
  }
}

const bound: readonly (string | undefined)[] = ['AES/GCM', 'RSA-OAEP-SHA1', 'kms+context']

function* judgeAnswer({ sample, reading, unchanged }: Mutant, { bytes, answer }: Outcome): Verdicts {
  const { ClientSideEncryption: encryption, ContentLength, ContentRange } = answer ?? {}
  const { contentAlgorithm, wrappingAlgorithm } = encryption ?? {}
  if (ContentLength !== undefined && ContentLength !== bytes.length) {
    yield ['too long', `${bytes.length} bytes, ContentLength is ${ContentLength}`]
  }
  if (contentAlgorithm === cbc && bound.includes(wrappingAlgorithm)) {
    yield ['other algorithm', `${wrappingAlgorithm} with AES-CBC`]
  }
  if (reading === 'default' && !(contentAlgorithm === committing && bound.includes(wrappingAlgorithm))) {
    yield ['not allowed', `${contentAlgorithm}, ${wrappingAlgorithm}`]
  }
  if (!unchanged) return
  const [first, last] = (/\d+-\d+/.exec(ContentRange ?? '')?.[0] ?? '0-Infinity').split('-').map(Number)
  if (!same(bytes, sample.plaintext.slice(first, (last ?? 0) + 1))) yield ['other plaintext', 'of an unchanged object']
}

function isAllowed({ sample, reading }: Mutant): boolean {
  return reading !== 'default' || sample.contentAlgorithm === committing
}

/** An error code, or how it was read. */
function nameOf({ sample }: Mutant, { failed, error, answer, bytes }: Outcome): string {
  if (failed) return String((error as { readonly code?: unknown } | undefined)?.code ?? error)
  if (answer?.ContentRange !== undefined) return 'read: a range'
  const isCbc = answer?.ClientSideEncryption?.contentAlgorithm === cbc
  return isCbc && !same(bytes, sample.plaintext) ? 'read: AES-CBC, changed' : 'read: the plaintext of its writer'
}

/** As long as the shorter. */
function xor(a: Uint8Array, b: Uint8Array): Uint8Array {
  return a.slice(0, b.length).map((byte, i) => byte ^ (b[i] ?? 0))
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1')
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i])
}
