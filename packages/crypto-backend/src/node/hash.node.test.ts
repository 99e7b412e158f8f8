import { createHash, createHmac } from 'node:crypto'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { HashName } from '../backend.ts'
import { ascii, expectOwnMemory, pattern } from '../testing/rule.ts'
import { allocate, digest, hmac, opensslHash, plain } from './hash.ts'

const hashes = Object.keys(opensslHash) as HashName[]

describe('digest and hmac', () => {
  it.each(hashes)('are those of createHash and createHmac for %s, short and long', (hash) => {
    for (const length of [0, 1, 383, 384, 385, 448, 449, 513, 5000]) {
      const data = pattern(length)
      expect([...digest(hash, data)]).toEqual([...createHash(opensslHash[hash]).update(data).digest()])
      for (const keyLength of [0, 20, 64, 65, 128, 129, 600]) {
        const key = pattern(keyLength, 3)
        expect([...hmac(hash, key, data)]).toEqual([...createHmac(opensslHash[hash], key).update(data).digest()])
      }
    }
  })

  it('are plain arrays: no Buffer', () => {
    expect(digest('SHA-256', ascii('abc')).constructor).toBe(Uint8Array)
    expect(hmac('SHA-256', ascii('key'), ascii('abc')).constructor).toBe(Uint8Array)
  })
})

describe('on Node before 20.12, which has no crypto.hash', () => {
  afterEach(() => {
    vi.doUnmock('node:crypto')
    vi.resetModules()
  })

  it.each(hashes)('digest and hmac of %s are the same', async (hash) => {
    vi.resetModules()
    vi.doMock('node:crypto', async (importOriginal) => {
      const original = await importOriginal<typeof import('node:crypto')>()
      return { ...original, default: { ...original, hash: undefined } }
    })
    const old = await import('./hash.ts')
    expect(old.digest).not.toBe(digest)
    for (const length of [0, 100, 5000]) {
      expect(old.digest(hash, pattern(length))).toEqual(digest(hash, pattern(length)))
      expect(old.hmac(hash, pattern(32), pattern(length))).toEqual(hmac(hash, pattern(32), pattern(length)))
      expect(old.hmac(hash, pattern(0), pattern(length))).toEqual(hmac(hash, pattern(0), pattern(length)))
    }
  })
})

describe('memory', () => {
  it.each([0, 1, 64, 65, 100_000])('of %i bytes is allocated outside the pool of Buffer', (length) => {
    const bytes = allocate(length)
    expect(bytes.constructor).toBe(Uint8Array)
    expect(bytes).toHaveLength(length)
    expect(() => expectOwnMemory(bytes, 'allocated')).not.toThrow()
  })

  it('is the same behind a Buffer, and behind a plain array', () => {
    const bytes = pattern(20)
    const array = plain(Buffer.from(bytes.buffer, 3, 7))
    expect(Buffer.isBuffer(array)).toBe(false)
    expect([array.buffer, array.byteOffset, array.length]).toEqual([bytes.buffer, 3, 7])
  })
})
