import { beforeEach, describe, expect, it } from 'vitest'
import { awsError, type FakeKms, fakeKms } from '../../test/fake-kms.ts'
import {
  cbc,
  committing,
  context,
  counting,
  gcm,
  ireland,
  oregon,
  rejectionOf,
  toDecrypt,
  toEncrypt,
  toRewrap,
  unwrappedBy,
  wrapped,
} from '../../test/key-materials.ts'
import { s3KmsKeyring } from './kms-keyring.ts'

const id = '11111111-1111-4111-8111-111111111111'
let kms: FakeKms
beforeEach(() => {
  kms = fakeKms({ [oregon]: oregon, [ireland]: ireland, 'alias/mine': oregon, [id]: oregon })
})
const keyringOf = (keyId = oregon, grantTokens?: readonly string[]) =>
  s3KmsKeyring({ keyId, client: kms.client, ...(grantTokens && { grantTokens }) })

describe('a KMS keyring', () => {
  it.each([oregon, 'alias/mine', id])('opens what it wraps: %s', async (keyId) => {
    for (const suite of [committing, gcm]) {
      const keyring = keyringOf(keyId)
      const { dataKey, wrappedDataKey } = await keyring.onEncrypt(toEncrypt(suite, context))
      expect(dataKey).toHaveLength(32)
      expect(await unwrappedBy(keyring, wrappedDataKey, suite, context)).toEqual(dataKey.expose())
    }
  })

  it('generates a data key in one call, with the stored context', async () => {
    const { wrappedDataKey } = await keyringOf(oregon, ['grant']).onEncrypt(toEncrypt(committing, context))
    expect(kms.calls).toEqual([
      {
        operation: 'GenerateDataKey',
        input: {
          KeyId: oregon,
          KeySpec: 'AES_256',
          GrantTokens: ['grant'],
          EncryptionContext: { team: 'alpha', purpose: 'unit test', 'aws:x-amz-cek-alg': '115' },
        },
        options: {},
      },
    ])
    expect(wrappedDataKey.algorithm).toBe('kms+context')
    expect({ ...wrappedDataKey.description }).toEqual(kms.calls[0]?.input.EncryptionContext)
  })

  it('wraps the data key of an object that is there already', async () => {
    const materials = toRewrap(counting(32), gcm, context)
    const ready = await keyringOf().onEncrypt(materials)
    expect(ready.dataKey).toBe(materials.dataKey)
    expect(kms.calls[0]).toMatchObject({
      operation: 'Encrypt',
      input: { KeyId: oregon, EncryptionContext: { ...context, 'aws:x-amz-cek-alg': 'AES/GCM/NoPadding' } },
    })
    expect(await unwrappedBy(keyringOf(), ready.wrappedDataKey, gcm, context)).toEqual(counting(32))
    // The copy that the client was given is zeroed, the data key is not.
    expect(kms.calls[0]?.input.Plaintext).toEqual(new Uint8Array(32))
    expect(materials.dataKey.expose()).toEqual(counting(32))
  })

  it.each([16, 24])(
    'wraps a data key of %i bytes again for an old suite, not for the committing one',
    async (length) => {
      const { wrappedDataKey } = await keyringOf().onEncrypt(toRewrap(counting(length), cbc))
      expect(await unwrappedBy(keyringOf(), wrappedDataKey, cbc)).toEqual(counting(length))
      const error = await rejectionOf(keyringOf().onEncrypt(toRewrap(counting(length), committing)))
      expect(error).toMatchObject({ code: 'ERR_ESDK_S3_DATA_KEY' })
      expect(error.message).toContain(`the data key has ${length} bytes`)
      expect(kms.calls.filter(({ operation }) => operation === 'Encrypt')).toHaveLength(1)
    },
  )

  it('sends its own KeyId with Decrypt, the stored context as it is, and copies', async () => {
    const { wrappedDataKey } = await keyringOf().onEncrypt(toEncrypt(committing, context))
    kms.calls.length = 0
    await unwrappedBy(keyringOf('alias/mine', ['grant']), wrappedDataKey, committing, context)
    expect(kms.calls).toEqual([
      {
        operation: 'Decrypt',
        input: {
          KeyId: 'alias/mine',
          CiphertextBlob: wrappedDataKey.ciphertext,
          GrantTokens: ['grant'],
          EncryptionContext: { ...wrappedDataKey.description },
        },
        options: {},
      },
    ])
    expect(kms.calls[0]?.input.CiphertextBlob).not.toBe(wrappedDataKey.ciphertext)
    expect(kms.calls[0]?.input.EncryptionContext).not.toBe(wrappedDataKey.description)
  })

  it('does not open what another key has wrapped', async () => {
    const { wrappedDataKey } = await keyringOf(ireland).onEncrypt(toEncrypt())
    const error = await rejectionOf(keyringOf().onDecrypt(toDecrypt(), wrappedDataKey))
    expect(error).toMatchObject({ code: 'ERR_ESDK_S3_DATA_KEY', cause: { name: 'IncorrectKeyException' } })
    expect(error.message).toContain(`KMS Decrypt with "${oregon}" failed: IncorrectKeyException`)
  })

  it('reads "kms" with the stored description, and writes none', async () => {
    const description = { kms_cmk_id: oregon, name: 'primary' }
    const input = { KeyId: oregon, EncryptionContext: description, Plaintext: counting(16) }
    const { CiphertextBlob } = await kms.client.encrypt(input)
    const key = wrapped('kms', CiphertextBlob as Uint8Array, description)
    expect(await unwrappedBy(keyringOf(), key, cbc)).toEqual(counting(16))
    expect(kms.calls[1]?.input.EncryptionContext).toEqual(description)
  })

  it('asks nothing where the context is not right (S11)', async () => {
    const { wrappedDataKey } = await keyringOf().onEncrypt(toEncrypt(committing, context))
    kms.calls.length = 0
    const relabelled = { ...wrappedDataKey, algorithm: 'kms' } as const
    for (const attempt of [
      keyringOf().onDecrypt(toDecrypt(committing), wrappedDataKey),
      keyringOf().onDecrypt(toDecrypt(committing, { team: 'beta' }), wrappedDataKey),
      keyringOf().onDecrypt(toDecrypt(gcm, context), wrappedDataKey),
      keyringOf().onDecrypt(toDecrypt(committing, context), relabelled),
      keyringOf().onEncrypt(toEncrypt(committing, { kms_cmk_id: '' })),
    ]) {
      expect(await rejectionOf(attempt)).toMatchObject({ code: 'ERR_ESDK_ENCRYPTION_CONTEXT' })
    }
    expect(kms.calls).toEqual([])
  })

  it.each(['AES/GCM', 'AESWrap', 'RSA-OAEP-SHA1', 'RSA/ECB/OAEPWithSHA-256AndMGF1Padding', 'v1'] as const)(
    'refuses %s, and says what it needs',
    async (algorithm) => {
      const error = await rejectionOf(keyringOf().onDecrypt(toDecrypt(gcm), wrapped(algorithm, counting(60))))
      expect(error).toMatchObject({ code: 'ERR_ESDK_S3_DATA_KEY' })
      expect(error.message).toMatch(/wrapped with ".*", which needs s3(Aes|Rsa)Keyring.*: this is a KMS keyring$/)
      expect(kms.calls).toEqual([])
    },
  )

  it('does not replace a data key that is there', async () => {
    const materials = { ...toDecrypt(), dataKey: toRewrap(counting(32)).dataKey }
    const key = wrapped('kms+context', counting(60), { 'aws:x-amz-cek-alg': '115' })
    const error = await rejectionOf(keyringOf().onDecrypt(materials as never, key))
    expect(error).toMatchObject({ code: 'ERR_ESDK_KEYRING' })
    expect(kms.calls).toEqual([])
  })

  it('says what AWS KMS has said, in one line', async () => {
    kms.answering = () => {
      throw awsError('AccessDeniedException', 'not\nfor you')
    }
    const error = await rejectionOf(keyringOf().onEncrypt(toEncrypt()))
    expect(error).toMatchObject({ code: 'ERR_ESDK_S3_DATA_KEY', cause: { name: 'AccessDeniedException' } })
    expect(error.message).toContain(
      `KMS GenerateDataKey with "${oregon}" failed: AccessDeniedException: "not\\u{a}for you"`,
    )
  })
})

describe('an abort (R3)', () => {
  const reason = new Error('enough')

  it('before the call asks nothing', async () => {
    const options = { signal: AbortSignal.abort(reason) }
    expect(await rejectionOf(keyringOf().onEncrypt(toEncrypt(), options))).toBe(reason)
    expect(await rejectionOf(keyringOf().onEncrypt(toRewrap(counting(32)), options))).toBe(reason)
    const key = wrapped('kms+context', counting(60), { 'aws:x-amz-cek-alg': '115' })
    expect(await rejectionOf(keyringOf().onDecrypt(toDecrypt(), key, options))).toBe(reason)
    expect(kms.calls).toEqual([])
  })

  it.each(['GenerateDataKey', 'Decrypt'])(
    'is passed on, and zeroes the key of an answer to %s that is late',
    async (operation) => {
      const { wrappedDataKey } = await keyringOf().onEncrypt(toEncrypt())
      const abort = new AbortController()
      const late = { KeyId: oregon, Plaintext: counting(32), CiphertextBlob: counting(60) }
      let answer: (late: unknown) => void = () => {}
      kms.answering = () => {
        abort.abort(reason)
        return new Promise((resolve) => {
          answer = resolve
        })
      }
      const options = { signal: abort.signal }
      const work =
        operation === 'Decrypt'
          ? keyringOf().onDecrypt(toDecrypt(), wrappedDataKey, options)
          : keyringOf().onEncrypt(toEncrypt(), options)
      expect(await rejectionOf(work)).toBe(reason)
      expect(kms.calls.at(-1)).toMatchObject({ operation, options: { abortSignal: abort.signal } })
      answer(late)
      await expect.poll(() => late.Plaintext).toEqual(new Uint8Array(32))
    },
  )
})

describe('the mistakes of a caller', () => {
  it.each([
    ['no key', { keyId: undefined }, 'keyId must name a key of AWS KMS'],
    ['an empty key', { keyId: '' }, 'keyId must name a key of AWS KMS'],
    ['an ARN with a mistake', { keyId: 'arn:aws:kms:us-west-2:key/1' }, 'keyId must name a key of AWS KMS'],
    [
      'KMSClient',
      { keyId: oregon, client: { send: () => {} } },
      'client must have the methods generateDataKey, encrypt, decrypt',
    ],
    ['no client', { keyId: oregon, client: null }, 'client must have the methods'],
    ['one grant token', { keyId: oregon, grantTokens: 'grant' }, 'grantTokens must be a list of texts'],
    ['an empty grant token', { keyId: oregon, grantTokens: [''] }, 'grantTokens must be a list of texts'],
  ])('%s is a TypeError', (_, options, says) => {
    expect(() => s3KmsKeyring(options as never)).toThrow(TypeError)
    expect(() => s3KmsKeyring(options as never)).toThrow(says)
  })

  it('are not those that come later: options are read once (K3)', async () => {
    const options = { keyId: oregon, client: kms.client, grantTokens: ['grant'] }
    const keyring = s3KmsKeyring(options)
    options.keyId = ireland
    options.grantTokens.push('another')
    await keyring.onEncrypt(toEncrypt())
    expect(kms.calls[0]?.input).toMatchObject({ KeyId: oregon, GrantTokens: ['grant'] })
  })
})
