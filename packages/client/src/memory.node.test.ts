import { describe, expect, it } from 'vitest'
import { chunksOf, pattern, take } from '../test/chunks.ts'
import { knownKeyring } from '../test/keyrings.ts'
import { framesOf, sealMessage } from '../test/sealed-message.ts'
import { type Client, createClient } from './index.ts'

const MiB = 1024 * 1024
const keyring = knownKeyring()
const client = createClient({ commitmentPolicy: 'forbid-encrypt-allow-decrypt' })

/** How far memory grows while something runs; looked at as often as `look` is called. */
class Growth {
  readonly #before = process.memoryUsage()
  #most = 0

  look(): void {
    const { rss, arrayBuffers } = process.memoryUsage()
    this.#most = Math.max(this.#most, rss - this.#before.rss, arrayBuffers - this.#before.arrayBuffers)
  }

  get mebibytes(): number {
    this.look()
    return this.#most / MiB
  }
}

/** Decrypts `bytes` in pieces, watching memory; gives the error. */
async function streamed(bytes: Uint8Array, growth: Growth): Promise<unknown> {
  function* source() {
    for (const chunk of chunksOf(bytes, 50)) {
      growth.look()
      yield chunk
    }
    growth.look()
  }
  try {
    return (await take((await client.decryptStream(source(), { keyring })).plaintext)).error
  } catch (error) {
    return error
  }
}

describe('memory for lengths that lie', () => {
  it('is taken for what has arrived, not for what is claimed: it grows less than 16 MiB', async () => {
    const content = pattern(1000)
    const nonframed = await sealMessage({ suite: 0x0178, pieces: [{ kind: 'nonframed', content }] })
    const claiming = (length: bigint): Uint8Array => {
      const bytes = nonframed.slice()
      new DataView(bytes.buffer).setBigUint64(bytes.length - content.length - 16 - 8, length)
      return bytes
    }
    const longContext = nonframed.slice()
    longContext.fill(0xff, 20, 22)
    const manyKeys = nonframed.slice()
    manyKeys.fill(0xff, 22, 24)
    const frames = { suite: 0x0178, frameLength: 0xffff_ffff } as const
    const lies: readonly (readonly [string, Uint8Array, string])[] = [
      [
        'a frame of 2^32 - 1 bytes',
        await sealMessage({ ...frames, pieces: [{ kind: 'regular', content }] }),
        'TRUNCATED',
      ],
      [
        'a final frame of 2^32 - 1 bytes',
        await sealMessage({ ...frames, pieces: [{ kind: 'final', content, claimedLength: 0xffff_ffff }] }),
        'TRUNCATED',
      ],
      ['a body of 2^64 - 1 bytes', claiming(2n ** 64n - 1n), 'BODY_MALFORMED'],
      ['a body of 2^53 + 1 bytes', claiming(2n ** 53n + 1n), 'BODY_MALFORMED'],
      ['a body of 2^36 - 32 bytes', claiming(2n ** 36n - 32n), 'TRUNCATED'],
      ['a context of 65535 bytes', longContext, 'TRUNCATED'],
      ['65535 encrypted data keys', manyKeys, 'TRUNCATED'],
    ]
    for (const [what, bytes, code] of lies) {
      const growth = new Growth()
      for (let i = 0; i < 20; i++) {
        await expect(client.decrypt(bytes, { keyring }), what).rejects.toMatchObject({ code: `ERR_ESDK_${code}` })
        growth.look()
        expect(await streamed(bytes, growth), what).toMatchObject({ code: `ERR_ESDK_${code}` })
      }
      expect(growth.mebibytes, what).toBeLessThan(16)
    }
  })
})

describe('memory for a long stream', () => {
  it('is flat: 1 GiB through encryption and decryption, read slowly, grows less than 32 MiB', async () => {
    expect(await leastGrowth(1024 * MiB, { keyring, suite: 0x0178, frameLength: 65_536 })).toBeLessThan(32)
  })

  it('is flat with frames of the default length too', async () => {
    expect(await leastGrowth(128 * MiB, { keyring, suite: 0x0178 })).toBeLessThan(32)
  })
})

/** The least of a few measurements, in MiB: the collector may let garbage lie, but what is kept grows every time. */
async function leastGrowth(length: number, options: Parameters<Client['encryptStream']>[1]): Promise<number> {
  const chunk = pattern(256 * 1024)
  await through(64 * MiB, chunk, options, new Growth())
  let least = Number.POSITIVE_INFINITY
  for (let i = 0; i < 3 && least >= 32; i++) {
    const growth = new Growth()
    expect(await through(length, chunk, options, growth)).toBe(length)
    least = Math.min(least, growth.mebibytes)
  }
  return least
}

/** That many bytes through both directions; the reader lets others run, and looks at memory. */
async function through(
  length: number,
  chunk: Uint8Array,
  options: Parameters<Client['encryptStream']>[1],
  growth: Growth,
): Promise<number> {
  function* source() {
    for (let offset = 0; offset < length; offset += chunk.length) yield chunk
  }
  const { ciphertext } = await client.encryptStream(source(), options)
  const { plaintext } = await client.decryptStream(ciphertext, { keyring })
  const reader = plaintext.getReader()
  let read = 0
  for (let reads = 0; ; reads++) {
    const { done, value } = await reader.read()
    if (done) return read
    read += value.length
    if (reads % 16 === 0) {
      growth.look()
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
}

describe('memory that a message may take', () => {
  it('is no more than a few frames, whatever comes in a chunk', async () => {
    const message = await sealMessage({ suite: 0x0178, frameLength: 1000, pieces: framesOf(pattern(100_000), 1000) })
    const many = Array.from({ length: 200 }, () => message)
    const growth = new Growth()
    for (const bytes of many) {
      await client.decrypt(bytes, { keyring })
      growth.look()
    }
    // 200 messages of 100 kB: nothing of them is kept.
    expect(growth.mebibytes).toBeLessThan(64)
  })
})
