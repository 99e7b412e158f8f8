import { DataKey, type EncryptedDataKey, KeyringError } from '@esdk/cmm'
import { defaultBackend, encodePem } from '@esdk/crypto-backend'
import { type AlgorithmSuiteId, contextOf, utf8 } from '@esdk/serialize'
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { awsError, type FakeAnswer, type FakeKms, fakeKms } from '../test/fake-kms.ts'
import {
  attemptsOf,
  edkOf,
  ireland,
  mrkIreland,
  mrkOregon,
  oregon,
  rejectionOf,
  text,
  toDecrypt,
  toEncrypt,
  toWrap,
  unwrappedBy,
  wrappedBy,
} from '../test/materials.ts'
import { kmsRsaKeyring } from './kms-rsa-keyring.ts'

let kms: FakeKms
let publicKey: string
beforeAll(async () => {
  kms = fakeKms()
  publicKey = encodePem('PUBLIC KEY', await kms.addRsaKey(oregon))
})
beforeEach(() => {
  kms.calls.length = 0
  kms.answering = (_, honest) => honest()
})

const encryptionAlgorithm = 'RSAES_OAEP_SHA_256'
const make = (options = {}) =>
  kmsRsaKeyring({ keyId: oregon, publicKey, encryptionAlgorithm, clientFor: kms.clientFor, ...options })

/** The context of test/materials.ts, as framework/structures.md lays it out: a count, then keys and values with their lengths. */
const contextBytes = utf8('\0\x02\0\x07purpose\0\x06backup\0\x06tenant\0\x0242')

describe('the keyring over an RSA key of AWS KMS, to encrypt', () => {
  it('wraps with the public key, without a call, the SHA-384 of the context and then the data key', async () => {
    const { dataKey, edks } = await wrappedBy(make())
    expect(kms.calls).toEqual([])
    expect(edks.map(({ providerId, providerInfo }) => [providerId, text(providerInfo)])).toEqual([
      ['aws-kms-rsa', oregon],
    ])
    const { Plaintext: secret } = await kms.clientFor('us-west-2').decrypt({
      KeyId: oregon,
      CiphertextBlob: (edks[0] as EncryptedDataKey).ciphertext,
      EncryptionAlgorithm: encryptionAlgorithm,
    })
    const digest = new Uint8Array(await crypto.subtle.digest('SHA-384', contextBytes))
    expect(secret).toEqual(Uint8Array.of(...digest, ...dataKey))
  })

  it('wraps a data key that another keyring has made', async () => {
    const materials = toWrap()
    const { encryptedDataKeys } = await make().onEncrypt(materials)
    expect(encryptedDataKeys).toHaveLength(2)
    expect(await unwrappedBy(make(), encryptedDataKeys)).toEqual(materials.dataKey.expose())
  })

  it('needs the public key, and says where it is to be had', async () => {
    const error = await rejectionOf(make({ publicKey: undefined }).onEncrypt(toEncrypt()))
    expect(error).toBeInstanceOf(KeyringError)
    expect(error.message).toMatch(/no publicKey.*GetPublicKey/)
    expect(kms.calls).toEqual([])
  })

  it.each([0x0214, 0x0346, 0x0378, 0x0578] as AlgorithmSuiteId[])(
    'refuses suite %i, which signs, both ways',
    async (suite) => {
      for (const refused of [make().onEncrypt(toEncrypt(suite)), make().onDecrypt(toDecrypt(suite), [edkOf(oregon)])]) {
        const error = await rejectionOf(refused)
        expect(error).toMatchObject({ code: 'ERR_ESDK_KEYRING' })
        expect(error.message).toContain('0x0478')
      }
      expect(kms.calls).toEqual([])
    },
  )

  it('fails to encrypt, and only then, when the platform cannot use the public key', async () => {
    const backend = { ...defaultBackend, rsa: { ...defaultBackend.rsa, importPublicKey: () => undefined } }
    const keyring = make({ backend })
    await expect(keyring.onEncrypt(toEncrypt())).rejects.toMatchObject({ code: 'ERR_ESDK_KEYRING' })
    await expect(keyring.onDecrypt(toDecrypt(), [])).rejects.toMatchObject({ code: 'ERR_ESDK_NO_DATA_KEY' })
  })

  it('stops before it wraps when the signal is aborted', async () => {
    const reason = new Error('enough')
    expect(await rejectionOf(make().onEncrypt(toEncrypt(), { signal: AbortSignal.abort(reason) }))).toBe(reason)
  })
})

describe('the keyring over an RSA key of AWS KMS, to decrypt', () => {
  it.each(['RSAES_OAEP_SHA_1', 'RSAES_OAEP_SHA_256'] as const)(
    'asks AWS KMS, with %s and grant tokens',
    async (algorithm) => {
      const keyring = make({ encryptionAlgorithm: algorithm, grantTokens: ['token'] })
      const { dataKey, edks } = await wrappedBy(keyring)
      expect(await unwrappedBy(keyring, edks)).toEqual(dataKey)
      expect(kms.calls.map(({ operation, region, input }) => [operation, region, input])).toEqual([
        [
          'Decrypt',
          'us-west-2',
          {
            KeyId: oregon,
            GrantTokens: ['token'],
            CiphertextBlob: edks[0]?.ciphertext,
            EncryptionAlgorithm: algorithm,
          },
        ],
      ])
    },
  )

  it('needs no public key', async () => {
    const { dataKey, edks } = await wrappedBy(make())
    expect(await unwrappedBy(make({ publicKey: undefined }), edks)).toEqual(dataKey)
  })

  it.each([
    [
      'another value',
      [
        ['purpose', 'backup'],
        ['tenant', '43'],
      ],
    ],
    [
      'a pair more',
      [
        ['purpose', 'backup'],
        ['tenant', '42'],
        ['x', ''],
      ],
    ],
    ['no context', []],
  ] as [string, [string, string][]][])('refuses the context of another message: %s', async (_, pairs) => {
    const { edks } = await wrappedBy(make())
    let held: Uint8Array | undefined
    kms.answering = async (_call, honest) => {
      const answer = await honest()
      held = answer.Plaintext
      return answer
    }
    const [attempt] = await attemptsOf(make(), edks, toDecrypt(0x0478, contextOf(pairs)))
    expect(attempt).toMatchObject({ code: 'ERR_ESDK_UNWRAP' })
    expect(attempt?.message).toContain('encryption context')
    expect(held).toEqual(new Uint8Array(80))
  })

  it('zeroes what it has unwrapped, digest and data key, once it has taken the data key out', async () => {
    const { edks } = await wrappedBy(make())
    const zero = vi.spyOn(DataKey.prototype, 'zero')
    try {
      const { dataKey } = await make().onDecrypt(toDecrypt(), edks)
      expect(zero.mock.contexts).toHaveLength(1)
      expect(zero.mock.contexts[0]).not.toBe(dataKey)
      expect(zero.mock.contexts[0]).toHaveLength(48 + 32)
    } finally {
      zero.mockRestore()
    }
  })

  it('asks for its own key alone (M1)', async () => {
    const others = [edkOf(ireland, undefined, 'aws-kms-rsa'), edkOf(oregon), edkOf(oregon, undefined, 'aws-kms-RSA')]
    expect(await attemptsOf(make(), others)).toEqual([])
    expect(kms.calls).toEqual([])
  })

  it('asks for its replica of a multi-Region key', async () => {
    kms.answering = () => {
      throw awsError('TimeoutError')
    }
    const keyring = make({ keyId: mrkOregon })
    expect(await attemptsOf(keyring, [edkOf(mrkIreland, undefined, 'aws-kms-rsa')])).toHaveLength(1)
    expect(kms.calls.map(({ region, input }) => [region, input.KeyId])).toEqual([['us-west-2', mrkOregon]])
  })

  it('fails at once when an encrypted data key of its provider names no key', async () => {
    const edk = edkOf('alias/mine', undefined, 'aws-kms-rsa')
    await expect(make().onDecrypt(toDecrypt(), [edk])).rejects.toMatchObject({ code: 'ERR_ESDK_KEYRING' })
  })

  const wrong: readonly [what: string, answer: () => FakeAnswer | undefined, says: string][] = [
    ['nothing', () => undefined, 'is no object'],
    ['no Plaintext', () => ({ KeyId: oregon }), 'has no Plaintext'],
    ['another key', () => ({ KeyId: ireland, Plaintext: new Uint8Array(80).fill(7) }), 'names the key'],
    [
      'the data key without the digest',
      () => ({ KeyId: oregon, Plaintext: new Uint8Array(32).fill(7) }),
      'of 32 bytes, where 80',
    ],
    ['a byte more', () => ({ KeyId: oregon, Plaintext: new Uint8Array(81).fill(7) }), 'of 81 bytes, where 80'],
    ['another digest', () => ({ KeyId: oregon, Plaintext: new Uint8Array(80).fill(7) }), 'another encryption context'],
  ]
  it.each(wrong)('refuses a wrong answer, and zeroes it (M3): %s', async (_, answer, says) => {
    const { edks } = await wrappedBy(make())
    const given = answer()
    kms.answering = () => given
    const [attempt] = await attemptsOf(make(), edks)
    expect(attempt?.message).toContain(says)
    expect((given?.Plaintext ?? []).every((byte) => byte === 0)).toBe(true)
  })

  it('tries the next key after one that does not open, and stops at an abort', async () => {
    const { dataKey, edks } = await wrappedBy(make())
    const [good] = edks as [EncryptedDataKey]
    expect(await unwrappedBy(make(), [{ ...good, ciphertext: good.ciphertext.map((byte) => byte ^ 1) }, good])).toEqual(
      dataKey,
    )
    const abort = new AbortController()
    const reason = new Error('enough')
    kms.calls.length = 0
    kms.answering = () => {
      abort.abort(reason)
      return new Promise(() => {})
    }
    expect(await rejectionOf(make().onDecrypt(toDecrypt(), [good, good], { signal: abort.signal }))).toBe(reason)
    expect(kms.calls).toHaveLength(1)
  })
})

describe('the keyring over an RSA key of AWS KMS is not made', () => {
  it.each([
    ['with an alias', { keyId: 'alias/mine' }],
    ['with the ARN of an alias', { keyId: oregon.replace(/key\/.*/, 'alias/mine') }],
    ['with a key id, which messages cannot name', { keyId: oregon.replace(/.*key\//, '') }],
    ['without a key', { keyId: '' }],
    ['with PKCS #1 v1.5', { encryptionAlgorithm: 'RSAES_PKCS1_V1_5' }],
    ['with the algorithm of symmetric keys', { encryptionAlgorithm: 'SYMMETRIC_DEFAULT' }],
    ['with the name of a method for an algorithm', { encryptionAlgorithm: 'toString' }],
    ['without an algorithm', { encryptionAlgorithm: undefined }],
    ['with a public key that is no PEM', { publicKey: 'MIIB' }],
    ['with grant tokens that are no list', { grantTokens: 'token' }],
  ])('%s', (_, options) => {
    expect(() => make(options)).toThrow(TypeError)
  })

  it('with a key of 1024 bits, which has no room for the digest', async () => {
    const { publicKey: short } = await defaultBackend.rsa.generateKeyPair(1024)
    expect(() => make({ publicKey: encodePem('PUBLIC KEY', short) })).toThrow('1024 bits, at least 2048')
  })

  it('with a modulus of 2047 bits, which takes as many bytes', () => {
    const spki = spkiOf(Uint8Array.of(0x7f, ...new Uint8Array(254).fill(0xff), 0x01))
    expect(() => make({ publicKey: encodePem('PUBLIC KEY', spki) })).toThrow('2047 bits, at least 2048')
  })

  it('with an elliptic-curve key', async () => {
    const { publicKey: point } = await defaultBackend.ecdh.generateKeyPair('P-256')
    expect(() => make({ publicKey: encodePem('PUBLIC KEY', point) })).toThrow('publicKey is not an RSA key')
  })
})

/** SPKI of an RSA key with exponent 65537 and this modulus of 256 bytes, whose first bit is 0 (RFC 8017, A.1.1). */
function spkiOf(modulus: Uint8Array): Uint8Array {
  const element = (tag: number, content: readonly number[]) =>
    content.length < 128
      ? [tag, content.length, ...content]
      : [tag, 0x82, content.length >> 8, content.length & 255, ...content]
  const key = element(0x30, [...element(0x02, [...modulus]), ...element(0x02, [1, 0, 1])])
  const rsaEncryption = [0x06, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1]
  return Uint8Array.from(element(0x30, [...element(0x30, [...rsaEncryption, 0x05, 0]), ...element(0x03, [0, ...key])]))
}
