import { describe, expect, it } from 'vitest'
import { pattern } from '../testing/rule.ts'
import { backendRules } from '../testing.ts'
import { webBackend } from '../web.ts'
import { importAesGcmKey, unwrapAesKey } from './aes.ts'

const { subtle } = globalThis.crypto

/** As Chromium: it has no AES with keys of 192 bits. */
const without192 = withSubtle({
  async importKey(...args: Parameters<SubtleCrypto['importKey']>) {
    const [format, keyData] = args
    if (format === 'raw' && (keyData as Uint8Array).length === 24) {
      throw new DOMException('192-bit AES keys are not supported', 'OperationError')
    }
    return subtle.importKey(...args)
  },
} as Partial<SubtleCrypto>)

/** The platform's own, with something in place of some of its methods. */
function withSubtle(change: Partial<SubtleCrypto>): SubtleCrypto {
  return new Proxy(subtle, {
    get(target, name) {
      const value: unknown = Reflect.get(change, name) ?? Reflect.get(target, name)
      return typeof value === 'function' ? (value.bind(target) as unknown) : value
    },
  })
}

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

describe('unwrapAesKey', () => {
  it('is nothing when the platform gives a key that is none', async () => {
    const lenient = withSubtle({
      async exportKey() {
        return new ArrayBuffer(40)
      },
    } as unknown as Partial<SubtleCrypto>)
    const wrapped = Uint8Array.from('1fa68b0a8112b447aef34bd8fb5a7b829d3e862371d2cfe5'.match(/../g) ?? [], (byte) =>
      Number.parseInt(byte, 16),
    )
    const wrappingKey = Uint8Array.from({ length: 16 }, (_, i) => i)
    expect(await unwrapAesKey(subtle, wrappingKey, wrapped)).toHaveLength(16)
    expect(await unwrapAesKey(lenient, wrappingKey, wrapped)).toBeUndefined()
  })
})
