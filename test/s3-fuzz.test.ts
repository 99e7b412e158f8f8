import { ObjectNotAuthenticError } from '@esdk/s3-cse'
import { describe, expect, it } from 'vitest'
import { readS3Corpus } from './fuzz/s3/corpus.ts'
import { fuzzObjects, type Mutant, type S3FuzzOptions } from './fuzz/s3/fuzz.ts'

const corpus = await readS3Corpus()

/** A few seconds are enough, unless much else is running. */
const patienceMs = 300_000

describe('2,000 mutants of S3 objects', { timeout: patienceMs }, () => {
  it('give the plaintext of their writer or none at all; none hangs, escapes, or tells a secret', async () => {
    const { findings, outcomes, unchanged } = await fuzzObjects({ mutants: 2000, seed: 1, corpus })
    expect(findings).toEqual([])
    // Without objects that are to be read, a client that refuses everything would pass.
    expect(unchanged).toBeGreaterThan(30)
    expect(outcomes['read: the plaintext of its writer']).toBeGreaterThan(100)
    expect(outcomes['read: a range']).toBeGreaterThan(30)
    // Every step of a read refuses some.
    expect(Object.keys(outcomes)).toEqual(
      expect.arrayContaining([
        'ERR_ESDK_BODY_AUTH',
        'ERR_ESDK_COMMITMENT',
        'ERR_ESDK_COMMITMENT_POLICY',
        'ERR_ESDK_ENCRYPTION_CONTEXT',
        'ERR_ESDK_S3_DATA_KEY',
        'ERR_ESDK_S3_INSTRUCTION_FILE',
        'ERR_ESDK_S3_METADATA',
        'ERR_ESDK_S3_NOT_ENCRYPTED',
        'ERR_ESDK_S3_RANGE',
        'ERR_ESDK_S3_UNSUPPORTED',
      ]),
    )
  })

  it('can be made again one by one, from their seed and number', async () => {
    const made: string[] = []
    const onMutant = (tried: unknown) => made.push(JSON.stringify(tried))
    await fuzzObjects({ mutants: 6, seed: 7, corpus, onMutant })
    const many = made.splice(0)
    const again = await readS3Corpus()
    for (let first = 0; first < 6; first++) await fuzzObjects({ mutants: 1, first, seed: 7, corpus: again, onMutant })
    expect(made).toEqual(many)
  })
})

describe('the fuzzer of S3 objects', () => {
  /** What it finds where mutants are read like this. */
  async function findingsOf(open: NonNullable<S3FuzzOptions['open']>): Promise<Set<string>> {
    const { findings } = await fuzzObjects({ mutants: 200, seed: 3, corpus, open })
    return new Set(findings.map(({ what }) => what))
  }

  const nothing = new Uint8Array(0)
  const committing = { format: 'V3', contentAlgorithm: '115', wrappingAlgorithm: 'AES/GCM', committing: true } as const
  const ClientSideEncryption = { ...committing, dataKeyIn: 'object', description: {} } as const

  it('notices another plaintext, or more than there is', async () => {
    const answer = { ClientSideEncryption, ContentLength: 1 }
    const found = await findingsOf(async () => ({ bytes: new Uint8Array(2000), failed: false, answer }))
    expect(found).toEqual(new Set(['other plaintext', 'other key', 'other algorithm', 'too long']))
  })

  it('notices a range of a committing object under another key', async () => {
    const answer = { ClientSideEncryption, ContentRange: 'bytes 0-0/1' }
    expect(await findingsOf(async () => ({ bytes: Uint8Array.of(1), failed: false, answer }))).toContain('other key')
  })

  it('notices what the options do not allow, and a key that is used with another algorithm than its own', async () => {
    const answer = { ClientSideEncryption: { ...ClientSideEncryption, contentAlgorithm: 'AES/CBC/PKCS5Padding' } }
    const found = await findingsOf(async () => ({ bytes: nothing, failed: false, answer }))
    expect([...found]).toEqual(expect.arrayContaining(['not allowed', 'other algorithm']))
  })

  it('notices a client that refuses everything, and bytes that were given before the refusal', async () => {
    const error = new ObjectNotAuthenticError('body')
    expect(await findingsOf(async () => ({ bytes: nothing, failed: true, error }))).toEqual(new Set(['refused']))
    const late = { bytes: Uint8Array.of(1), failed: true, error, answer: { ClientSideEncryption } }
    expect(await findingsOf(async () => late)).toContain('released')
  })

  it('notices errors that are not of esdk, and those that tell a secret', async () => {
    const error = new RangeError('offset is out of bounds')
    expect(await findingsOf(async () => ({ bytes: nothing, failed: true, error }))).toEqual(new Set(['native error']))
    const telling = ({ sample }: Mutant) => new ObjectNotAuthenticError('body', `it holds ${sample.secrets[0]}`)
    const found = await findingsOf(async (mutant) => ({ bytes: nothing, failed: true, error: telling(mutant) }))
    expect(found).toContain('secret in error')
  })
})
