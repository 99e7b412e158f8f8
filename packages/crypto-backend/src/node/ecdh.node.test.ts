import { createPrivateKey, createPublicKey, diffieHellman } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { leavesInPool } from '../../test/buffer-pool.ts'
import { parseEcSpki } from '../ec-key.ts'
import { ecdh } from './ecdh.ts'

describe.each(['P-256', 'P-384', 'P-521'] as const)('ECDH on %s in Node', (curve) => {
  it('gives the secret that diffieHellman gives for the stored keys', async () => {
    const [own, other] = [await ecdh.generateKeyPair(curve), await ecdh.generateKeyPair(curve)]
    const privateKey = await ecdh.importPrivateKey(curve, own.privateKey)
    const named = parseEcSpki(other.publicKey)
    const publicKey = await ecdh.importPublicKey(curve, named?.point as Uint8Array)
    if (privateKey === undefined || publicKey === undefined) throw new Error('a key was refused')
    const expected = diffieHellman({
      privateKey: createPrivateKey({ key: Buffer.from(own.privateKey), format: 'der', type: 'pkcs8' }),
      publicKey: createPublicKey({ key: Buffer.from(other.publicKey), format: 'der', type: 'spki' }),
    })
    expect([...(await privateKey.sharedSecret(publicKey))]).toEqual([...expected])
  })

  // K1 of the threat model: keys never pass through pooled Buffers.
  it('leaves no private key in the pool of Buffer', async () => {
    const { privateKey } = await ecdh.generateKeyPair(curve)
    // The last bytes of PKCS #8 are the public point; the scalar stands before it.
    const secret = privateKey.subarray(36, 60)
    expect(await leavesInPool(secret, () => ecdh.importPrivateKey(curve, privateKey))).toBe(false)
    expect(await leavesInPool(secret, () => Buffer.from(privateKey))).toBe(true)
  })
})
