import { describe, expect, it } from 'vitest'
import { without192, withSubtle } from '../../test/changed-subtle.ts'
import { webBodyBackend } from '../body/web.ts'
import { modeKeys } from '../testing/known-aes-modes.ts'
import { bodyAad, bodyIv, bodyKey } from '../testing/one-shot-gcm.ts'
import { pattern } from '../testing/rule.ts'
import { bodyBackendRules } from '../testing.ts'
import type { WebCrypto } from '../web.ts'
import { importBlockModes, importBodyKey } from './body.ts'

const { subtle } = globalThis.crypto

describe('bodies on a platform without AES-192', () => {
  const backend = webBodyBackend({ subtle: without192 })

  it.each(bodyBackendRules.map((rule) => [rule.name, rule] as const))('%s', async (_, rule) => {
    await expect(rule.check(backend)).resolves.toBeUndefined()
  })
})

describe('bodies without WebCrypto', () => {
  it.each<[string, (backend: ReturnType<typeof webBodyBackend>) => unknown]>([
    ['importBodyKey', (backend) => backend.importBodyKey(bodyKey)],
    ['unwrapAesKey', (backend) => backend.unwrapAesKey(bodyKey, pattern(40))],
    ['decryptAesKey', (backend) => backend.decryptAesKey(bodyKey, pattern(48))],
  ])('can be made, and %s says that it needs a secure context', async (_, run) => {
    const insecure = webBodyBackend({} as WebCrypto)
    const message = 'crypto.subtle is missing: WebCrypto needs a secure context (https, or localhost)'
    await expect(async () => run(insecure)).rejects.toThrow(new TypeError(message))
  })
})

describe('a key for bodies', () => {
  it.each([16, 32])(
    'of %i bytes is not replaced where the platform refuses it, and its copy is zeroed',
    async (length) => {
      const failure = new DOMException('out of order', 'OperationError')
      const copies: Uint8Array[] = []
      const broken = withSubtle({
        async importKey(...args: Parameters<SubtleCrypto['importKey']>) {
          copies.push(args[1] as Uint8Array)
          throw failure
        },
      } as unknown as Partial<SubtleCrypto>)
      await expect(importBodyKey(broken, pattern(length))).rejects.toBe(failure)
      expect(copies).toEqual([new Uint8Array(length), new Uint8Array(length), new Uint8Array(length)])
    },
  )

  it('is zeroed in our copy once the platform has taken it', async () => {
    const copies: Uint8Array[] = []
    const watchedSubtle = withSubtle({
      async importKey(...args: Parameters<SubtleCrypto['importKey']>) {
        copies.push(args[1] as Uint8Array)
        return subtle.importKey(...args)
      },
    } as Partial<SubtleCrypto>)
    await importBodyKey(watchedSubtle, modeKeys[2] as Uint8Array)
    expect(copies).toEqual([new Uint8Array(32), new Uint8Array(32), new Uint8Array(32)])
  })
})

describe('a key for bodies of 192 bits, where the platform has none', () => {
  it('is kept by the platform: each copy of ours is zeroed when its call ends, also when that fails', async () => {
    const copies: Uint8Array[] = []
    const watchedSubtle = withSubtle({
      async importKey(...args: Parameters<SubtleCrypto['importKey']>) {
        copies.push(args[1] as Uint8Array)
        return without192.importKey(...args)
      },
      async exportKey(format, key) {
        const bytes = await subtle.exportKey(format as 'raw', key)
        copies.push(new Uint8Array(bytes))
        return bytes
      },
    } as Partial<SubtleCrypto>)
    const given = modeKeys[1] as Uint8Array
    expect(given).toHaveLength(24)
    const modes = await importBlockModes(watchedSubtle, given)
    expect(copies.length).toBe(4)
    await modes.ctr(new Uint8Array(16), 3, pattern(100))
    await modes.gmac(bodyIv, bodyAad)
    await modes.decryptCbc(new Uint8Array(16), pattern(32))
    await expect(async () => modes.decryptCbc(new Uint8Array(16), pattern(31))).rejects.toThrow()
    expect(copies.length).toBe(8)
    for (const copy of copies) expect(copy).toEqual(new Uint8Array(24))
  })
})

describe('a body that comes in short chunks', () => {
  it('goes to WebCrypto in runs of 64 KiB and what the last chunk brings', async () => {
    const lengths: number[] = []
    const counting = withSubtle({
      async encrypt(...args: Parameters<SubtleCrypto['encrypt']>) {
        const [algorithm, , data] = args
        if ((algorithm as Algorithm).name === 'AES-CTR') lengths.push((data as Uint8Array).length)
        return subtle.encrypt(...args)
      },
    })
    const key = await importBodyKey(counting, bodyKey)
    const sealer = key.sealBody(bodyIv, bodyAad)
    for (let i = 0; i < 200; i++) await sealer.update(pattern(1000))
    await sealer.finish()
    expect(lengths.filter((length) => length !== 16)).toEqual([66_000, 66_000, 66_000, 2000])
  })
})
