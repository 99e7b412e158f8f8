import { describe, expect, it } from 'vitest'
import { fieldLength, type SigningCurve, signatureHash } from './backend.ts'
import { fromBase64Url, signDigest, verifyDigest } from './digest-signature.ts'
import { compressPoint } from './ec-key.ts'
import { defaultBackend } from './index.ts'
import { ascii, changedAt, hex } from './testing/rule.ts'

/** RFC 6979, A.2.5 and A.2.6: private key, public key, and the signature of "sample". */
const examples = [
  {
    curve: 'P-256',
    scalar: 'c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721',
    point:
      '04 60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6 7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299',
    signature:
      'efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716 f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8',
  },
  {
    curve: 'P-384',
    scalar: '6b9d3dad2e1b8c1c05b19875b6659f4de23c3b667bf297ba9aa47740787137d896d5724e4c70a825f872c9ea60d2edf5',
    point:
      '04 ec3a4e415b4e19a4568618029f427fa5da9a8bc4ae92e02e06aae5286b300c64def8f0ea9055866064a254515480bc13 8015d9b72d7d57244ea8ef9ac0c621896708a59367f9dfb9f54ca84b3f1c9db1288b231c3ae0d4fe7344fd2533264720',
    signature:
      '94edbb92a5ecb8aad4736e56c691916b3f88140666ce9fa73d64c4ea95ad133c81a648152e44acf96e36dd1e80fabe46 99ef4aeb15f178cea1fe40db2603138f130e740a19624526203b6351d0a3a94fa329c145786e679e7b82c71a38628ac8',
  },
] as const

async function digestOf(curve: SigningCurve, message: string): Promise<Uint8Array> {
  return defaultBackend.digest(signatureHash[curve], ascii(message))
}

describe.each(examples)('a digest on $curve', ({ curve, scalar, point, signature }) => {
  const publicKey = compressPoint(curve, hex(point))

  it('verifies with the published signature, whose s is in the upper half', async () => {
    expect(await verifyDigest(curve, publicKey, await digestOf(curve, 'sample'), hex(signature))).toBe(true)
  })

  it('does not verify with another digest, or a changed signature', async () => {
    expect(await verifyDigest(curve, publicKey, await digestOf(curve, 'test'), hex(signature))).toBe(false)
    for (const index of [0, fieldLength[curve] - 1, fieldLength[curve], 2 * fieldLength[curve] - 1]) {
      const changed = changedAt(hex(signature), index)
      expect(await verifyDigest(curve, publicKey, await digestOf(curve, 'sample'), changed)).toBe(false)
    }
  })

  it('does not verify with r or s of zero', async () => {
    const length = fieldLength[curve]
    for (const [from, to] of [
      [0, length],
      [length, 2 * length],
      [0, 2 * length],
    ]) {
      const zeroed = hex(signature).fill(0, from, to)
      expect(await verifyDigest(curve, publicKey, await digestOf(curve, 'sample'), zeroed)).toBe(false)
    }
  })

  it('is signed so that the platform verifies the message', async () => {
    const made = await signDigest(curve, hex(scalar), await digestOf(curve, 'sample'))
    expect(made).toHaveLength(2 * fieldLength[curve])
    const key = await defaultBackend.ecdsa.importPublicKey(curve, publicKey)
    const verifier = key?.verifier()
    await verifier?.update(ascii('sample'))
    expect(await verifier?.verify(made)).toBe(true)
  })

  it('is signed with another nonce each time', async () => {
    const digest = await digestOf(curve, 'sample')
    const made = [await signDigest(curve, hex(scalar), digest), await signDigest(curve, hex(scalar), digest)]
    expect(made[0]?.subarray(0, fieldLength[curve])).not.toEqual(made[1]?.subarray(0, fieldLength[curve]))
    for (const each of made) expect(await verifyDigest(curve, publicKey, digest, each)).toBe(true)
  })

  it('may have either of the two equivalent s when it is signed here', async () => {
    const digest = await digestOf(curve, 'sample')
    const highest: number[] = []
    // With the lower half only, all 40 would be below 0x80: one chance in 2^40 otherwise.
    for (let i = 0; i < 40; i++) {
      highest.push((await signDigest(curve, hex(scalar), digest))[fieldLength[curve]] as number)
    }
    expect(Math.max(...highest)).toBeGreaterThanOrEqual(0x80)
  })
})

describe('fromBase64Url', () => {
  it('reads the alphabet of JSON Web Keys, without padding', () => {
    expect(fromBase64Url('-_8')).toEqual(hex('fbff'))
    expect(fromBase64Url('AAEC')).toEqual(hex('000102'))
    expect(fromBase64Url('')).toEqual(hex(''))
  })

  it('replaces every character of that alphabet, not only the first', () => {
    expect(fromBase64Url('--__')).toEqual(hex('fbefff'))
  })
})
