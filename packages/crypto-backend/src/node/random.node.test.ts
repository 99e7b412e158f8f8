import crypto from 'node:crypto'
import { syncBuiltinESMExports } from 'node:module'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { randomBytes } from './random.ts'

const { randomFillSync } = crypto

afterEach(() => {
  crypto.randomFillSync = randomFillSync
  syncBuiltinESMExports()
})

/** Puts something in the place of the generator, for a copy of the module whose pool is still empty. */
async function withGenerator(generate: typeof randomFillSync) {
  crypto.randomFillSync = generate
  syncBuiltinESMExports()
  vi.resetModules()
  return (await import('./random.ts')).randomBytes
}

describe('randomBytes', () => {
  it('gives every byte of the generator once, in its order', async () => {
    let filled = 0
    const generate = await withGenerator(((bytes: Uint8Array) => {
      for (let i = 0; i < bytes.length; i++) bytes[i] = filled++ % 251
      return bytes
    }) as typeof randomFillSync)
    const expected = (from: number, length: number) => Uint8Array.from({ length }, (_, i) => (from + i) % 251)
    expect(generate(32)).toEqual(expected(0, 32))
    expect(generate(16)).toEqual(expected(32, 16))
    expect(generate(256)).toEqual(expected(48, 256))
    // Long ones do not come out of the pool, which was filled with 4096 bytes.
    expect(generate(257)).toEqual(expected(4096, 257))
    expect(generate(12)).toEqual(expected(304, 12))
  })

  it('fills the pool anew before it would come to its end', async () => {
    const lengths: number[] = []
    const generate = await withGenerator(((bytes: Uint8Array) => {
      lengths.push(bytes.length)
      return bytes.fill(lengths.length)
    }) as typeof randomFillSync)
    const values = Array.from({ length: 17 }, () => generate(250))
    expect(lengths).toEqual([4096, 4096])
    expect(values.slice(0, 16).every((value) => value.every((byte) => byte === 1))).toBe(true)
    expect(values[16]).toEqual(new Uint8Array(250).fill(2))
  })

  it('keeps nothing of what it has handed out', async () => {
    let pool = new Uint8Array(0)
    const generate = await withGenerator(((bytes: Uint8Array<ArrayBuffer>) => {
      pool = bytes
      return bytes.fill(0xaa)
    }) as typeof randomFillSync)
    expect(generate(32)).toEqual(new Uint8Array(32).fill(0xaa))
    expect(pool.subarray(0, 32)).toEqual(new Uint8Array(32))
    expect(pool[32]).toBe(0xaa)
  })

  // K5 of the threat model: only the platform's generator, and its failure is an error.
  it.each([12, 32, 1000])('throws what the generator throws, for %i bytes, each time', async (length) => {
    const failure = new Error('the entropy source failed')
    const generate = await withGenerator(() => {
      throw failure
    })
    for (let i = 0; i < 3; i++) expect(() => generate(length)).toThrow(failure)
  })

  it('is another each time', () => {
    expect(randomBytes(16)).not.toEqual(randomBytes(16))
  })
})
