import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { encodeEcSpki } from '../ec-key.ts'
import { pattern } from '../testing/rule.ts'
import { compressedPoint, ecdsa } from './ecdsa.ts'

describe.each([
  ['P-256', 'sha256'],
  ['P-384', 'sha384'],
] as const)('a signature on %s', (curve, hash) => {
  it.each([10, 1024 * 1024 + 1])('of %i bytes is one for node:crypto, too', async (length) => {
    const key = await ecdsa.generateKey(curve)
    const signer = key.signer()
    await signer.update(pattern(length))
    const publicKey = createPublicKey({
      key: Buffer.from(encodeEcSpki({ curve, point: key.publicKey })),
      format: 'der',
      type: 'spki',
    })
    const right = verify(hash, pattern(length), { key: publicKey, dsaEncoding: 'ieee-p1363' }, await signer.sign())
    expect(right).toBe(true)
  })
})

describe('compressedPoint', () => {
  it('refuses a key of another curve', () => {
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-384' })
    expect(() => compressedPoint('P-256', publicKey)).toThrow(new TypeError('key of P-384, P-256 expected'))
  })

  it('refuses a key of a curve that is none of ours', () => {
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'secp256k1' })
    expect(() => compressedPoint('P-256', publicKey)).toThrow(new TypeError('key of an unnamed curve, P-256 expected'))
  })
})
