/**
 * What AWS KMS does, and others do not: LocalStack and moto leave out fields, take what AWS refuses, or refuse it by
 * other names.
 */
import { createECDH, generateKeyPairSync } from 'node:crypto'
import { afterAll, describe, expect, it } from 'vitest'
import { keyMaker, named, noSuchKey, ourWays, utf8 } from '../test/ways.ts'
import type { LocalKmsClient } from './index.ts'

type Create = Parameters<LocalKmsClient['createKey']>[0]

describe.each(ourWays)('a local KMS %s', (_, open) => {
  const opened = open()
  const newKey = keyMaker(opened)
  afterAll(async () => (await opened).close())

  describe('CreateKey', () => {
    it.each([
      ['RSA_2048', 'ENCRYPT_DECRYPT', { EncryptionAlgorithms: ['RSAES_OAEP_SHA_1', 'RSAES_OAEP_SHA_256'] }],
      ['ECC_NIST_P256', 'KEY_AGREEMENT', { KeyAgreementAlgorithms: ['ECDH'] }],
      ['ECC_NIST_P384', 'KEY_AGREEMENT', { KeyAgreementAlgorithms: ['ECDH'] }],
      ['ECC_NIST_P521', 'KEY_AGREEMENT', { KeyAgreementAlgorithms: ['ECDH'] }],
    ] as const)('makes a key of %s for %s', async (KeySpec, KeyUsage, algorithms) => {
      const { key } = await newKey({ KeySpec, KeyUsage })
      expect(key).toMatchObject({ KeySpec, KeyUsage, ...algorithms })
    })

    it.each([
      ['a key that is not symmetric without a usage', { KeySpec: 'RSA_2048' }],
      ['an elliptic-curve key that encrypts', { KeySpec: 'ECC_NIST_P256', KeyUsage: 'ENCRYPT_DECRYPT' }],
      ['a kind of key that there is none of', { KeySpec: 'RSA_1024', KeyUsage: 'ENCRYPT_DECRYPT' }],
    ])('refuses %s', async (_, options) => {
      await expect(newKey(options as Create)).rejects.toEqual(named('ValidationException'))
    })
  })

  it.each<[string, string, (kms: LocalKmsClient, KeyId: string) => Promise<unknown>]>([
    ['no plaintext', 'ValidationException', (kms, KeyId) => kms.encrypt({ KeyId } as never)],
    ['a marker of its own', 'InvalidMarkerException', (kms) => kms.listKeys({ Marker: 'next' })],
    ['to keep a key that is not to go', 'KMSInvalidStateException', (kms, KeyId) => kms.cancelKeyDeletion({ KeyId })],
    ['imported keys', 'ValidationException', (kms) => kms.createKey({ Origin: 'EXTERNAL' } as never)],
  ])('refuses %s', async (_, name, call) => {
    const { kms, id } = await newKey()
    await expect(call(kms, id)).rejects.toEqual(named(name))
  })

  it('does not open what an RSA key encrypted unless the key is named', async () => {
    const { kms } = await newKey()
    const call = kms.decrypt({ CiphertextBlob: utf8('of an RSA key'), EncryptionAlgorithm: 'RSAES_OAEP_SHA_256' })
    await expect(call).rejects.toEqual(named('ValidationException'))
  })

  it('lists its keys in pages', async () => {
    const made = [await newKey({}, 'sa-east-1'), await newKey({}, 'sa-east-1'), await newKey({}, 'sa-east-1')]
    const kms = (await opened).client('sa-east-1')
    const found: string[] = []
    let marker: string | undefined
    do {
      const page = await kms.listKeys({ Limit: 2, Marker: marker })
      expect(page.Keys.length).toBeLessThanOrEqual(2)
      expect(page.Truncated).toBe(page.NextMarker !== undefined)
      found.push(...page.Keys.map(({ KeyArn }) => KeyArn))
      marker = page.NextMarker
    } while (marker !== undefined)
    expect(found).toEqual(expect.arrayContaining(made.map(({ arn }) => arn)))
    expect(new Set(found).size).toBe(found.length)
  })

  describe('data keys', () => {
    it.each([
      [32, { KeySpec: 'AES_256' }],
      [16, { KeySpec: 'AES_128' }],
      [1, { NumberOfBytes: 1 }],
      [1024, { NumberOfBytes: 1024 }],
    ] as const)('of %i bytes are decrypted to what they were', async (length, size) => {
      const { kms, id, arn } = await newKey()
      const made = await kms.generateDataKey({ KeyId: id, ...size, EncryptionContext: { a: 'b' } })
      expect(made.KeyId).toBe(arn)
      expect(made.Plaintext).toHaveLength(length)
      const opened = await kms.decrypt({ CiphertextBlob: made.CiphertextBlob, EncryptionContext: { a: 'b' } })
      expect(opened).toMatchObject({ KeyId: arn, EncryptionAlgorithm: 'SYMMETRIC_DEFAULT' })
      expect(opened.Plaintext).toEqual(made.Plaintext)
    })

    it('are made without being shown', async () => {
      const { kms, id, arn } = await newKey()
      const made = await kms.generateDataKeyWithoutPlaintext({ KeyId: id, NumberOfBytes: 24 })
      expect(made.KeyId).toBe(arn)
      expect(made).not.toHaveProperty('Plaintext')
      const { Plaintext: plaintext } = await kms.decrypt({ CiphertextBlob: made.CiphertextBlob })
      expect(plaintext).toHaveLength(24)
    })

    it.each([
      ['no length', {}],
      ['two lengths', { NumberOfBytes: 32, KeySpec: 'AES_256' }],
      ['0 bytes', { NumberOfBytes: 0 }],
      ['1025 bytes', { NumberOfBytes: 1025 }],
    ] as const)('are not made of %s', async (_, size) => {
      const { kms, id } = await newKey()
      await expect(kms.generateDataKey({ KeyId: id, ...size })).rejects.toEqual(named('ValidationException'))
    })

    it('are not made by an RSA key', async () => {
      const { kms, id } = await newKey({ KeySpec: 'RSA_2048', KeyUsage: 'ENCRYPT_DECRYPT' })
      const call = kms.generateDataKey({ KeyId: id, NumberOfBytes: 32 })
      await expect(call).rejects.toEqual(named('InvalidKeyUsageException'))
    })
  })

  describe('Encrypt and Decrypt', () => {
    it('say which algorithm was used', async () => {
      const { kms, id } = await newKey()
      const sealed = await kms.encrypt({ KeyId: id, Plaintext: utf8('x') })
      expect(sealed.EncryptionAlgorithm).toBe('SYMMETRIC_DEFAULT')
      const { CiphertextBlob } = sealed
      expect((await kms.decrypt({ CiphertextBlob })).EncryptionAlgorithm).toBe('SYMMETRIC_DEFAULT')
      expect(await kms.reEncrypt({ CiphertextBlob, DestinationKeyId: id })).toMatchObject({
        SourceEncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
        DestinationEncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
      })
    })

    it('do not take 0 bytes', async () => {
      const { kms, id } = await newKey()
      const call = kms.encrypt({ KeyId: id, Plaintext: new Uint8Array() })
      await expect(call).rejects.toEqual(named('ValidationException'))
    })

    it.each(['RSAES_OAEP_SHA_1', 'RSAES_OAEP_SHA_256'] as const)('use an RSA key by %s', async (algorithm) => {
      const { kms, id, arn } = await newKey({ KeySpec: 'RSA_2048', KeyUsage: 'ENCRYPT_DECRYPT' })
      const with_ = { KeyId: id, EncryptionAlgorithm: algorithm }
      const sealed = await kms.encrypt({ ...with_, Plaintext: utf8('x') })
      expect(sealed).toMatchObject({ KeyId: arn, EncryptionAlgorithm: algorithm })
      expect(sealed.CiphertextBlob).toHaveLength(2048 / 8)
      const opened = await kms.decrypt({ ...with_, CiphertextBlob: sealed.CiphertextBlob })
      expect(opened).toMatchObject({ KeyId: arn, EncryptionAlgorithm: algorithm })
      expect(new Uint8Array(opened.Plaintext)).toEqual(utf8('x'))
      const other = algorithm === 'RSAES_OAEP_SHA_1' ? 'RSAES_OAEP_SHA_256' : 'RSAES_OAEP_SHA_1'
      const call = kms.decrypt({ KeyId: id, EncryptionAlgorithm: other, CiphertextBlob: sealed.CiphertextBlob })
      await expect(call).rejects.toEqual(named('InvalidCiphertextException'))
    })

    it.each([
      ['RSAES_OAEP_SHA_1', 256 - 2 * 20 - 2],
      ['RSAES_OAEP_SHA_256', 256 - 2 * 32 - 2],
    ] as const)('take by %s as much as the modulus leaves: %i bytes', async (EncryptionAlgorithm, most) => {
      const { kms, id } = await newKey({ KeySpec: 'RSA_2048', KeyUsage: 'ENCRYPT_DECRYPT' })
      const encrypt = (length: number) =>
        kms.encrypt({ KeyId: id, EncryptionAlgorithm, Plaintext: new Uint8Array(length) })
      expect((await encrypt(most)).CiphertextBlob).toHaveLength(256)
      await expect(encrypt(most + 1)).rejects.toEqual(named('ValidationException'))
    })

    it('bind no context to what an RSA key encrypts, and say so', async () => {
      const { kms, id } = await newKey({ KeySpec: 'RSA_2048', KeyUsage: 'ENCRYPT_DECRYPT' })
      const call = kms.encrypt({
        KeyId: id,
        EncryptionAlgorithm: 'RSAES_OAEP_SHA_256',
        EncryptionContext: { a: 'b' },
        Plaintext: utf8('x'),
      })
      await expect(call).rejects.toEqual(named('ValidationException'))
    })

    it('refuse an algorithm that the key has not', async () => {
      const { kms, id } = await newKey()
      const call = kms.encrypt({ KeyId: id, Plaintext: utf8('x'), EncryptionAlgorithm: 'RSAES_OAEP_SHA_1' })
      await expect(call).rejects.toEqual(named('InvalidKeyUsageException'))
    })
  })

  it('refuses a key that is to be deleted, until that is taken back and the key enabled', async () => {
    const { kms, id, arn } = await newKey()
    const { CiphertextBlob } = await kms.encrypt({ KeyId: id, Plaintext: utf8('x') })
    const scheduled = await kms.scheduleKeyDeletion({ KeyId: id, PendingWindowInDays: 7 })
    expect(scheduled).toMatchObject({ KeyId: arn, KeyState: 'PendingDeletion', PendingWindowInDays: 7 })
    expect(scheduled.DeletionDate.getTime()).toBeGreaterThan(Date.now() + 6 * 86_400_000)
    await expect(kms.decrypt({ CiphertextBlob })).rejects.toEqual(named('KMSInvalidStateException'))
    await expect(kms.enableKey({ KeyId: id })).rejects.toEqual(named('KMSInvalidStateException'))
    expect(await kms.cancelKeyDeletion({ KeyId: id })).toMatchObject({ KeyId: arn })
    await expect(kms.decrypt({ CiphertextBlob })).rejects.toEqual(named('DisabledException'))
    await kms.enableKey({ KeyId: id })
    const { Plaintext: plaintext } = await kms.decrypt({ CiphertextBlob })
    expect(new Uint8Array(plaintext)).toEqual(utf8('x'))
  })

  describe('public keys', () => {
    it('of disabled keys are not shown', async () => {
      const { kms, id } = await newKey({ KeySpec: 'ECC_NIST_P256', KeyUsage: 'KEY_AGREEMENT' })
      await kms.disableKey({ KeyId: id })
      await expect(kms.getPublicKey({ KeyId: id })).rejects.toEqual(named('DisabledException'))
    })

    it('of symmetric keys there are none', async () => {
      const { kms, id } = await newKey()
      await expect(kms.getPublicKey({ KeyId: id })).rejects.toEqual(named('UnsupportedOperationException'))
    })

    it('say that they agree by ECDH', async () => {
      const { kms, id, arn } = await newKey({ KeySpec: 'ECC_NIST_P256', KeyUsage: 'KEY_AGREEMENT' })
      const { PublicKey, KeyAgreementAlgorithms: algorithms } = await kms.getPublicKey({ KeyId: id })
      expect(algorithms).toEqual(['ECDH'])
      const derived = await kms.deriveSharedSecret({ KeyId: id, KeyAgreementAlgorithm: 'ECDH', PublicKey })
      expect(derived).toMatchObject({ KeyId: arn, KeyAgreementAlgorithm: 'ECDH', KeyOrigin: 'AWS_KMS' })
    })

    it('of another curve, or of none, agree on nothing', async () => {
      const { kms, id } = await newKey({ KeySpec: 'ECC_NIST_P256', KeyUsage: 'KEY_AGREEMENT' })
      const other = generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey.export({ format: 'der', type: 'spki' })
      const point = createECDH('prime256v1').generateKeys()
      for (const bytes of [other, point, utf8('no key')]) {
        const PublicKey = new Uint8Array(bytes)
        const call = kms.deriveSharedSecret({ KeyId: id, KeyAgreementAlgorithm: 'ECDH', PublicKey })
        await expect(call).rejects.toEqual(named('ValidationException'))
      }
    })
  })

  it('does nothing in a dry run but to say that it would', async () => {
    const { kms, id } = await newKey()
    for (const call of [
      kms.generateDataKey({ KeyId: id, NumberOfBytes: 32, DryRun: true }),
      kms.encrypt({ KeyId: id, Plaintext: utf8('x'), DryRun: true }),
    ]) {
      await expect(call).rejects.toEqual(named('DryRunOperationException'))
    }
    const missing = kms.encrypt({ KeyId: noSuchKey, Plaintext: utf8('x'), DryRun: true })
    await expect(missing).rejects.toEqual(named('NotFoundException'))
  })

  it('refuses an ARN that is none', async () => {
    const { kms } = await newKey()
    const call = kms.describeKey({ KeyId: 'arn:aws:s3:::bucket' })
    await expect(call).rejects.toEqual(named('InvalidArnException'))
  })
})
