import { describe, expect, it } from 'vitest'
import { watched } from '../../test/watched-modes.ts'
import { bodyAad, bodyIv, bodyKey, sealedAtOnce } from '../testing/one-shot-gcm.ts'
import { changedAt, pattern } from '../testing/rule.ts'
import { importBlockModes } from '../web/body.ts'
import { bodyInParts } from './body-in-parts.ts'

const modes = await importBlockModes(globalThis.crypto.subtle, bodyKey)

describe('a body in parts', () => {
  it('asks the platform for one encryption and one hash a part, wherever it begins', async () => {
    const { modes: counted, answers } = watched(modes)
    const parts = bodyInParts(counted, bodyIv, bodyAad)
    await parts.seal(5, pattern(1000))
    await parts.seal(1005, pattern(1000))
    const asked = answers.map(({ mode, given }) => `${mode} ${given}`)
    // First the ciphertext, then the key of the hash, its mask and the AAD, which are asked for once.
    expect(asked).toEqual(['ctr 1000', 'ctr 16', 'ctr 16', 'gmac 20', 'gmac 976', 'ctr 1000', 'gmac 992'])
  })

  it('lets no ciphertext out that shares its key stream with another', async () => {
    const { modes: counted, answers } = watched(modes)
    const parts = bodyInParts(counted, bodyIv, bodyAad)
    await parts.seal(0, pattern(1000))
    await expect(parts.seal(0, changedAt(pattern(1000), 999))).rejects.toThrow(
      new RangeError('1000 bytes at 0: other bytes came for this place before, and one key stream must not hide both'),
    )
    await expect(parts.seal(500, pattern(600))).rejects.toThrow(
      new RangeError(
        '600 bytes at 500: a part with another begin or end came for this place before, and one key stream must not hide both',
      ),
    )
    const made = answers.filter(({ mode, given }) => mode === 'ctr' && given > 16).map(({ bytes }) => bytes)
    expect(made.slice(1)).toEqual([new Uint8Array(1000), new Uint8Array(600)])
  })

  it('says where parts are missing, and how many bytes there are', async () => {
    const parts = bodyInParts(modes, bodyIv, bodyAad)
    await parts.seal(0, pattern(10))
    await parts.seal(30, pattern(10))
    await expect(parts.tag(40)).rejects.toThrow(new RangeError('there is no part for the bytes from 10 to 30'))
    await parts.seal(10, pattern(20))
    await expect(parts.tag(41)).rejects.toThrow(new RangeError('the parts have 40 bytes, expected 41'))
  })

  // Two tags of two bodies under one key and IV are an equation for the key of the hash (NIST SP 800-38D, appendix A).
  it('gives one tag: none of a body that goes on after it', async () => {
    const parts = bodyInParts(modes, bodyIv, bodyAad)
    await parts.seal(0, pattern(100))
    const tag = await parts.tag(100)
    await parts.seal(100, pattern(50))
    await expect(parts.tag(150)).rejects.toThrow(
      new RangeError('the tag of 100 bytes was given, and one key has one tag, found 150 bytes'),
    )
    const again = bodyInParts(modes, bodyIv, bodyAad)
    await again.seal(0, pattern(100))
    expect(await again.tag(100)).toEqual(tag)
    expect(await again.tag(100)).toEqual(tag)
    await again.seal(0, pattern(100))
    expect(await again.tag(100)).toEqual(tag)
  })

  it('zeroes the key of the hash and every hash', async () => {
    const { modes: counted, answers } = watched(modes)
    const parts = bodyInParts(counted, bodyIv, bodyAad)
    await parts.seal(0, pattern(1000))
    await parts.seal(1000, pattern(1000))
    const secrets = answers.filter(({ mode, given }) => mode === 'gmac' || given === 16)
    expect(secrets).toHaveLength(2 + 1 + 2)
    for (const { bytes } of secrets) expect(bytes).toEqual(new Uint8Array(16))
    parts.zero()
    await expect(parts.tag(2000)).rejects.toThrow(
      new TypeError('the parts of this body were zeroed: begin another one'),
    )
  })

  it('is quick with thousands of parts in any order', async () => {
    const body = pattern(100_000)
    const parts = bodyInParts(modes, bodyIv, bodyAad)
    const starts = Array.from({ length: 5000 }, (_, i) => ((i * 3571) % 5000) * 20)
    for (const start of starts) await parts.seal(start, body.subarray(start, start + 20))
    expect(await parts.tag(100_000)).toEqual((await sealedAtOnce(body)).tag)
  })

  it('throws what the platform throws, and can be zeroed then', async () => {
    const failure = new Error('out of order')
    const parts = bodyInParts({ ...modes, gmac: async () => Promise.reject(failure) }, bodyIv, bodyAad)
    await expect(parts.seal(0, pattern(100))).rejects.toBe(failure)
    await expect(parts.open(0, pattern(100))).rejects.toBe(failure)
    await expect(parts.tag(0)).rejects.toBe(failure)
    parts.zero()
    await expect(parts.tag(0)).rejects.toThrow(TypeError)
  })
})
