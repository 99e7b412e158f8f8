import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { join, pattern } from '../testing/rule.ts'
import { privateKeyOf, publicKeyOf } from './der-key.ts'

describe('a key in DER', () => {
  const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const pkcs8 = pair.privateKey.export({ format: 'der', type: 'pkcs8' })
  const spki = pair.publicKey.export({ format: 'der', type: 'spki' })

  it('is read, wherever it stands in memory', () => {
    expect(publicKeyOf(join(pattern(7), spki, pattern(7)).subarray(7, 7 + spki.length))?.equals(pair.publicKey)).toBe(
      true,
    )
    const within = join(pattern(7), pkcs8, pattern(7)).subarray(7, 7 + pkcs8.length)
    expect(privateKeyOf(within)?.equals(pair.privateKey)).toBe(true)
  })

  it('is nothing when OpenSSL cannot read it', () => {
    for (const bytes of [pattern(50), new Uint8Array(0)]) {
      expect(publicKeyOf(bytes)).toBeUndefined()
      expect(privateKeyOf(bytes)).toBeUndefined()
    }
    expect(publicKeyOf(pkcs8)).toBeUndefined()
    expect(privateKeyOf(spki)).toBeUndefined()
  })
})
