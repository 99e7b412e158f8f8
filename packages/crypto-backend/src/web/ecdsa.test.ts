import { describe, expect, it } from 'vitest'
import { ascii, hex, pattern } from '../testing/rule.ts'
import { importPoint, webEcdsa } from './ecdsa.ts'

const { subtle } = globalThis.crypto

/** The public key of RFC 6979, A.2.5. */
const x = '60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6'
const y = '7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299'
const compressed = hex(`03${x}`)
const whole = hex(`04${x}${y}`)

/** A platform that sees these imports only. */
function importing(importKey: (...args: Parameters<SubtleCrypto['importKey']>) => Promise<CryptoKey>): SubtleCrypto {
  return { importKey } as SubtleCrypto
}

describe('importPoint', () => {
  it('hands whole points to the platform: WebKit reads no other', async () => {
    const points: unknown[] = []
    const watched = importing(async (...args) => {
      points.push(args[1])
      return subtle.importKey(...args)
    })
    for (const point of [compressed, whole]) {
      const key = await importPoint(watched, { name: 'ECDSA', namedCurve: 'P-256' }, point, ['verify'])
      expect(key?.type).toBe('public')
    }
    expect(points).toEqual([whole, whole])
  })

  it('does not ask the platform about a point that is not on the curve', async () => {
    let asked = 0
    const watched = importing(async (...args) => {
      asked++
      return subtle.importKey(...args)
    })
    const offCurve = hex(`02${'00'.repeat(31)}01`)
    expect(await importPoint(watched, { name: 'ECDSA', namedCurve: 'P-256' }, offCurve, ['verify'])).toBeUndefined()
    expect(asked).toBe(0)
  })

  it('gives nothing when the platform refuses', async () => {
    const refusing = importing(async () => {
      throw new DOMException('no', 'DataError')
    })
    expect(await importPoint(refusing, { name: 'ECDSA', namedCurve: 'P-256' }, whole, ['verify'])).toBeUndefined()
    expect(await webEcdsa(refusing).importPublicKey('P-256', compressed)).toBeUndefined()
  })
})

describe('a message over WebCrypto', () => {
  it.each(['P-256', 'P-384'] as const)('on %s is left to the platform up to 1 MiB, and not beyond', async (curve) => {
    const calls: string[] = []
    const watched = new Proxy(subtle, {
      get(target, name: keyof SubtleCrypto) {
        return (...args: unknown[]) => {
          calls.push(name)
          return Reflect.apply(target[name] as (...args: unknown[]) => unknown, target, args)
        }
      },
    })
    const own = await webEcdsa(watched).generateKey(curve)
    const key = await webEcdsa(watched).importPublicKey(curve, own.publicKey)
    for (const [length, expected] of [
      [1024 * 1024, ['sign', 'verify']],
      // The scalar, for a signature of the digest; the digest is verified without the platform.
      [1024 * 1024 + 1, ['exportKey']],
    ] as const) {
      calls.length = 0
      const [signer, verifier] = [own.signer(), key?.verifier()]
      await signer.update(pattern(length))
      await verifier?.update(pattern(length))
      expect(await verifier?.verify(await signer.sign())).toBe(true)
      expect(calls).toEqual(expected)
    }
  })

  it('does not verify with a signature of another length: some platforms throw', async () => {
    const key = await webEcdsa(subtle).importPublicKey('P-256', compressed)
    for (const length of [0, 63, 65, 96]) {
      const verifier = key?.verifier()
      await verifier?.update(ascii('sample'))
      expect(await verifier?.verify(new Uint8Array(length))).toBe(false)
    }
  })
})
