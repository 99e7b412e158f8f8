import { defaultBodyBackend } from '@esdk/crypto-backend/body'
import { describe, expect, it } from 'vitest'
import { expectBytes } from '../test/bytes.ts'
import { plaintext } from '../test/clients.ts'
import { counting } from '../test/key-materials.ts'
import { checkPlaintextLength, openBody, sealBody, sealWholeBody } from './body.ts'
import { collectAll } from './chunks.ts'
import type { CbcContentKey, GcmContentKey } from './content-key.ts'

async function* chunked(bytes: Uint8Array, chunkLength: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += chunkLength) yield bytes.subarray(at, at + chunkLength)
}

async function gcmKey(): Promise<GcmContentKey> {
  const key = await defaultBodyBackend.importBodyKey(counting(32))
  return { kind: 'gcm', key, iv: counting(12), aad: new Uint8Array(0) }
}

const aes = (name: string, use: KeyUsage) =>
  crypto.subtle.importKey('raw', counting(32) as BufferSource, name, false, [use])

const lengths = [0, 1, 15, 16, 17, 31, 32, 33, 1000]

describe('a GCM body', () => {
  it.each(lengths)('of %i bytes is what WebCrypto makes, in pieces of any length', async (length) => {
    const parameters = { name: 'AES-GCM', iv: counting(12) as BufferSource }
    const expected = new Uint8Array(
      await crypto.subtle.encrypt(parameters, await aes('AES-GCM', 'encrypt'), plaintext(length)),
    )
    expect(await sealWholeBody(await gcmKey(), plaintext(length))).toEqual(expected)
    for (const pieces of [1, 15, 16, 17, 5000]) {
      const key = await gcmKey()
      expect(await collectAll(sealBody(key, chunked(plaintext(length), pieces), length))).toEqual(expected)
      expect(await collectAll(openBody(key, chunked(expected, pieces)))).toEqual(plaintext(length))
    }
  })

  it('is refused with every bit changed, at every length but its own, and with bytes behind it', async () => {
    const sealed = await sealWholeBody(await gcmKey(), plaintext(20))
    const others = [
      ...Array.from({ length: sealed.length }, (_, i) => sealed.map((byte, at) => (at === i ? byte ^ 1 : byte))),
      ...Array.from({ length: sealed.length }, (_, i) => sealed.subarray(0, i)),
      Uint8Array.of(...sealed, 0),
      Uint8Array.of(...sealed, ...sealed),
    ]
    for (const other of others) {
      await expect(collectAll(openBody(await gcmKey(), chunked(other, 7)))).rejects.toMatchObject({
        code: 'ERR_ESDK_BODY_AUTH',
      })
    }
  })

  it('is none when it is longer than AES-GCM has counters for', async () => {
    const long = Object.defineProperty(new Uint8Array(16), 'length', { value: 2 ** 36 })
    async function* body(): AsyncGenerator<Uint8Array> {
      yield long
      yield plaintext(16)
    }
    await expect(collectAll(openBody(await gcmKey(), body()))).rejects.toMatchObject({ code: 'ERR_ESDK_BODY_AUTH' })
  })

  it('has the length that was announced', async () => {
    for (const announced of [0, 9, 11]) {
      await expect(collectAll(sealBody(await gcmKey(), chunked(plaintext(10), 3), announced))).rejects.toMatchObject({
        code: 'ERR_ESDK_S3_BODY_LENGTH',
        expected: announced,
      })
    }
    expect((await collectAll(sealBody(await gcmKey(), chunked(plaintext(10), 3), undefined))).length).toBe(26)
  })

  it('has no more bytes than GCM encrypts under one key: 2^36 - 32', () => {
    expect(() => checkPlaintextLength(68_719_476_704)).not.toThrow()
    expect(() => checkPlaintextLength(68_719_476_705)).toThrow('more than 68719476704 bytes')
  })
})

describe('what a GCM body is sealed and opened with', () => {
  /** Tells how many sealers and openers were begun, and have not been zeroed. */
  async function watchedKey() {
    const contentKey = await gcmKey()
    const left = { begun: 0, zeroed: 0 }
    const watched = <Body extends { zero(): void }>(body: Body): Body => {
      left.begun++
      const zero = () => {
        left.zeroed++
        body.zero()
      }
      return { ...body, zero }
    }
    const { key } = contentKey
    const watchedKey = {
      ...key,
      sealBody: (iv: Uint8Array, aad: Uint8Array) => watched(key.sealBody(iv, aad)),
      openBody: (iv: Uint8Array, aad: Uint8Array) => watched(key.openBody(iv, aad)),
    }
    return { contentKey: { ...contentKey, key: watchedKey }, left }
  }
  async function* broken(): AsyncGenerator<Uint8Array> {
    yield plaintext(100)
    throw new Error('connection lost')
  }
  const firstOf = async (chunks: AsyncGenerator<Uint8Array>) => {
    await chunks.next()
    await chunks.return(undefined)
  }

  it.each<[string, (key: GcmContentKey) => Promise<unknown>]>([
    ['a body is sealed', (key) => collectAll(sealBody(key, chunked(plaintext(100), 10), 100))],
    ['a body is sealed at once', (key) => sealWholeBody(key, plaintext(100))],
    ['a body to be sealed fails', (key) => collectAll(sealBody(key, broken(), undefined))],
    ['nobody wants the rest of a sealed body', (key) => firstOf(sealBody(key, chunked(plaintext(100), 10), 100))],
    ['a body is not authentic', (key) => collectAll(openBody(key, chunked(plaintext(100), 10)))],
    ['a body to be opened fails', (key) => collectAll(openBody(key, broken()))],
    ['nobody wants the rest of an opened body', (key) => firstOf(openBody(key, chunked(plaintext(100), 20)))],
  ])('is zeroed when %s', async (_, run) => {
    const { contentKey, left } = await watchedKey()
    await run(contentKey).catch(() => undefined)
    expect(left.begun).toBe(1)
    expect(left.zeroed).toBe(1)
  })
})

describe('a CBC body', () => {
  const cbcKey = async (): Promise<CbcContentKey> => {
    return { kind: 'cbc', key: await defaultBodyBackend.importBodyKey(counting(32)), iv: counting(16) }
  }
  const seal = async (bytes: Uint8Array) => {
    const parameters = { name: 'AES-CBC', iv: counting(16) as BufferSource }
    return new Uint8Array(
      await crypto.subtle.encrypt(parameters, await aes('AES-CBC', 'encrypt'), bytes as BufferSource),
    )
  }

  it.each(lengths)('of %i bytes is what WebCrypto makes', async (length) => {
    const sealed = await seal(plaintext(length))
    for (const pieces of [1, 15, 16, 17, 5000]) {
      expectBytes(await collectAll(openBody(await cbcKey(), chunked(sealed, pieces))), plaintext(length))
    }
  })

  it('fails in one way (threat S5), whatever of its end was changed: 10,000 bodies, one text, one code', async () => {
    const sealed = await seal(plaintext(24))
    const failures = new Set<string>()
    let failed = 0
    for (let i = 0; i < 10_000; i++) {
      const other = new Uint8Array(sealed.subarray(0, i % 50 === 0 ? 31 : 32))
      other[15 - (i % 16)] = (i * 31) & 0xff
      other[16 + (i % 15)] = (i >>> 4) & 0xff
      const outcome = await collectAll(openBody(await cbcKey(), chunked(other, 100))).catch((error: unknown) => error)
      if (outcome instanceof Uint8Array) continue
      failed++
      const { message, code, name } = outcome as Error & { code: string }
      failures.add(`${name} ${code} ${message}`)
    }
    expect(failed).toBeGreaterThan(9000)
    expect([...failures]).toHaveLength(1)
  })
})
