import { describe, expect, it } from 'vitest'
import type { CryptoBackend } from './backend.ts'
import { defaultBackend } from './platform.web.ts'
import { hex, pattern } from './testing/rule.ts'
import { type WebCrypto, webBackend } from './web.ts'

const { subtle } = globalThis.crypto

/** A `Crypto` whose generator is this. */
function withGenerator(getRandomValues: (bytes: Uint8Array) => unknown): CryptoBackend {
  const crypto: WebCrypto = {
    subtle,
    getRandomValues(bytes) {
      getRandomValues(bytes)
      return bytes
    },
  }
  return webBackend(crypto)
}

/** Everything that needs `subtle`. */
const operations: readonly (readonly [name: string, run: (backend: CryptoBackend) => unknown])[] = [
  ['digest', (backend) => backend.digest('SHA-256', pattern(3))],
  ['hmac', (backend) => backend.hmac('SHA-256', pattern(3), pattern(3))],
  ['importAesGcmKey', (backend) => backend.importAesGcmKey(pattern(16))],
  ['ecdsa', (backend) => backend.ecdsa.generateKey('P-256')],
  ['ecdh', (backend) => backend.ecdh.generateKeyPair('P-256')],
  ['rsa', (backend) => backend.rsa.generateKeyPair(2048)],
]

describe('the web backend', () => {
  it('is the backend of every platform that has WebCrypto, and is over its own without an argument', async () => {
    for (const backend of [defaultBackend, webBackend()]) {
      expect(backend.name).toBe('web')
      expect(await backend.digest('SHA-1', new Uint8Array(0))).toEqual(hex('da39a3ee5e6b4b0d3255bfef95601890afd80709'))
    }
  })

  it('works with the Crypto object that is handed in', async () => {
    let calls = 0
    const digest: SubtleCrypto['digest'] = async () => {
      calls++
      return pattern(32).buffer
    }
    const backend = webBackend({ subtle: { digest } as SubtleCrypto, getRandomValues: (bytes) => bytes })
    expect(await backend.digest('SHA-256', new Uint8Array(0))).toEqual(pattern(32))
    expect(calls).toBe(1)
  })

  it.each(operations)('says that %s needs a secure context where subtle is missing', async (_, run) => {
    const insecure = webBackend({ getRandomValues: (bytes) => bytes } as WebCrypto)
    const message = 'crypto.subtle is missing: WebCrypto needs a secure context (https, or localhost)'
    await expect(async () => run(insecure)).rejects.toThrow(new TypeError(message))
  })

  it('can be made where there is no WebCrypto at all, and says so when it is used', async () => {
    const none = webBackend(null as unknown as WebCrypto)
    await expect(async () => none.digest('SHA-256', pattern(3))).rejects.toThrow(TypeError)
    expect(() => none.randomBytes(16)).toThrow(TypeError)
  })
})

describe('random bytes of the web backend', () => {
  it.each([
    [0, []],
    [1, [1]],
    [65_536, [65_536]],
    [65_537, [65_536, 1]],
    [200_000, [65_536, 65_536, 65_536, 3392]],
  ])('%i of them are filled in calls that keep to the quota', (length, calls) => {
    const lengths: number[] = []
    const backend = withGenerator((bytes) => {
      lengths.push(bytes.length)
      bytes.fill(lengths.length)
    })
    const bytes = backend.randomBytes(length)
    expect(lengths).toEqual(calls)
    expect(bytes).toHaveLength(length)
    expect(bytes.every((byte, i) => byte === 1 + Math.floor(i / 65_536))).toBe(true)
  })

  // K5 of the threat model: only the platform's generator, and its failure is an error.
  it.each([16, 100_000])('throw what the generator throws, for %i of them', (length) => {
    const failure = new Error('the entropy source failed')
    const backend = withGenerator(() => {
      throw failure
    })
    for (let i = 0; i < 3; i++) expect(() => backend.randomBytes(length)).toThrow(failure)
  })
})
