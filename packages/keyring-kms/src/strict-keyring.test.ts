import { contextOf } from '@esdk/serialize'
import { beforeEach, describe, expect, it } from 'vitest'
import { awsError, type FakeKms, fakeKms } from '../test/fake-kms.ts'
import {
  attemptsOf,
  edkOf,
  ireland,
  mrkIreland,
  mrkOregon,
  oregon,
  rejectionOf,
  stranger,
  text,
  toDecrypt,
  toEncrypt,
  tokyo,
  toWrap,
  unwrappedBy,
  wrappedBy,
} from '../test/materials.ts'
import { kmsKeyring } from './kms-keyring.ts'

let kms: FakeKms
beforeEach(() => {
  kms = fakeKms()
  kms.addKeys(oregon, ireland, tokyo, mrkOregon, mrkIreland, stranger)
})

const operations = () => kms.calls.map(({ operation, region, input }) => [operation, region, input.KeyId])

describe('a keyring of named keys, to encrypt', () => {
  it('has its generator make the data key, and each further key wrap it, each in its Region', async () => {
    const keyring = kmsKeyring({ generatorKeyId: oregon, keyIds: [ireland, tokyo], clientFor: kms.clientFor })
    const { edks } = await wrappedBy(keyring)
    expect(edks.map(({ providerId, providerInfo }) => [providerId, text(providerInfo)])).toEqual([
      ['aws-kms', oregon],
      ['aws-kms', ireland],
      ['aws-kms', tokyo],
    ])
    expect(operations()).toEqual([
      ['GenerateDataKey', 'us-west-2', oregon],
      ['Encrypt', 'eu-west-1', ireland],
      ['Encrypt', 'ap-northeast-1', tokyo],
    ])
  })

  it.each([
    [0x0014, 16],
    [0x0146, 24],
    [0x0578, 32],
  ] as const)('asks for as many bytes as the suite %i takes: %i', async (suite, length) => {
    const { dataKey } = await wrappedBy(kmsKeyring({ generatorKeyId: oregon, clientFor: kms.clientFor }), suite)
    expect(kms.calls[0]?.input.NumberOfBytes).toBe(length)
    expect(dataKey).toHaveLength(length)
  })

  it('sends the whole encryption context, and the grant tokens, with every call', async () => {
    const encryptionContext = contextOf([
      ['purpose', 'backup'],
      ['__proto__', 'a name like another'],
    ])
    const grantTokens = ['token 1', 'token 2']
    const keyring = kmsKeyring({ generatorKeyId: oregon, keyIds: [ireland], grantTokens, clientFor: kms.clientFor })
    grantTokens.push('added later')
    const { encryptedDataKeys } = await keyring.onEncrypt(toEncrypt(0x0478, encryptionContext))
    await keyring.onDecrypt(toDecrypt(0x0478, encryptionContext), encryptedDataKeys)
    expect(kms.calls.map(({ operation }) => operation)).toEqual(['GenerateDataKey', 'Encrypt', 'Decrypt'])
    for (const { input } of kms.calls) {
      expect(input.GrantTokens).toEqual(['token 1', 'token 2'])
      expect(Object.entries(input.EncryptionContext ?? {}).sort()).toEqual([
        ['__proto__', 'a name like another'],
        ['purpose', 'backup'],
      ])
    }
  })

  it('sends no grant tokens where there are none', async () => {
    await wrappedBy(kmsKeyring({ generatorKeyId: oregon, clientFor: kms.clientFor }))
    expect(Object.keys(kms.calls[0]?.input ?? {}).sort()).toEqual(['EncryptionContext', 'KeyId', 'NumberOfBytes'])
  })

  it('wraps a data key that another keyring has made', async () => {
    const materials = toWrap()
    const { dataKey, encryptedDataKeys } = await kmsKeyring({ keyIds: [ireland], clientFor: kms.clientFor }).onEncrypt(
      materials,
    )
    expect(dataKey).toBe(materials.dataKey)
    expect(encryptedDataKeys.map(({ providerInfo }) => text(providerInfo))).toEqual([stranger, ireland])
  })

  it('wraps with all further keys at the same time; they stand in the order in which they were named', async () => {
    let tokyoWasAsked = () => {}
    const asked = new Promise<void>((resolve) => {
      tokyoWasAsked = resolve
    })
    kms.answering = async ({ region }, honest) => {
      if (region === 'ap-northeast-1') tokyoWasAsked()
      // One after the other, this would wait for ever.
      if (region === 'eu-west-1') await asked
      return honest()
    }
    const { edks } = await wrappedBy(
      kmsKeyring({ generatorKeyId: oregon, keyIds: [ireland, tokyo], clientFor: kms.clientFor }),
    )
    expect(edks.map(({ providerInfo }) => text(providerInfo))).toEqual([oregon, ireland, tokyo])
  })

  it('keeps no copy of the data key in the call of Encrypt', async () => {
    await kmsKeyring({ keyIds: [ireland], clientFor: kms.clientFor }).onEncrypt(toWrap())
    expect(kms.calls[0]?.input.Plaintext).toEqual(new Uint8Array(32))
  })

  it.each([
    ['an alias ARN', oregon.replace(/key\/.*/, 'alias/mine'), 'us-west-2'],
    ['an alias', 'alias/mine', undefined],
    ['a key id', oregon.replace(/.*key\//, ''), undefined],
  ])('takes %s, and writes the ARN that AWS KMS answers', async (_, keyId, region) => {
    kms.addAlias(keyId, oregon)
    const { edks } = await wrappedBy(kmsKeyring({ generatorKeyId: keyId, clientFor: kms.clientFor }))
    expect(operations()).toEqual([['GenerateDataKey', region, keyId]])
    expect(edks.map(({ providerInfo }) => text(providerInfo))).toEqual([oregon])
  })

  it('fails when one key fails, and says which key, which Region and what to do', async () => {
    kms.answering = async ({ region }, honest) => {
      if (region === 'eu-west-1') throw awsError('DisabledException', 'it is disabled')
      return honest()
    }
    const keyring = kmsKeyring({ generatorKeyId: oregon, keyIds: [ireland], clientFor: kms.clientFor })
    const error = await rejectionOf(keyring.onEncrypt(toEncrypt()))
    expect(error).toMatchObject({ code: 'ERR_ESDK_KEYRING' })
    expect(error.message).toContain(
      `KMS Encrypt with "${ireland}" in eu-west-1 failed: DisabledException: "it is disabled" (the key is disabled: enable it)`,
    )
  })

  it('cannot make a data key without a generator', async () => {
    const keyring = kmsKeyring({ keyIds: [oregon], clientFor: kms.clientFor })
    await expect(keyring.onEncrypt(toEncrypt())).rejects.toMatchObject({ code: 'ERR_ESDK_KEYRING' })
    expect(kms.calls).toEqual([])
  })
})

describe('a keyring of named keys, to decrypt', () => {
  it('asks for its own keys alone: no call for a message of others (M1, the key of an attacker)', async () => {
    const keyring = kmsKeyring({ generatorKeyId: oregon, keyIds: [mrkOregon], clientFor: kms.clientFor })
    const others = [ireland, stranger, mrkIreland, oregon.replace('us-west-2', 'us-west-1'), oregon.toUpperCase()]
    const edks = [
      ...others.filter((arn) => arn !== oregon.toUpperCase()).map((arn) => edkOf(arn)),
      edkOf(oregon, undefined, 'AWS-KMS'),
    ]
    expect(await attemptsOf(keyring, edks)).toEqual([])
    expect(kms.calls).toEqual([])
    expect(kms.regions).toEqual([])
  })

  it('sends the ARN that is configured (M1), and the ciphertext of the message', async () => {
    const { edks } = await wrappedBy(kmsKeyring({ generatorKeyId: oregon, clientFor: kms.clientFor }))
    kms.calls.length = 0
    await unwrappedBy(kmsKeyring({ keyIds: [oregon], clientFor: kms.clientFor }), edks)
    expect(operations()).toEqual([['Decrypt', 'us-west-2', oregon]])
    expect(kms.calls[0]?.input.CiphertextBlob).toEqual(edks[0]?.ciphertext)
  })

  it('opens with any one of its keys', async () => {
    const all = kmsKeyring({ generatorKeyId: oregon, keyIds: [ireland, tokyo], clientFor: kms.clientFor })
    const { dataKey, edks } = await wrappedBy(all)
    for (const keyId of [oregon, ireland, tokyo]) {
      expect(await unwrappedBy(kmsKeyring({ keyIds: [keyId], clientFor: kms.clientFor }), edks)).toEqual(dataKey)
    }
  })

  it('tries the generator first, then the others in their order, and stops at the first success', async () => {
    const all = kmsKeyring({ generatorKeyId: oregon, keyIds: [ireland, tokyo], clientFor: kms.clientFor })
    const { edks } = await wrappedBy(all)
    kms.calls.length = 0
    kms.answering = async ({ region }, honest) => {
      if (region === 'ap-northeast-1') throw awsError('TimeoutError')
      return honest()
    }
    const reader = kmsKeyring({ generatorKeyId: tokyo, keyIds: [ireland, oregon], clientFor: kms.clientFor })
    await unwrappedBy(reader, edks)
    expect(operations()).toEqual([
      ['Decrypt', 'ap-northeast-1', tokyo],
      ['Decrypt', 'eu-west-1', ireland],
    ])
  })

  it.each(['alias/mine', oregon.replace(/key\/.*/, 'alias/mine'), oregon.replace(/.*key\//, '')])(
    'cannot use %s, and says so',
    async (name) => {
      const { edks } = await wrappedBy(kmsKeyring({ generatorKeyId: oregon, clientFor: kms.clientFor }))
      kms.calls.length = 0
      const error = await rejectionOf(
        kmsKeyring({ generatorKeyId: name, clientFor: kms.clientFor }).onDecrypt(toDecrypt(), edks),
      )
      expect(error).toMatchObject({ code: 'ERR_ESDK_NO_DATA_KEY', attempts: [] })
      expect(error.message).toMatch(/which can only encrypt: to decrypt, name the key by its ARN/)
      expect(error.message).toContain(oregon)
      expect(kms.calls).toEqual([])
    },
  )

  it.each([
    ['no ARN', 'my-key'],
    ['an alias', oregon.replace(/key\/.*/, 'alias/mine')],
    ['an ARN of another service', oregon.replace(':kms:', ':s3:')],
    ['nothing', ''],
    ['a line of a log', `x\n${oregon}`],
  ])('fails at once when an encrypted data key of AWS KMS names %s', async (_, providerInfo) => {
    const keyring = kmsKeyring({ generatorKeyId: oregon, clientFor: kms.clientFor })
    const { edks } = await wrappedBy(keyring)
    kms.calls.length = 0
    const error = await rejectionOf(keyring.onDecrypt(toDecrypt(), [...edks, edkOf(providerInfo)]))
    expect(error).toMatchObject({ code: 'ERR_ESDK_KEYRING' })
    expect(error.message).not.toContain('\n')
    expect(kms.calls).toEqual([])
  })

  it('fails at once when one names bytes that are no text', async () => {
    const edk = { ...edkOf(''), providerInfo: Uint8Array.of(0xff, 0xfe) }
    const keyring = kmsKeyring({ generatorKeyId: oregon, clientFor: kms.clientFor })
    await expect(keyring.onDecrypt(toDecrypt(), [edk])).rejects.toThrow('2 bytes that are no text')
  })
})
