import { describe, expect, it } from 'vitest'
import { hex } from '../testing/rule.ts'
import { webEcdh } from './ecdh.ts'

const { subtle } = globalThis.crypto

/** The platform's own, with other answers to `exportKey`. */
function exporting(exportKey: (...args: readonly unknown[]) => Promise<unknown>): SubtleCrypto {
  return new Proxy(subtle, {
    get(target, name: keyof SubtleCrypto) {
      if (name === 'exportKey') return exportKey
      return (target[name] as (...args: unknown[]) => unknown).bind(target)
    },
  })
}

describe('ECDH over WebCrypto', () => {
  it('gives nothing for a private key that the platform takes, but whose public point it does not tell', async () => {
    const { privateKey } = await webEcdh(subtle).generateKeyPair('P-256')
    expect(await webEcdh(subtle).importPrivateKey('P-256', privateKey)).toBeDefined()
    for (const jwk of [{}, { kty: 'EC', crv: 'P-256' }, { kty: 'EC', crv: 'P-256', x: 'AAAA', y: 'AAAA' }]) {
      const silent = exporting(async () => jwk)
      expect(await webEcdh(silent).importPrivateKey('P-256', privateKey)).toBeUndefined()
    }
  })

  it('takes the public point alone from an export: the scalar does not go through it again', async () => {
    const { privateKey } = await webEcdh(subtle).generateKeyPair('P-384')
    const imported: unknown[] = []
    const watched = new Proxy(subtle, {
      get(target, name: keyof SubtleCrypto) {
        return (...args: unknown[]) => {
          if (name === 'importKey' && args[0] === 'jwk') imported.push(args[1])
          return Reflect.apply(target[name] as (...args: unknown[]) => unknown, target, args)
        }
      },
    })
    await webEcdh(watched).importPrivateKey('P-384', privateKey)
    expect(imported.map((jwk) => Object.keys(jwk as object).sort())).toEqual([['crv', 'kty', 'x', 'y']])
  })
})

/** RFC 5903, section 8.1: the initiator. */
const scalar = 'c88f01f510d9ac3f70a292daa2316de544e9aab8afe84049c62a9c57862d1433'
const x = 'dad0b65394221cf9b051e1feca5787d098dfe637fc90b9ef945d0c3772581180'
const y = '5271a0461cdb8252d61f1c456fa3e59ab1f45b33accf5f58389e0577b8990bb3'
const pointless = (d: string) =>
  hex(`3041 020100 3013 06072a8648ce3d0201 06082a8648ce3d030107 0427 3025 020101 0420 ${d}`)
const withPoint = hex(
  `308187 020100 3013 06072a8648ce3d0201 06082a8648ce3d030107 046d 306b 020101 0420 ${scalar} a144 034200 04 ${x} ${y}`,
)

/** As platforms that do not find the point by themselves; shows what they were given, and a copy made then. */
function needingPoints() {
  const given: { readonly asGiven: Uint8Array; readonly bytes: Uint8Array }[] = []
  const refusing = new Proxy(subtle, {
    get(target, name: keyof SubtleCrypto) {
      return async (...args: unknown[]) => {
        if (name === 'importKey' && args[0] === 'pkcs8') {
          const bytes = args[1] as Uint8Array
          given.push({ asGiven: new Uint8Array(bytes), bytes })
          if (bytes.length < 100) throw new DOMException('the public key is missing', 'DataError')
        }
        return Reflect.apply(target[name] as (...args: unknown[]) => unknown, target, args)
      }
    },
  })
  return { given, ecdh: webEcdh(refusing) }
}

describe('a private key without its point, on a platform that wants it', () => {
  it('is imported with the point, and leaves no copy of the scalar', async () => {
    const { given, ecdh } = needingPoints()
    const key = await ecdh.importPrivateKey('P-256', pointless(scalar))
    expect(key?.publicKey).toEqual({ curve: 'P-256', point: hex(`03 ${x}`) })
    expect(given.map(({ asGiven }) => asGiven)).toEqual([pointless(scalar), withPoint])
    expect(given.map(({ bytes }) => bytes.some((byte) => byte !== 0))).toEqual([false, false])
  })

  it('is nothing when the scalar is 0, or not below the order of the curve', async () => {
    // SEC 2, section 2.4.2: n.
    const order = 'ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551'
    for (const d of ['00'.repeat(32), order, 'ff'.repeat(32)]) {
      const { given, ecdh } = needingPoints()
      expect(await ecdh.importPrivateKey('P-256', pointless(d))).toBeUndefined()
      expect(given).toHaveLength(1)
    }
  })

  it('is not looked for in a key that has it', async () => {
    const { given, ecdh } = needingPoints()
    const wrongPoint = new Uint8Array(withPoint)
    wrongPoint[wrongPoint.length - 1] = 0
    expect(await ecdh.importPrivateKey('P-256', wrongPoint)).toBeUndefined()
    expect(given.map(({ asGiven }) => asGiven)).toEqual([wrongPoint])
  })
})
