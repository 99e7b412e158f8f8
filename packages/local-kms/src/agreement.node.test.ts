/**
 * What every KMS does alike: ours in the process, ours over HTTP, and the one at `ESDK_KMS_ENDPOINT`, such as LocalStack.
 */
import { createPublicKey, diffieHellman, generateKeyPairSync, publicEncrypt } from 'node:crypto'
import { afterAll, describe, expect, it } from 'vitest'
import { allWays, keyMaker, named, noSuchKey, utf8 } from '../test/ways.ts'

describe.each(allWays)('a KMS %s', (_, open) => {
  const opened = open()
  const newKey = keyMaker(opened)
  const at = async (region = 'us-east-1') => (await opened).client(region)
  afterAll(async () => (await opened).close())

  describe('CreateKey', () => {
    it('makes an enabled symmetric key when it is told nothing', async () => {
      const { key } = await newKey({ Description: 'of a test' })
      expect(key).toMatchObject({
        Description: 'of a test',
        Enabled: true,
        KeyState: 'Enabled',
        KeyUsage: 'ENCRYPT_DECRYPT',
        KeySpec: 'SYMMETRIC_DEFAULT',
        EncryptionAlgorithms: ['SYMMETRIC_DEFAULT'],
        Origin: 'AWS_KMS',
        KeyManager: 'CUSTOMER',
        MultiRegion: false,
      })
      expect(key.KeyId).toMatch(/^[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12}$/)
      expect(key.Arn).toBe(`arn:aws:kms:us-east-1:${key.AWSAccountId}:key/${key.KeyId}`)
      expect(Math.abs(key.CreationDate.getTime() - Date.now())).toBeLessThan(600_000)
    })

    it('makes a multi-Region key, which begins with mrk-', async () => {
      const { key } = await newKey({ MultiRegion: true })
      expect(key.KeyId).toMatch(/^mrk-[\da-f]{32}$/)
      expect(key.MultiRegion).toBe(true)
      expect(key.MultiRegionConfiguration).toEqual({
        MultiRegionKeyType: 'PRIMARY',
        PrimaryKey: { Arn: key.Arn, Region: 'us-east-1' },
        ReplicaKeys: [],
      })
    })
  })

  describe('DescribeKey', () => {
    it('finds a key by its id, its ARN, its alias and the ARN of its alias', async () => {
      const { kms, id, arn, key } = await newKey()
      const alias = `alias/of-${id}`
      await kms.createAlias({ AliasName: alias, TargetKeyId: id })
      for (const KeyId of [id, arn, alias, arn.replace(/key\/.*/, alias)]) {
        const { KeyMetadata: found } = await kms.describeKey({ KeyId })
        expect([KeyId, found.Arn]).toEqual([KeyId, key.Arn])
      }
    })

    it.each([
      ['an id', noSuchKey],
      ['an alias', 'alias/that-nobody-made'],
    ])('does not find %s that there is none of', async (_, KeyId) => {
      await expect((await at()).describeKey({ KeyId })).rejects.toEqual(named('NotFoundException'))
    })

    it('does not find a key in another Region', async () => {
      const { id } = await newKey()
      await expect((await at('eu-west-1')).describeKey({ KeyId: id })).rejects.toEqual(named('NotFoundException'))
    })
  })

  describe('aliases', () => {
    it('are listed for their key, and gone when they are deleted', async () => {
      const { kms, id, arn } = await newKey()
      const name = `alias/listed/${id}`
      await kms.createAlias({ AliasName: name, TargetKeyId: arn })
      const { Aliases: aliases } = await kms.listAliases({ KeyId: id })
      expect(aliases).toEqual([
        expect.objectContaining({
          AliasName: name,
          AliasArn: arn.replace(/key\/.*/, name),
          TargetKeyId: id,
        }),
      ])
      await kms.deleteAlias({ AliasName: name })
      expect((await kms.listAliases({ KeyId: id })).Aliases).toEqual([])
      await expect(kms.describeKey({ KeyId: name })).rejects.toEqual(named('NotFoundException'))
      await expect(kms.deleteAlias({ AliasName: name })).rejects.toEqual(named('NotFoundException'))
    })

    it('are given once in a Region, and in each Region anew', async () => {
      const here = await newKey()
      const there = await newKey({}, 'eu-central-1')
      const AliasName = `alias/${here.id}`
      await here.kms.createAlias({ AliasName, TargetKeyId: here.id })
      await there.kms.createAlias({ AliasName, TargetKeyId: there.id })
      const again = here.kms.createAlias({ AliasName, TargetKeyId: here.id })
      await expect(again).rejects.toEqual(named('AlreadyExistsException'))
      expect((await here.kms.describeKey({ KeyId: AliasName })).KeyMetadata.Arn).toBe(here.arn)
      expect((await there.kms.describeKey({ KeyId: AliasName })).KeyMetadata.Arn).toBe(there.arn)
    })
  })

  describe('Encrypt and Decrypt', () => {
    it('take an alias, and answer with the ARN of its key', async () => {
      const { kms, id, arn } = await newKey()
      await kms.createAlias({ AliasName: `alias/${id}`, TargetKeyId: id })
      const sealed = await kms.encrypt({ KeyId: `alias/${id}`, Plaintext: utf8('secret') })
      expect(sealed.KeyId).toBe(arn)
      const opened = await kms.decrypt({ KeyId: `alias/${id}`, CiphertextBlob: sealed.CiphertextBlob })
      expect(opened.KeyId).toBe(arn)
      expect(new Uint8Array(opened.Plaintext)).toEqual(utf8('secret'))
    })

    it.each([1, 4096])('take %i bytes', async (length) => {
      const { kms, id } = await newKey()
      const { CiphertextBlob } = await kms.encrypt({ KeyId: id, Plaintext: new Uint8Array(length).fill(7) })
      const { Plaintext: plaintext } = await kms.decrypt({ CiphertextBlob })
      expect(new Uint8Array(plaintext)).toEqual(new Uint8Array(length).fill(7))
    })

    it('do not take 4097 bytes', async () => {
      const { kms, id } = await newKey()
      const call = kms.encrypt({ KeyId: id, Plaintext: new Uint8Array(4097) })
      await expect(call).rejects.toEqual(named('ValidationException'))
    })

    it('bind the encryption context, in whatever order it is given', async () => {
      const { kms, id } = await newKey()
      const context = { tenant: '42', B: '1', a: '2', ä: 'ö', '\u{10000}': '\uffff' }
      const { CiphertextBlob } = await kms.encrypt({ KeyId: id, Plaintext: utf8('x'), EncryptionContext: context })
      const reversed = Object.fromEntries(Object.entries(context).reverse())
      const opened = await kms.decrypt({ CiphertextBlob, EncryptionContext: reversed })
      expect(new Uint8Array(opened.Plaintext)).toEqual(utf8('x'))
      const { tenant, ...less } = context
      for (const wrong of [{}, less, { ...context, tenant: tenant + tenant }, { ...context, more: '' }]) {
        const call = kms.decrypt({ CiphertextBlob, EncryptionContext: wrong })
        await expect(call).rejects.toEqual(named('InvalidCiphertextException'))
      }
    })

    it('refuse changed bytes', async () => {
      const { kms, id } = await newKey()
      const { CiphertextBlob: blob } = await kms.encrypt({ KeyId: id, Plaintext: utf8('x') })
      const changed = new Uint8Array(blob)
      changed[changed.length - 1] = (changed.at(-1) as number) ^ 1
      const call = kms.decrypt({ KeyId: id, CiphertextBlob: changed })
      await expect(call).rejects.toEqual(named('InvalidCiphertextException'))
    })

    it('refuse bytes that no key made', async () => {
      const { kms, id } = await newKey()
      const call = kms.decrypt({ KeyId: id, CiphertextBlob: utf8('not a ciphertext of any kind, but text') })
      await expect(call).rejects.toEqual(named('InvalidCiphertextException'))
    })

    it('refuse the ciphertext of another key than the one that is named', async () => {
      const { kms, id } = await newKey()
      const wrong = await newKey()
      const { CiphertextBlob } = await kms.encrypt({ KeyId: id, Plaintext: utf8('x') })
      for (const KeyId of [wrong.id, wrong.arn]) {
        await expect(kms.decrypt({ KeyId, CiphertextBlob })).rejects.toEqual(named('IncorrectKeyException'))
      }
    })
  })

  it('makes data keys that are decrypted to what they were, and others every time', async () => {
    const { kms, id, arn } = await newKey()
    const request = { KeyId: id, KeySpec: 'AES_256', EncryptionContext: { a: 'b' } } as const
    const made = await kms.generateDataKey(request)
    expect(made.KeyId).toBe(arn)
    expect(made.Plaintext).toHaveLength(32)
    const opened = await kms.decrypt({ CiphertextBlob: made.CiphertextBlob, EncryptionContext: { a: 'b' } })
    expect(opened.KeyId).toBe(arn)
    expect(opened.Plaintext).toEqual(made.Plaintext)
    expect((await kms.generateDataKey(request)).Plaintext).not.toEqual(made.Plaintext)
  })

  it('encrypts anew under another key and another context, without showing what', async () => {
    const { kms, id, arn } = await newKey()
    const target = await newKey()
    const sealed = await kms.encrypt({ KeyId: id, Plaintext: utf8('moved'), EncryptionContext: { from: 'a' } })
    const moved = await kms.reEncrypt({
      CiphertextBlob: sealed.CiphertextBlob,
      SourceKeyId: id,
      SourceEncryptionContext: { from: 'a' },
      DestinationKeyId: target.id,
      DestinationEncryptionContext: { to: 'b' },
    })
    expect(moved).toMatchObject({ SourceKeyId: arn, KeyId: target.arn })
    expect(moved).not.toHaveProperty('Plaintext')
    const opened = await kms.decrypt({ CiphertextBlob: moved.CiphertextBlob, EncryptionContext: { to: 'b' } })
    expect(opened.KeyId).toBe(target.arn)
    expect(new Uint8Array(opened.Plaintext)).toEqual(utf8('moved'))
    const wrongContext = kms.reEncrypt({
      CiphertextBlob: sealed.CiphertextBlob,
      SourceKeyId: id,
      DestinationKeyId: target.id,
    })
    await expect(wrongContext).rejects.toEqual(named('InvalidCiphertextException'))
  })

  it('does nothing with a disabled key until it is enabled', async () => {
    const { kms, id } = await newKey()
    const { CiphertextBlob } = await kms.encrypt({ KeyId: id, Plaintext: utf8('x') })
    await kms.disableKey({ KeyId: id })
    expect((await kms.describeKey({ KeyId: id })).KeyMetadata).toMatchObject({ Enabled: false, KeyState: 'Disabled' })
    for (const call of [
      () => kms.generateDataKey({ KeyId: id, NumberOfBytes: 32 }),
      () => kms.generateDataKeyWithoutPlaintext({ KeyId: id, NumberOfBytes: 32 }),
      () => kms.encrypt({ KeyId: id, Plaintext: utf8('x') }),
      () => kms.decrypt({ CiphertextBlob }),
      () => kms.decrypt({ KeyId: id, CiphertextBlob }),
      () => kms.reEncrypt({ CiphertextBlob, SourceKeyId: id, DestinationKeyId: id }),
    ]) {
      await expect(call()).rejects.toEqual(named('DisabledException'))
    }
    await kms.enableKey({ KeyId: id })
    const { Plaintext: plaintext } = await kms.decrypt({ CiphertextBlob })
    expect(new Uint8Array(plaintext)).toEqual(utf8('x'))
  })

  describe('a replica', () => {
    it('opens what its primary encrypted, and the other way round, each under its own ARN', async () => {
      const primary = await newKey({ MultiRegion: true })
      const { ReplicaKeyMetadata: replica } = await primary.kms.replicateKey({
        KeyId: primary.id,
        ReplicaRegion: 'eu-west-1',
      })
      const there = await at('eu-west-1')
      expect(replica.KeyId).toBe(primary.id)
      expect(replica.Arn).toBe(primary.arn.replace('us-east-1', 'eu-west-1'))
      const configuration = {
        PrimaryKey: { Arn: primary.arn, Region: 'us-east-1' },
        ReplicaKeys: [{ Arn: replica.Arn, Region: 'eu-west-1' }],
      }
      const { KeyMetadata: primaryNow } = await primary.kms.describeKey({ KeyId: primary.id })
      const { KeyMetadata: replicaNow } = await there.describeKey({ KeyId: primary.id })
      expect(primaryNow.MultiRegionConfiguration).toEqual({ MultiRegionKeyType: 'PRIMARY', ...configuration })
      expect(replicaNow.MultiRegionConfiguration).toEqual({ MultiRegionKeyType: 'REPLICA', ...configuration })

      const EncryptionContext = { a: 'b' }
      const fromPrimary = await primary.kms.generateDataKey({ KeyId: primary.id, NumberOfBytes: 32, EncryptionContext })
      const opened = await there.decrypt({
        KeyId: replica.Arn,
        CiphertextBlob: fromPrimary.CiphertextBlob,
        EncryptionContext,
      })
      expect(opened.KeyId).toBe(replica.Arn)
      expect(opened.Plaintext).toEqual(fromPrimary.Plaintext)
      const back = await there.encrypt({ KeyId: replica.Arn, Plaintext: utf8('x') })
      expect(back.KeyId).toBe(replica.Arn)
      expect((await primary.kms.decrypt({ CiphertextBlob: back.CiphertextBlob })).KeyId).toBe(primary.arn)
    })

    it('is disabled by itself', async () => {
      const primary = await newKey({ MultiRegion: true })
      await primary.kms.replicateKey({ KeyId: primary.id, ReplicaRegion: 'eu-west-1' })
      const there = await at('eu-west-1')
      await there.disableKey({ KeyId: primary.id })
      const { CiphertextBlob } = await primary.kms.encrypt({ KeyId: primary.id, Plaintext: utf8('x') })
      await expect(there.decrypt({ CiphertextBlob })).rejects.toEqual(named('DisabledException'))
    })

    it('is made once in a Region, and of a multi-Region primary key alone', async () => {
      const primary = await newKey({ MultiRegion: true })
      const replicate = { KeyId: primary.id, ReplicaRegion: 'eu-west-1' }
      await primary.kms.replicateKey(replicate)
      await expect(primary.kms.replicateKey(replicate)).rejects.toEqual(named('AlreadyExistsException'))
      const single = await newKey()
      const call = single.kms.replicateKey({ KeyId: single.id, ReplicaRegion: 'eu-west-1' })
      await expect(call).rejects.toEqual(named('UnsupportedOperationException'))
    })
  })

  describe('public keys', () => {
    it('of RSA encrypt what the key decrypts', async () => {
      const { kms, id, arn } = await newKey({ KeySpec: 'RSA_3072', KeyUsage: 'ENCRYPT_DECRYPT' })
      const answer = await kms.getPublicKey({ KeyId: id })
      expect(answer).toMatchObject({ KeyId: arn, KeySpec: 'RSA_3072', KeyUsage: 'ENCRYPT_DECRYPT' })
      const key = createPublicKey({ key: Buffer.from(answer.PublicKey), format: 'der', type: 'spki' })
      expect(key.asymmetricKeyDetails?.modulusLength).toBe(3072)
      const sealed = publicEncrypt({ key, oaepHash: 'sha256' }, utf8('from outside'))
      const opened = await kms.decrypt({
        KeyId: id,
        CiphertextBlob: new Uint8Array(sealed),
        EncryptionAlgorithm: 'RSAES_OAEP_SHA_256',
      })
      expect(new Uint8Array(opened.Plaintext)).toEqual(utf8('from outside'))
    })

    it.each([
      ['ECC_NIST_P256', 'P-256', 32],
      ['ECC_NIST_P384', 'P-384', 48],
      ['ECC_NIST_P521', 'P-521', 66],
    ] as const)('of %s agree with others on a secret', async (KeySpec, namedCurve, length) => {
      const { kms, id, arn } = await newKey({ KeySpec, KeyUsage: 'KEY_AGREEMENT' })
      const answer = await kms.getPublicKey({ KeyId: id })
      expect(answer).toMatchObject({ KeyId: arn, KeySpec, KeyUsage: 'KEY_AGREEMENT' })
      const publicKey = createPublicKey({ key: Buffer.from(answer.PublicKey), format: 'der', type: 'spki' })
      const mine = generateKeyPairSync('ec', { namedCurve })
      const derived = await kms.deriveSharedSecret({
        KeyId: id,
        KeyAgreementAlgorithm: 'ECDH',
        PublicKey: new Uint8Array(mine.publicKey.export({ format: 'der', type: 'spki' })),
      })
      expect(derived.SharedSecret).toHaveLength(length)
      const expected = diffieHellman({ privateKey: mine.privateKey, publicKey })
      expect(new Uint8Array(derived.SharedSecret)).toEqual(new Uint8Array(expected))
    })

    it('agree on nothing with a key that encrypts', async () => {
      const { kms, id } = await newKey({ KeySpec: 'RSA_2048', KeyUsage: 'ENCRYPT_DECRYPT' })
      const mine = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'der', type: 'spki' })
      const PublicKey = new Uint8Array(mine)
      const call = kms.deriveSharedSecret({ KeyId: id, KeyAgreementAlgorithm: 'ECDH', PublicKey })
      await expect(call).rejects.toEqual(named('InvalidKeyUsageException'))
    })
  })

  it('does not find the ARN of another Region', async () => {
    const { kms, arn } = await newKey()
    const call = kms.describeKey({ KeyId: arn.replace('us-east-1', 'eu-west-1') })
    await expect(call).rejects.toEqual(named('NotFoundException'))
  })
})
