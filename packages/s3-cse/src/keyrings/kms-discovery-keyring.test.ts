import { beforeEach, describe, expect, it } from 'vitest'
import { type FakeKms, fakeKms } from '../../test/fake-kms.ts'
import {
  committing,
  context,
  ireland,
  oregon,
  rejectionOf,
  stranger,
  toDecrypt,
  toEncrypt,
  unwrappedBy,
} from '../../test/key-materials.ts'
import { s3KmsDiscoveryKeyring } from './kms-discovery-keyring.ts'
import { s3KmsKeyring } from './kms-keyring.ts'

let kms: FakeKms
beforeEach(() => {
  kms = fakeKms({ [oregon]: oregon, [ireland]: ireland, [stranger]: stranger })
})
const wrappedBy = (keyId: string) =>
  s3KmsKeyring({ keyId, client: kms.client }).onEncrypt(toEncrypt(committing, context))
const ours = { partition: 'aws', accountIds: ['444455556666', '111122223333'] }

describe('a discovery keyring', () => {
  it('opens what any key has wrapped, and names none', async () => {
    for (const arn of [oregon, ireland, stranger]) {
      const { dataKey, wrappedDataKey } = await wrappedBy(arn)
      const keyring = s3KmsDiscoveryKeyring({ client: kms.client, grantTokens: ['grant'] })
      expect(await unwrappedBy(keyring, wrappedDataKey, committing, context)).toEqual(dataKey.expose())
      expect(kms.calls.at(-1)?.input).toEqual({
        CiphertextBlob: wrappedDataKey.ciphertext,
        EncryptionContext: { ...wrappedDataKey.description },
        GrantTokens: ['grant'],
      })
    }
  })

  it('needs a client that decrypts, and no more', async () => {
    const { dataKey, wrappedDataKey } = await wrappedBy(oregon)
    const { decrypt } = kms.client
    const keyring = s3KmsDiscoveryKeyring({ client: { decrypt } })
    expect(await unwrappedBy(keyring, wrappedDataKey, committing, context)).toEqual(dataKey.expose())
  })

  it('cannot encrypt', async () => {
    const error = await rejectionOf(s3KmsDiscoveryKeyring({ client: kms.client }).onEncrypt(toEncrypt()))
    expect(error).toMatchObject({ code: 'ERR_ESDK_KEYRING' })
    expect(error.message).toContain('to encrypt, name a key with s3KmsKeyring')
    expect(kms.calls).toEqual([])
  })

  it('with a filter refuses what the keys of others have wrapped, and zeroes it (M2)', async () => {
    const keyring = s3KmsDiscoveryKeyring({ client: kms.client, filter: ours })
    const mine = await wrappedBy(oregon)
    expect(await unwrappedBy(keyring, mine.wrappedDataKey, committing, context)).toEqual(mine.dataKey.expose())
    const { wrappedDataKey } = await wrappedBy(stranger)
    let answer: { readonly Plaintext?: Uint8Array } = {}
    kms.answering = async (_, honest) => {
      answer = (await honest()) as typeof answer
      return answer
    }
    const error = await rejectionOf(keyring.onDecrypt(toDecrypt(committing, context), wrappedDataKey))
    expect(error).toMatchObject({ code: 'ERR_ESDK_S3_DATA_KEY' })
    expect(error.message).toContain(`names the key "${stranger}"`)
    expect(answer.Plaintext).toEqual(new Uint8Array(32))
  })

  it('with a filter of another partition refuses every key of this one', async () => {
    const keyring = s3KmsDiscoveryKeyring({ client: kms.client, filter: { ...ours, partition: 'aws-cn' } })
    const { wrappedDataKey } = await wrappedBy(oregon)
    const error = await rejectionOf(keyring.onDecrypt(toDecrypt(committing, context), wrappedDataKey))
    expect(error.message).toContain(`names the key "${oregon}"`)
  })

  it('compares contexts as a strict keyring does, before it asks', async () => {
    const { wrappedDataKey } = await wrappedBy(oregon)
    kms.calls.length = 0
    const keyring = s3KmsDiscoveryKeyring({ client: kms.client })
    const error = await rejectionOf(keyring.onDecrypt(toDecrypt(committing, { team: 'alpha' }), wrappedDataKey))
    expect(error).toMatchObject({ code: 'ERR_ESDK_ENCRYPTION_CONTEXT' })
    expect(kms.calls).toEqual([])
  })

  it.each([
    ['KMSClient', { client: { send: () => {} } }, 'client must have the methods decrypt'],
    ['a filter without partition', { filter: { accountIds: ['111122223333'] } }, 'filter.partition must be a text'],
    ['one account as a text', { filter: { ...ours, accountIds: '111122223333' } }, 'filter.accountIds must be a list'],
    ['no accounts', { filter: { ...ours, accountIds: [] } }, 'filter.accountIds must have at least one account'],
    ['a number as account', { filter: { ...ours, accountIds: [111122223333] } }, 'filter.accountIds must be texts'],
    ['one grant token', { grantTokens: 'grant' }, 'grantTokens must be a list of texts'],
  ])('is not made with %s: a TypeError', (_, options, says) => {
    expect(() => s3KmsDiscoveryKeyring(options as never)).toThrow(TypeError)
    expect(() => s3KmsDiscoveryKeyring(options as never)).toThrow(says)
  })

  it('keeps accounts of its own', async () => {
    const accountIds = ['111122223333']
    const keyring = s3KmsDiscoveryKeyring({ client: kms.client, filter: { partition: 'aws', accountIds } })
    accountIds.push('999999999999')
    const { wrappedDataKey } = await wrappedBy(stranger)
    await expect(keyring.onDecrypt(toDecrypt(committing, context), wrappedDataKey)).rejects.toMatchObject({
      code: 'ERR_ESDK_S3_DATA_KEY',
    })
  })
})
