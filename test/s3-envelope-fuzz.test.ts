import { EsdkError } from '@esdk/cmm'
import { describe, expect, it } from 'vitest'
import type { Envelope } from '../packages/s3-cse/src/envelope.ts'
import { readInstructionFile } from '../packages/s3-cse/src/instruction-file.ts'
import { type ObjectEnvelope, readObjectMetadata } from '../packages/s3-cse/src/object-metadata.ts'
import { instructionFilesOf, s3Vectors } from '../test-vectors/s3-vectors.ts'
import { type Random, seeded } from './fuzz/random.mjs'

const encoder = new TextEncoder()
const objects = s3Vectors.map(({ metadata }) => Object.entries(metadata)).filter((pairs) => pairs.length > 0)
const files = s3Vectors.flatMap((vector) => instructionFilesOf(vector).map(({ body }) => encoder.encode(body)))
const content = { kind: 'committing', messageId: new Uint8Array(28), commitment: new Uint8Array(28) } as const
const beside: readonly Exclude<ObjectEnvelope, { kind: 'complete' }>[] = [
  { kind: 'absent' },
  { kind: 'committing', content },
]
const snippets = [
  ['', ' ', '=', '"', '\\', '{', '}', ':', ',', '\0', '\n', 'null', '128', '115', '12', 'AAAA', '__proto__', '{}'],
  ['=?UTF-8?Q?', '?=', '=?UTF-8?B?w4PCvA==?=', '\u{c3}\u{bc}', '\u{d800}', '\u{feff}', '😀', 'x-amz-key'],
].flat()

type Pairs = (readonly [string, string])[]

const mutations: readonly ((pairs: Pairs, random: Random) => Pairs)[] = [
  (pairs, random) => pairs.toSpliced(random.below(pairs.length), 1),
  (pairs, random) => [...pairs, random.pick(random.pick(objects))],
  (pairs, random) => {
    const [name, value] = random.pick(pairs)
    return [...pairs, [name.toUpperCase(), value]]
  },
  (pairs, random) => changed(pairs, random, () => random.pick(random.pick(objects))[1]),
  (pairs, random) => changed(pairs, random, () => random.pick(snippets)),
  (pairs, random) => changed(pairs, random, (value) => value.slice(0, random.below(value.length + 1))),
  (pairs, random) =>
    changed(pairs, random, (value) => {
      const at = random.below(value.length + 1)
      return value.slice(0, at) + random.pick(snippets) + value.slice(at + random.below(3))
    }),
]

function changed(pairs: Pairs, random: Random, change: (value: string) => string): Pairs {
  const at = random.below(pairs.length)
  return pairs.map(([name, value], i) => [name, i === at ? change(value) : value])
}

function mutatedObject(random: Random): Record<string, string> {
  let pairs: Pairs = random.pick(objects)
  for (let i = random.below(3); i >= 0 && pairs.length > 0; i--) pairs = random.pick(mutations)(pairs, random)
  return Object.fromEntries(pairs)
}

function mutatedFile(random: Random): Uint8Array {
  let bytes = [...random.pick(files)]
  for (let i = random.below(3); i >= 0; i--) {
    const at = random.below(bytes.length + 1)
    const inserted = random.oneIn(3) ? random.bytes(1) : encoder.encode(random.pick(snippets))
    bytes = bytes.toSpliced(at, random.below(4), ...inserted)
  }
  return Uint8Array.from(bytes)
}

const codes = ['ERR_ESDK_COMMITMENT', 'ERR_ESDK_S3_INSTRUCTION_FILE', 'ERR_ESDK_S3_METADATA', 'ERR_ESDK_S3_UNSUPPORTED']

/** What came of reading: a code, or what kind of envelope. Throws when it is nothing that may come of it. */
function outcome(read: () => Envelope | undefined): string {
  try {
    const envelope = read()
    if (envelope === undefined) return 'not in the object'
    checkEnvelope(envelope)
    return envelope.format
  } catch (error) {
    if (!(error instanceof EsdkError) || !codes.includes(error.code)) throw error
    if (/[A-Za-z0-9+/]{41}/.test(error.message)) throw new Error(`a text with a value: ${error.message}`)
    return error.code
  }
}

function checkEnvelope({ content: body, dataKey }: Envelope): void {
  const lengths = {
    cbc: () => body.kind === 'cbc' && body.iv.length === 16,
    gcm: () => body.kind === 'gcm' && body.iv.length === 12,
    committing: () => body.kind === 'committing' && body.messageId.length + body.commitment.length === 56,
  }
  if (!lengths[body.kind]()) throw new Error('a field of another length')
  if (dataKey.ciphertext.length === 0) throw new Error('no data key')
  const texts = Object.values<unknown>(dataKey.description)
  if (texts.some((text) => typeof text !== 'string')) throw new Error('a description of something else than strings')
}

function fuzz(mutants: number, read: (random: Random) => Envelope | undefined): Record<string, number> {
  const outcomes: Record<string, number> = {}
  for (let index = 0; index < mutants; index++) {
    const random = seeded(1, index)
    const found = outcome(() => read(random))
    outcomes[found] = (outcomes[found] ?? 0) + 1
  }
  return outcomes
}

/** A few seconds are enough, unless much else is running. */
const patienceMs = 300_000

describe('200,000 mutants of the envelopes of S3 objects', () => {
  it(
    'in metadata are read or refused, never with an error of JavaScript or a value in its text',
    () => {
      const outcomes = fuzz(120_000, (random) => {
        const found = readObjectMetadata(mutatedObject(random))
        return found.kind === 'complete' ? found.envelope : undefined
      })
      expect(Object.keys(outcomes).toSorted()).toEqual(
        [
          ...codes.filter((code) => code !== 'ERR_ESDK_S3_INSTRUCTION_FILE'),
          'V1',
          'V2',
          'V3',
          'not in the object',
        ].toSorted(),
      )
    },
    patienceMs,
  )

  it(
    'in instruction files are read or refused likewise',
    () => {
      const outcomes = fuzz(80_000, (random) => readInstructionFile(mutatedFile(random), random.pick(beside)))
      expect(Object.keys(outcomes).toSorted()).toEqual(
        ['ERR_ESDK_S3_INSTRUCTION_FILE', 'ERR_ESDK_S3_UNSUPPORTED', 'V1', 'V2', 'V3'].toSorted(),
      )
    },
    patienceMs,
  )
})
