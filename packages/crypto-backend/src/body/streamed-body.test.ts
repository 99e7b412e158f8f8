import { describe, expect, it } from 'vitest'
import { elementsMadeBy } from '../../test/watched-elements.ts'
import { watched } from '../../test/watched-modes.ts'
import type { BodyOpener, BodySealer } from '../body-backend.ts'
import { bodyAad, bodyIv, bodyKey, sealedAtOnce } from '../testing/one-shot-gcm.ts'
import { join, pattern } from '../testing/rule.ts'
import { importBlockModes } from '../web/body.ts'
import { openStreamed, sealStreamed } from './streamed-body.ts'

const modes = await importBlockModes(globalThis.crypto.subtle, bodyKey)

describe('a body that is encrypted as it comes', () => {
  it('asks the platform once a run, however short the chunks are', async () => {
    const { modes: counted, answers } = watched(modes)
    const sealer = sealStreamed(counted, bodyIv, bodyAad, 1024)
    const parts: Uint8Array[] = []
    for (let offset = 0; offset < 5000; offset += 10)
      parts.push(await sealer.update(pattern(5000).subarray(offset, offset + 10)))
    parts.push(await sealer.finish())
    const { ciphertext, tag } = await sealedAtOnce(pattern(5000))
    expect(join(...parts)).toEqual(join(ciphertext, tag))
    const runs = (mode: string) =>
      answers.filter((each) => each.mode === mode && each.given > 20).map(({ given }) => given)
    expect(runs('ctr')).toEqual([1024, 1024, 1024, 1024, 904])
    expect(runs('gmac')).toEqual([1024, 1024, 1024, 1024, 904])
  })

  it('hands on what it has at once: no run is longer than a chunk and what was left', async () => {
    const sealer = sealStreamed(modes, bodyIv, bodyAad, 1024)
    expect(await sealer.update(pattern(1001))).toHaveLength(0)
    expect(await sealer.update(pattern(1001))).toHaveLength(2000)
    expect(await sealer.update(pattern(5000))).toHaveLength(4992)
    expect(await sealer.finish()).toHaveLength(10 + 16)
  })

  it('zeroes the key of the hash, and every hash, when it is finished', async () => {
    const { modes: counted, answers } = watched(modes)
    const sealer = sealStreamed(counted, bodyIv, bodyAad, 1024)
    await sealer.update(pattern(3000))
    await sealer.finish()
    const secrets = answers.filter(({ mode, given }) => mode === 'gmac' || given === 16)
    expect(secrets).toHaveLength(2 + 1 + 2)
    for (const { bytes } of secrets) expect(bytes).toEqual(new Uint8Array(16))
  })
})

describe.each([
  ['encrypted', sealStreamed],
  ['decrypted', openStreamed],
] as const)('the key of the hash of a body that is %s', (_, begin) => {
  /** Fails at the hash of a run of 1040 bytes. */
  const failing = {
    ...modes,
    gmac: async (iv: Uint8Array, aad: Uint8Array) => {
      if (aad.length === 1040) throw new Error('out of order')
      return modes.gmac(iv, aad)
    },
  }

  it.each<[string, (body: BodySealer | BodyOpener) => Promise<unknown>]>([
    ['finished', async (body) => body.finish(new Uint8Array(16))],
    ['given up', async (body) => body.zero()],
    ['finished, and zeroed twice', async (body) => [await body.finish(new Uint8Array(16)), body.zero(), body.zero()]],
  ])('is zeroed, and all that gives it away, when that is %s', async (_how, end) => {
    const made = await elementsMadeBy(async () => {
      const body = begin(modes, bodyIv, bodyAad, 1024)
      await body.update(pattern(3000))
      await body.update(pattern(1100))
      await end(body)
    })
    expect(made.length).toBeGreaterThan(10)
    for (const element of made) expect(element).toEqual(new Uint16Array(8))
  })

  it('is zeroed when the platform fails on the way, and that is given up', async () => {
    const made = await elementsMadeBy(async () => {
      const body = begin(failing, bodyIv, bodyAad, 1024)
      await body.update(pattern(1024))
      await expect(async () => body.update(pattern(1040))).rejects.toThrow('out of order')
      body.zero()
    })
    for (const element of made) expect(element).toEqual(new Uint16Array(8))
  })

  it('is zeroed when the platform fails at the end', async () => {
    const made = await elementsMadeBy(async () => {
      const body = begin(failing, bodyIv, bodyAad, 2000)
      await body.update(pattern(2048))
      await body.update(pattern(1040))
      await expect(async () => body.finish(new Uint8Array(16))).rejects.toThrow('out of order')
    })
    for (const element of made) expect(element).toEqual(new Uint16Array(8))
  })

  it('is zeroed when the platform fails at the hash of the AAD', async () => {
    const failure = new Error('out of order')
    const made = await elementsMadeBy(async () => {
      const body = begin({ ...modes, gmac: async () => Promise.reject(failure) }, bodyIv, bodyAad, 16)
      await expect(body.update(pattern(32))).rejects.toBe(failure)
    })
    for (const element of made) expect(element).toEqual(new Uint16Array(8))
  })
})

describe('a body that is decrypted as it comes', () => {
  it('zeroes the plaintext that it still has when the tag is wrong', async () => {
    const { modes: counted, answers } = watched(modes)
    const opener = openStreamed(counted, bodyIv, bodyAad, 1024)
    await opener.update(pattern(500))
    expect(await opener.finish(new Uint8Array(16))).toBeUndefined()
    const rest = answers.find(({ mode, given }) => mode === 'ctr' && given === 500)
    expect(rest?.bytes).toEqual(new Uint8Array(500))
  })

  it('throws what the platform throws, and goes no further', async () => {
    const failure = new Error('out of order')
    const opener = openStreamed({ ...modes, gmac: async () => Promise.reject(failure) }, bodyIv, bodyAad, 16)
    await expect(opener.update(pattern(500))).rejects.toBe(failure)
    await expect(opener.finish(new Uint8Array(16))).rejects.toBe(failure)
  })
})
