import { describe, expect, it } from 'vitest'
import { without192, withSubtle } from '../../test/changed-subtle.ts'
import { pattern } from '../testing/rule.ts'
import { backendRules } from '../testing.ts'
import { webBackend } from '../web.ts'
import { importAesGcmKey } from './aes.ts'

const { subtle } = globalThis.crypto

describe('a platform without AES-192', () => {
  const aesRules = backendRules.filter(({ name }) => /AES|run/.test(name))
  const backend = webBackend({
    subtle: without192,
    getRandomValues: (bytes) => bytes,
  })

  it('has rules to keep', () => {
    expect(aesRules.length).toBeGreaterThan(10)
  })

  it.each(aesRules.map((rule) => [rule.name, rule] as const))('%s', async (_, rule) => {
    await expect(rule.check(backend)).resolves.toBeUndefined()
  })
})

describe('importAesGcmKey', () => {
  it.each([16, 32])('does not replace a platform that refuses %i bytes', async (length) => {
    const failure = new DOMException('out of order', 'OperationError')
    const broken = withSubtle({
      async importKey() {
        throw failure
      },
    })
    await expect(importAesGcmKey(broken, new Uint8Array(length))).rejects.toBe(failure)
  })

  it('zeroes its copy of a key that the platform has taken', async () => {
    const copies: Uint8Array[] = []
    const watched = withSubtle({
      async importKey(...args: Parameters<SubtleCrypto['importKey']>) {
        copies.push(args[1] as Uint8Array)
        return subtle.importKey(...args)
      },
    } as Partial<SubtleCrypto>)
    await importAesGcmKey(watched, pattern(32))
    expect(copies).toEqual([new Uint8Array(32)])
  })

  it('has all pieces of a run under way at once', async () => {
    let underway = 0
    let most = 0
    const counting = withSubtle({
      async encrypt(...args: Parameters<SubtleCrypto['encrypt']>) {
        most = Math.max(most, ++underway)
        const result: ArrayBuffer = await subtle.encrypt(...args)
        underway--
        return result
      },
    })
    const key = await importAesGcmKey(counting, pattern(32))
    await key.sealRun({
      plaintext: pattern(50),
      pieceLength: 10,
      count: 5,
      firstNumber: 1,
      iv: { bytes: new Uint8Array(12), numberAt: [8] },
      aad: { bytes: new Uint8Array(4), numberAt: [0] },
      prefix: { bytes: new Uint8Array(4), numberAt: [0] },
    })
    expect(most).toBe(5)
  })
})
