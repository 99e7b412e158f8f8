import { defaultBackend, parseEcSpki, parsePem, parseRsaSpki } from '@esdk/crypto-backend'
import { describe, expect, it } from 'vitest'
import { counting, unwrappedBy, wrappedBy } from '../test/materials.ts'
import { generateAesKey, generateEcdhKeyPair, generateRsaKeyPair } from './generate-keys.ts'
import { rawAesKeyring } from './raw-aes.ts'
import { rawEcdhKeyring } from './raw-ecdh.ts'
import { rawRsaKeyring } from './raw-rsa.ts'

describe('a new AES key', () => {
  it('has 256 bits unless another length is asked for', () => {
    expect(generateAesKey().length).toBe(32)
    expect(generateAesKey(128).length).toBe(16)
    expect(generateAesKey(192).length).toBe(24)
    expect(generateAesKey(256).length).toBe(32)
  })

  it('is made of the random bytes of the backend', () => {
    const backend = { ...defaultBackend, randomBytes: (length: number) => counting(length, 1) }
    expect(generateAesKey(128, { backend })).toEqual(counting(16, 1))
  })

  it('differs from the one before, and lies in memory of its own (K1)', () => {
    const [one, two] = [generateAesKey(), generateAesKey()]
    expect(one).not.toEqual(two)
    expect([one.byteOffset, one.buffer.byteLength]).toEqual([0, 32])
  })

  it('wraps and unwraps', async () => {
    const keyring = rawAesKeyring({ namespace: 'app', name: 'key', wrappingKey: generateAesKey() })
    const { dataKey, edk } = await wrappedBy(keyring)
    expect(await unwrappedBy(keyring, [edk])).toEqual(dataKey)
  })

  it.each([0, 64, 255, 512, '256', null])('has no other length: %j', (bits) => {
    expect(() => generateAesKey(bits as 128)).toThrow(
      new RangeError(`an AES key has 128, 192 or 256 bits, found ${String(bits)}`),
    )
  })
})

describe('a new RSA key pair', () => {
  it('is SPKI and PKCS #8 in PEM, of the length that was asked for, and good for a keyring', async () => {
    const { publicKey, privateKey } = await generateRsaKeyPair(2048)
    expect(publicKey).toMatch(/^-----BEGIN PUBLIC KEY-----\n[A-Za-z0-9+/=\n]+\n-----END PUBLIC KEY-----\n$/)
    expect(privateKey).toMatch(/^-----BEGIN PRIVATE KEY-----\n[A-Za-z0-9+/=\n]+\n-----END PRIVATE KEY-----\n$/)
    expect((parseRsaSpki(parsePem('PUBLIC KEY', publicKey)) as Uint8Array).length * 8).toBe(2048)
    const id = { namespace: 'app', name: 'key', padding: 'oaep-sha256' } as const
    const { dataKey, edk } = await wrappedBy(rawRsaKeyring({ ...id, publicKey }))
    expect(await unwrappedBy(rawRsaKeyring({ ...id, privateKey }), [edk])).toEqual(dataKey)
  })

  it('has 4096 bits unless another length is asked for', async () => {
    const asked: number[] = []
    const rsa = {
      ...defaultBackend.rsa,
      generateKeyPair(bits: number) {
        asked.push(bits)
        return { publicKey: new Uint8Array(3), privateKey: new Uint8Array(3) }
      },
    }
    const pair = await generateRsaKeyPair(undefined, { backend: { ...defaultBackend, rsa } })
    expect(asked).toEqual([4096])
    expect(pair.publicKey).toContain('AAAA')
  })

  it('leaves no private key behind: what the backend gave is zeroed (K2)', async () => {
    const given = { publicKey: counting(3, 1), privateKey: counting(3, 1) }
    const rsa = { ...defaultBackend.rsa, generateKeyPair: () => given }
    const { privateKey } = await generateRsaKeyPair(2048, { backend: { ...defaultBackend, rsa } })
    expect(privateKey).toBe('-----BEGIN PRIVATE KEY-----\nAQID\n-----END PRIVATE KEY-----\n')
    expect(given.privateKey).toEqual(new Uint8Array(3))
  })

  it.each([0, 1024, 2047, 2049, 8200, 8193, 3072.5, Number.NaN])('has no other length: %d', async (bits) => {
    await expect(generateRsaKeyPair(bits)).rejects.toEqual(
      new RangeError(`an RSA key has 2048 to 8192 bits, found ${bits}`),
    )
  })
})

describe('a new key pair for ECDH', () => {
  it.each(['P-256', 'P-384', 'P-521'] as const)('is a key of %s, by name, and good for a keyring', async (curve) => {
    const { publicKey, privateKey } = await generateEcdhKeyPair(curve)
    expect(parseEcSpki(parsePem('PUBLIC KEY', publicKey))?.curve).toBe(curve)
    const { dataKey, edk } = await wrappedBy(
      rawEcdhKeyring({ curve, schema: 'ephemeral', recipientPublicKey: publicKey }),
    )
    const recipient = rawEcdhKeyring({ curve, schema: 'discovery', recipientPrivateKey: privateKey })
    expect(await unwrappedBy(recipient, [edk])).toEqual(dataKey)
  })

  it.each(['P-192', 'secp256k1', '', undefined, 'toString'])('is of no other curve: %s', async (curve) => {
    await expect(generateEcdhKeyPair(curve as 'P-256')).rejects.toEqual(
      new TypeError(`curve must be one of P-256, P-384, P-521; found ${String(curve)}`),
    )
  })
})
