import * as client from '@esdk/client'
import * as cmm from '@esdk/cmm'
import * as keyringRaw from '@esdk/keyring-raw'
import { describe, expect, it } from 'vitest'
import { readCorpus } from './fuzz/corpus.mjs'
import { fuzz } from './fuzz/fuzz.mjs'
import { secretIn } from './fuzz/secrets.mjs'

const library = { client, cmm, keyringRaw }
const corpus = await readCorpus(library)

describe('20,000 mutants of messages', () => {
  it('are refused unless somebody with a key has written them; none hangs, escapes, or tells a secret', async () => {
    const report = await fuzz(library, { mutants: 20_000, seed: 1, corpus })
    expect(report.findings).toEqual([])
    expect(report.outsiders + report.insiders).toBe(20_000)
    // Without messages that are to be decrypted, a client that refuses everything would pass.
    expect(report.allowed).toBeGreaterThan(1000)
    expect(report.unchanged).toBeGreaterThan(20)
    expect(report.outcomes['accepted']).toBe(report.allowed + report.unchanged)
    // Every step of decryption refuses some.
    expect(Object.keys(report.outcomes).sort()).toEqual(
      expect.arrayContaining([
        'ERR_ESDK_BODY_AUTH',
        'ERR_ESDK_BODY_MALFORMED',
        'ERR_ESDK_BODY_SEQUENCE',
        'ERR_ESDK_COMMITMENT',
        'ERR_ESDK_HEADER_AUTH',
        'ERR_ESDK_HEADER_MALFORMED',
        'ERR_ESDK_NO_DATA_KEY',
        'ERR_ESDK_PUBLIC_KEY',
        'ERR_ESDK_SIGNATURE',
        'ERR_ESDK_TRAILING_BYTES',
        'ERR_ESDK_TRUNCATED',
        'accepted',
      ]),
    )
  })

  it('can be made again one by one, from their seed and number', async () => {
    const many = await fuzz(library, { mutants: 30, seed: 7, corpus })
    const outcomes: Record<string, number> = {}
    for (let first = 0; first < 30; first++) {
      const one = await fuzz(library, { mutants: 1, first, seed: 7, corpus })
      for (const code of Object.keys(one.outcomes)) outcomes[code] = (outcomes[code] ?? 0) + 1
    }
    expect(outcomes).toEqual(many.outcomes)
  })
})

describe('the fuzzer', () => {
  /** The library with a fault in its client. */
  function faulty(
    decrypt: (decrypted: client.DecryptResult) => client.DecryptResult,
    failure = (error: unknown) => error,
  ) {
    const createClient: typeof client.createClient = (options) => {
      const sound = client.createClient(options)
      return {
        ...sound,
        decrypt: (...args) =>
          sound.decrypt(...args).then(decrypt, (error: unknown) => {
            throw failure(error)
          }),
      }
    }
    return { ...library, client: { ...client, createClient } }
  }

  async function findingsOf(changed: typeof library): Promise<Set<string>> {
    return new Set((await fuzz(changed, { mutants: 300, seed: 3, corpus })).findings.map(({ what }) => what))
  }

  it('notices a client that gives another plaintext', async () => {
    const changed = faulty((result) => ({ ...result, plaintext: new Uint8Array(result.plaintext.length + 1) }))
    expect(await findingsOf(changed)).toContain('other plaintext')
  })

  it('notices a client that refuses what it should decrypt', async () => {
    const changed = faulty(() => {
      throw new client.NotAuthenticError('body')
    })
    expect(await findingsOf(changed)).toEqual(new Set(['refused', 'whole, not streamed']))
  })

  it('notices errors that are not of esdk, and those that tell a secret', async () => {
    expect(
      await findingsOf(
        faulty(
          (result) => result,
          () => new RangeError('offset is out of bounds'),
        ),
      ),
    ).toEqual(new Set(['native error', 'whole, not streamed']))
    const telling = 'x'.repeat(40)
    expect(secretIn(new Error(`the key is ${telling}`), [telling])).toBe(telling)
    expect(secretIn(new Error('a', { cause: new Error('b', { cause: [new Error(telling)] }) }), [telling])).toBe(
      telling,
    )
    expect(secretIn(new Error('nothing'), [telling])).toBeUndefined()
  })
})
