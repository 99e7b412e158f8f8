import { defaultBackend, parsePem, parseRsaSpki } from '@esdk/crypto-backend'
import { describe, expect, it } from 'vitest'
import {
  cbc,
  committing,
  counting,
  gcm,
  rejectionOf,
  toDecrypt,
  toEncrypt,
  toRewrap,
  unwrappedBy,
  wrapped,
} from '../../test/key-materials.ts'
import { rsaPair } from '../../test/rsa-pairs.ts'
import type { ContentSuite } from '../content-suite.ts'
import type { WrappedDataKey } from '../envelope.ts'
import { s3RsaKeyring } from './rsa-keyring.ts'

const [pair, other] = [await rsaPair(), await rsaPair()]
const keyring = s3RsaKeyring(pair)

const unwraps =
  'the data key of the object does not unwrap: another RSA key has wrapped it, it is for another content algorithm, or its bytes were changed'

const ascii = (text: string) => new TextEncoder().encode(text)

/** What the public key makes of any bytes. */
async function encrypted(plaintext: Uint8Array, hash: 'SHA-1' | 'SHA-256' = 'SHA-1'): Promise<Uint8Array> {
  const key = await defaultBackend.rsa.importPublicKey(parsePem('PUBLIC KEY', pair.publicKey), { scheme: 'oaep', hash })
  if (key === undefined) throw new Error('no key')
  return key.encrypt(plaintext)
}

describe('an RSA keyring', () => {
  it('opens what it wraps', async () => {
    for (const suite of [committing, gcm]) {
      const { dataKey, wrappedDataKey } = await keyring.onEncrypt(toEncrypt(suite))
      expect(dataKey).toHaveLength(32)
      expect(wrappedDataKey.algorithm).toBe('RSA-OAEP-SHA1')
      expect(wrappedDataKey.ciphertext).toHaveLength(256)
      expect(await unwrappedBy(keyring, wrappedDataKey, suite)).toEqual(dataKey.expose())
    }
  })

  it.each([
    [committing, '115'],
    [gcm, 'AES/GCM/NoPadding'],
  ])('writes the length of the key, the key, and the content algorithm', async (suite, name) => {
    const { wrappedDataKey } = await keyring.onEncrypt(toRewrap(counting(32), suite))
    const algorithm = { name: 'RSA-OAEP', hash: 'SHA-1' }
    const pkcs8 = parsePem('PRIVATE KEY', pair.privateKey)
    const key = await crypto.subtle.importKey('pkcs8', pkcs8, algorithm, false, ['decrypt'])
    const opened = await crypto.subtle.decrypt(algorithm, key, wrappedDataKey.ciphertext as BufferSource)
    expect(new Uint8Array(opened)).toEqual(Uint8Array.of(32, ...counting(32), ...ascii(name)))
  })

  it.each([16, 24, 32])('wraps a data key of %i bytes again', async (length) => {
    const { wrappedDataKey } = await keyring.onEncrypt(toRewrap(counting(length), gcm))
    expect(await unwrappedBy(keyring, wrappedDataKey, gcm)).toEqual(counting(length))
  })

  it('has one text for all that does not unwrap, whatever is wrong (P15, S5)', async () => {
    const modulus = parseRsaSpki(parsePem('PUBLIC KEY', pair.publicKey)) as Uint8Array
    const whole = (await keyring.onEncrypt(toRewrap(counting(32), committing))).wrappedDataKey.ciphertext
    const ofAnother = (await s3RsaKeyring(other).onEncrypt(toEncrypt(committing))).wrappedDataKey.ciphertext
    const bound = async (...parts: readonly (readonly number[] | Uint8Array)[]) =>
      encrypted(Uint8Array.from(parts.flatMap((part) => [...part])))
    const ciphertexts: [what: string, ciphertext: Uint8Array, suite?: ContentSuite][] = [
      ['empty', new Uint8Array(0)],
      ['zero', new Uint8Array(256)],
      ['one', new Uint8Array(256).fill(1, 255)],
      ['ones', new Uint8Array(256).fill(0xff)],
      ['the modulus', modulus],
      ['a byte short', whole.subarray(1)],
      ['cut', whole.subarray(0, 255)],
      ['a byte long', Uint8Array.of(...whole, 0)],
      ['a zero in front', Uint8Array.of(0, ...whole)],
      ['first bit changed', whole.map((byte, i) => (i === 0 ? byte ^ 1 : byte))],
      ['last bit changed', whole.map((byte, i) => (i === 255 ? byte ^ 1 : byte))],
      ['of another key', ofAnother],
      ['of another suite', whole, gcm],
      ['of another suite', whole, cbc],
      ['with SHA-256', await encrypted(Uint8Array.of(32, ...counting(32), ...ascii('115')), 'SHA-256')],
      ['no plaintext', await bound()],
      ['a length alone', await bound([32])],
      ['length 0', await bound([0], ascii('115'))],
      ['length 31', await bound([31], counting(31), ascii('115'))],
      ['length 33', await bound([33], counting(33), ascii('115'))],
      ['length 255', await bound([255], counting(32), ascii('115'))],
      ['a length that lies', await bound([31], counting(32), ascii('115'))],
      ['a key of 16 bytes', await bound([16], counting(16), ascii('115'))],
      ['the key alone', await bound(counting(32))],
      ['no algorithm', await bound([32], counting(32))],
      ['another algorithm', await bound([32], counting(32), ascii('116'))],
      ['a longer algorithm', await bound([32], counting(32), ascii('1155'))],
      ['half an algorithm', await bound([32], counting(32), ascii('11'))],
    ]
    for (const [what, ciphertext, suite = committing] of ciphertexts) {
      const error = await rejectionOf(keyring.onDecrypt(toDecrypt(suite), wrapped('RSA-OAEP-SHA1', ciphertext)))
      expect(error, what).toMatchObject({ name: 'DataKeyError', code: 'ERR_ESDK_S3_DATA_KEY', message: unwraps })
      expect(error.cause, what).toBeUndefined()
    }
  })

  it('reads OAEP with SHA-256, and masks by SHA-256 too', async () => {
    const key = wrapped('RSA/ECB/OAEPWithSHA-256AndMGF1Padding', await encrypted(counting(32), 'SHA-256'))
    expect(await unwrappedBy(keyring, key, gcm)).toEqual(counting(32))
    expect(await unwrappedBy(keyring, key, cbc)).toEqual(counting(32))
  })

  it.each(['kms+context', 'kms', 'AES/GCM', 'AESWrap'] as const)(
    'refuses %s, and says what it is',
    async (algorithm) => {
      const error = await rejectionOf(keyring.onDecrypt(toDecrypt(gcm), wrapped(algorithm, counting(60))))
      expect(error).toMatchObject({ code: 'ERR_ESDK_S3_DATA_KEY' })
      expect(error.message).toMatch(/wrapped with ".*", which needs s3(Aes|Kms)Keyring: this is an RSA keyring$/)
    },
  )

  it('stores its description, and picks keys by it', async () => {
    const partner = s3RsaKeyring({ publicKey: other.publicKey, materialDescription: { for: 'partner' } })
    const { wrappedDataKey, dataKey } = await partner.onEncrypt(toEncrypt())
    expect({ ...wrappedDataKey.description }).toEqual({ for: 'partner' })
    const additionalDecryptionKeys = [{ materialDescription: { for: 'partner' }, privateKey: other.privateKey }]
    for (const reader of [
      s3RsaKeyring({ ...pair, additionalDecryptionKeys }),
      s3RsaKeyring({ additionalDecryptionKeys }),
    ]) {
      expect(await unwrappedBy(reader, wrappedDataKey)).toEqual(dataKey.expose())
    }
    expect((await rejectionOf(keyring.onDecrypt(toDecrypt(), wrappedDataKey))).message).toBe(unwraps)
  })

  it('refuses an encryption context, which nothing would authenticate', async () => {
    const error = await rejectionOf(keyring.onEncrypt(toEncrypt(committing, { team: 'alpha', site: 'a' })))
    expect(error).toMatchObject({ code: 'ERR_ESDK_ENCRYPTION_CONTEXT' })
    expect(error.message).toContain('the encryption context has 2 pair(s), and an RSA keyring')
  })

  it('with the public key alone encrypts, with the private key alone decrypts', async () => {
    const [encrypts, decrypts] = [
      s3RsaKeyring({ publicKey: pair.publicKey }),
      s3RsaKeyring({ privateKey: pair.privateKey }),
    ]
    const { dataKey, wrappedDataKey } = await encrypts.onEncrypt(toEncrypt())
    expect(await unwrappedBy(decrypts, wrappedDataKey)).toEqual(dataKey.expose())
    const errors = [
      await rejectionOf(encrypts.onDecrypt(toDecrypt(), wrappedDataKey)),
      await rejectionOf(decrypts.onEncrypt(toEncrypt())),
    ]
    expect(errors).toMatchObject([
      { code: 'ERR_ESDK_KEYRING', message: 'this RSA keyring can only encrypt: give it a privateKey to decrypt' },
      { code: 'ERR_ESDK_KEYRING', message: 'this RSA keyring can only decrypt: give it a publicKey to encrypt' },
    ])
  })

  it('gives data keys in memory of their own (K1)', async () => {
    const { wrappedDataKey, dataKey } = await keyring.onEncrypt(toEncrypt())
    for (const bytes of [dataKey.expose(), wrappedDataKey.ciphertext, await unwrappedBy(keyring, wrappedDataKey)]) {
      expect([bytes.byteOffset, bytes.buffer.byteLength]).toEqual([0, bytes.length])
    }
  })

  it('zeroes what it has encrypted and decrypted: the key and the content algorithm (K2)', async () => {
    const seen: Uint8Array[] = []
    const { rsa } = defaultBackend
    const backend = {
      ...defaultBackend,
      rsa: {
        ...rsa,
        async importPublicKey(...given: Parameters<typeof rsa.importPublicKey>) {
          const key = await rsa.importPublicKey(...given)
          const encrypt = async (bytes: Uint8Array) => {
            seen.push(bytes)
            return (await key?.encrypt(bytes)) ?? bytes
          }
          return key && { ...key, encrypt }
        },
        async importPrivateKey(...given: Parameters<typeof rsa.importPrivateKey>) {
          const key = await rsa.importPrivateKey(...given)
          const decrypt = async (ciphertext: Uint8Array) => {
            const bytes = await key?.decrypt(ciphertext)
            if (bytes !== undefined) seen.push(bytes)
            return bytes
          }
          return key && { ...key, decrypt }
        },
      },
    }
    const spied = s3RsaKeyring({ ...pair, backend })
    const { wrappedDataKey } = await spied.onEncrypt(toRewrap(counting(32)))
    expect(await unwrappedBy(spied, wrappedDataKey)).toEqual(counting(32))
    await rejectionOf(spied.onDecrypt(toDecrypt(gcm), wrappedDataKey))
    expect(seen).toEqual([new Uint8Array(36), new Uint8Array(36), new Uint8Array(36)])
  })

  it('keeps no bytes of its private key once the platform has it (K2)', async () => {
    const given = new Set<Uint8Array>()
    const { rsa } = defaultBackend
    const importPrivateKey: typeof rsa.importPrivateKey = (pkcs8, padding) => {
      given.add(pkcs8)
      return rsa.importPrivateKey(pkcs8, padding)
    }
    const { wrappedDataKey, dataKey } = await keyring.onEncrypt(toEncrypt())
    const spied = s3RsaKeyring({ ...pair, backend: { ...defaultBackend, rsa: { ...rsa, importPrivateKey } } })
    expect([...given].map((bytes) => bytes[0])).toEqual([0x30])
    await expect.poll(() => [...given].every((bytes) => bytes.every((byte) => byte === 0))).toBe(true)
    expect(await unwrappedBy(spied, wrappedDataKey)).toEqual(dataKey.expose())
  })

  it.each([
    ['no key', {}, TypeError, 'a key is missing: give publicKey to encrypt, privateKey to decrypt, or both'],
    ['no PEM', { publicKey: 'key' }, TypeError, 'no PEM block found'],
    ['bytes', { privateKey: counting(32) }, TypeError, 'a PRIVATE KEY must be PEM text'],
    ['the private key as public key', { publicKey: pair.privateKey }, TypeError, 'the public key is needed here'],
    ['the public key as private key', { privateKey: pair.publicKey }, TypeError, 'the private key is needed here'],
    [
      'a further key without a key',
      { additionalDecryptionKeys: [{ materialDescription: { a: '1' } }] },
      TypeError,
      'a PRIVATE KEY must be PEM text, found undefined',
    ],
    ['a number as description', { ...pair, materialDescription: { a: 1 } }, TypeError, 'materialDescription["a"]'],
  ])('is not made of %s', (_, options, kind, says) => {
    expect(() => s3RsaKeyring(options as never)).toThrow(kind)
    expect(() => s3RsaKeyring(options as never)).toThrow(says)
  })

  it('is not made of a short public key, and reads with a short private one', async () => {
    const short = await rsaPair(1024)
    expect(() => s3RsaKeyring(short)).toThrow(RangeError)
    expect(() => s3RsaKeyring(short)).toThrow('publicKey has 1024 bits, at least 2048 are needed')
    expect(() => s3RsaKeyring({ privateKey: short.privateKey })).not.toThrow()
  })

  it('is not made of a key that is not RSA', async () => {
    const { publicKey, privateKey } = await defaultBackend.ecdh.generateKeyPair('P-256')
    const { encodePem } = await import('@esdk/crypto-backend')
    expect(() => s3RsaKeyring({ publicKey: encodePem('PUBLIC KEY', publicKey) })).toThrow('publicKey is not an RSA key')
    expect(() => s3RsaKeyring({ privateKey: encodePem('PRIVATE KEY', privateKey) })).toThrow(
      'privateKey is not an RSA key',
    )
  })

  it('says when the platform cannot use its key', async () => {
    const backend = { ...defaultBackend, rsa: { ...defaultBackend.rsa, importPrivateKey: () => undefined } }
    const { wrappedDataKey }: { wrappedDataKey: WrappedDataKey } = await keyring.onEncrypt(toEncrypt())
    const error = await rejectionOf(s3RsaKeyring({ ...pair, backend }).onDecrypt(toDecrypt(), wrappedDataKey))
    expect(error).toMatchObject({
      code: 'ERR_ESDK_KEYRING',
      message: 'the platform cannot use the privateKey of this RSA keyring',
    })
  })
})
