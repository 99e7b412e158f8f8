import { describe, expect, it } from 'vitest'
import { type RsaPadding, UnsupportedAlgorithmError } from '../backend.ts'
import { pattern } from '../testing/rule.ts'
import { webRsa } from './rsa.ts'

const rsa = webRsa(globalThis.crypto.subtle)

const unsupported: readonly (readonly [name: string, padding: RsaPadding, message: string])[] = [
  [
    'PKCS #1 v1.5',
    { scheme: 'pkcs1' },
    'WebCrypto has no RSA PKCS #1 v1.5 encryption: use the Node backend, or an OAEP padding',
  ],
  [
    'OAEP with two hashes',
    { scheme: 'oaep', hash: 'SHA-256', mgf1Hash: 'SHA-1' },
    'WebCrypto has no RSA OAEP with two different hashes: use the Node backend, or an OAEP padding',
  ],
]

describe('RSA over WebCrypto', () => {
  // K8 of the threat model: where a runtime has no PKCS #1 v1.5, it says so.
  it.each(unsupported)('does not support %s, and says what to do', async (_, padding, message) => {
    expect(rsa.supports(padding)).toBe(false)
    const error = new UnsupportedAlgorithmError(message)
    await expect(async () => rsa.importPublicKey(pattern(10), padding)).rejects.toThrow(error)
    await expect(async () => rsa.importPrivateKey(pattern(10), padding)).rejects.toThrow(error)
  })

  it('supports OAEP with the same hash twice', async () => {
    const padding: RsaPadding = { scheme: 'oaep', hash: 'SHA-384', mgf1Hash: 'SHA-384' }
    expect(rsa.supports(padding)).toBe(true)
    const pair = await rsa.generateKeyPair(2048)
    const publicKey = await rsa.importPublicKey(pair.publicKey, padding)
    const privateKey = await rsa.importPrivateKey(pair.privateKey, { scheme: 'oaep', hash: 'SHA-384' })
    const ciphertext = (await publicKey?.encrypt(pattern(32))) as Uint8Array
    expect(await privateKey?.decrypt(ciphertext)).toEqual(pattern(32))
  })

  it('generates a key of the length asked for, with the usual exponent', async () => {
    const pair = await rsa.generateKeyPair(3072)
    const key = await rsa.importPublicKey(pair.publicKey, { scheme: 'oaep', hash: 'SHA-256' })
    expect(key?.modulusBits).toBe(3072)
    // INTEGER 65537, at the end of SPKI.
    expect(pair.publicKey.slice(-5)).toEqual(Uint8Array.of(2, 3, 1, 0, 1))
  })
})
