import { describe, expect, it } from 'vitest'
import { keyring as aesKeyring, Bucket, clientOf, plaintext } from '../test/clients.ts'
import { awsError, type FakeKms, fakeKms } from '../test/fake-kms.ts'
import { ireland, oregon, rejectionOf } from '../test/key-materials.ts'
import { readBy, stored } from '../test/rewrapping.ts'
import { s3KmsDiscoveryKeyring } from './keyrings/kms-discovery-keyring.ts'
import { s3KmsKeyring } from './keyrings/kms-keyring.ts'
import { ReencryptObjectCommand } from './reencrypt-object-command.ts'
import { RewrapObjectCommand, type RewrapObjectCommandInput } from './rewrap-object-command.ts'

const bytes = plaintext(100)
const second = oregon.replace('11111111-1111', '33333333-3333')
const team = { EncryptionContext: { team: 'alpha' } }
const newTeam = { NewEncryptionContext: { team: 'beta' } }

/** An object under the first of two keys. */
async function setUp() {
  const kms = fakeKms({ [oregon]: oregon, [second]: second })
  const from = s3KmsKeyring({ keyId: oregon, client: kms.client })
  const to = s3KmsKeyring({ keyId: second, client: kms.client })
  const s3 = await stored(bytes, { keyring: from }, team)
  kms.calls.length = 0
  return { kms, from, to, s3 }
}

const asked = ({ calls }: FakeKms) => calls.map(({ operation }) => operation)
const rewrap = (input: Partial<RewrapObjectCommandInput>) =>
  new RewrapObjectCommand({ Bucket, Key: 'k', ...team, ...input })

describe('RewrapObjectCommand with AWS KMS', () => {
  it('sees no data key where one client serves both keys: one call, ReEncrypt', async () => {
    const { kms, from, to, s3 } = await setUp()
    await clientOf({ keyring: from }, s3).client.send(rewrap({ keyring: to }))
    expect(asked(kms)).toEqual(['ReEncrypt'])
    expect(await readBy(s3, { keyring: to }, team)).toEqual(bytes)
    await expect(readBy(s3, { keyring: from }, team)).rejects.toMatchObject({ code: 'ERR_ESDK_S3_DATA_KEY' })
  })

  it('gives the object another context', async () => {
    const { from, to, s3 } = await setUp()
    await clientOf({ keyring: from }, s3).client.send(rewrap({ keyring: to, ...newTeam }))
    expect(await readBy(s3, { keyring: to }, { EncryptionContext: { team: 'beta' } })).toEqual(bytes)
    await expect(readBy(s3, { keyring: to }, team)).rejects.toMatchObject({ code: 'ERR_ESDK_ENCRYPTION_CONTEXT' })
  })

  it('gives the object another context under its own key', async () => {
    const { kms, from, s3 } = await setUp()
    await clientOf({ keyring: from }, s3).client.send(rewrap(newTeam))
    expect(asked(kms)).toEqual(['ReEncrypt'])
    expect(await readBy(s3, { keyring: from }, { EncryptionContext: { team: 'beta' } })).toEqual(bytes)
  })

  it('demands a rotation with one call more', async () => {
    const { kms, from, to, s3 } = await setUp()
    await clientOf({ keyring: from }, s3).client.send(rewrap({ keyring: to, RotationRequired: true }))
    expect(asked(kms)).toEqual(['ReEncrypt', 'Decrypt'])
    expect(await readBy(s3, { keyring: to }, team)).toEqual(bytes)
  })

  it('writes nothing where the rotation is none', async () => {
    const { kms, from, s3 } = await setUp()
    const same = s3KmsKeyring({ keyId: oregon, client: kms.client })
    const { client } = clientOf({ keyring: from }, s3)
    const refusal = await rejectionOf(client.send(rewrap({ keyring: same, RotationRequired: true })))
    expect(refusal).toMatchObject({ code: 'ERR_ESDK_S3_REWRAP' })
    expect(s3.asked).toEqual(['HEAD k'])
  })

  it('writes nothing where nobody can tell whether the old key is still good', async () => {
    const { kms, from, to, s3 } = await setUp()
    kms.answering = async ({ operation }, honest) => {
      if (operation === 'Decrypt') throw awsError('ThrottlingException')
      return honest()
    }
    const { client } = clientOf({ keyring: from }, s3)
    const refusal = await rejectionOf(client.send(rewrap({ keyring: to, RotationRequired: true })))
    expect(refusal).toMatchObject({ cause: { name: 'ThrottlingException' } })
    expect(s3.asked).toEqual(['HEAD k'])
  })

  it('goes from a Region to another with one call in each', async () => {
    const { kms, from, s3 } = await setUp()
    const other = fakeKms({ [ireland]: ireland })
    const to = s3KmsKeyring({ keyId: ireland, client: other.client })
    await clientOf({ keyring: from }, s3).client.send(rewrap({ keyring: to, RotationRequired: true }))
    expect([asked(kms), asked(other)]).toEqual([['Decrypt', 'Decrypt'], ['Encrypt']])
    expect(await readBy(s3, { keyring: to }, team)).toEqual(bytes)
  })

  it('goes from AWS KMS to a key of your own, and back', async () => {
    const { kms, from, s3 } = await setUp()
    await clientOf({ keyring: from }, s3).client.send(rewrap({ keyring: aesKeyring, NewEncryptionContext: {} }))
    expect(asked(kms)).toEqual(['Decrypt'])
    expect(await readBy(s3)).toEqual(bytes)
    const back = { keyring: from, EncryptionContext: undefined, NewEncryptionContext: team.EncryptionContext }
    await clientOf({}, s3).client.send(rewrap({ ...back, RotationRequired: true }))
    expect(asked(kms)).toEqual(['Decrypt', 'Encrypt'])
    expect(await readBy(s3, { keyring: from }, team)).toEqual(bytes)
  })

  it('names no key where a discovery keyring reads, and demands a rotation of it in vain', async () => {
    const { kms, to, s3 } = await setUp()
    const { client } = clientOf({ keyring: s3KmsDiscoveryKeyring({ client: kms.client }) }, s3)
    const refusal = await rejectionOf(client.send(rewrap({ keyring: to, RotationRequired: true })))
    expect(refusal).toMatchObject({ code: 'ERR_ESDK_S3_REWRAP' })
    await client.send(rewrap({ keyring: to }))
    expect(await readBy(s3, { keyring: to }, team)).toEqual(bytes)
  })

  it.each([
    ['another context', { EncryptionContext: { team: 'gamma' } }],
    ['no context', { EncryptionContext: undefined }],
    ['a reserved name in the new one', { NewEncryptionContext: { 'aws:x-amz-cek-alg': '115' } }],
  ])('asks AWS KMS for nothing with %s', async (_, input) => {
    const { kms, from, to, s3 } = await setUp()
    const { client } = clientOf({ keyring: from }, s3)
    await expect(client.send(rewrap({ keyring: to, ...input }))).rejects.toMatchObject({
      code: 'ERR_ESDK_ENCRYPTION_CONTEXT',
    })
    expect(asked(kms)).toEqual([])
    expect(s3.asked).toEqual(['HEAD k'])
  })

  it('writes nothing when AWS KMS refuses', async () => {
    const { kms, from, to, s3 } = await setUp()
    kms.answering = async () => {
      throw awsError('AccessDeniedException')
    }
    const { client } = clientOf({ keyring: from }, s3)
    await expect(client.send(rewrap({ keyring: to }))).rejects.toMatchObject({ code: 'ERR_ESDK_S3_DATA_KEY' })
    expect(s3.asked).toEqual(['HEAD k'])
  })
})

describe('ReencryptObjectCommand with AWS KMS', () => {
  it('unwraps one data key and makes another, with the contexts of both', async () => {
    const { kms, from, to, s3 } = await setUp()
    const reencrypt = new ReencryptObjectCommand({ Bucket, Key: 'k', keyring: to, ...team, ...newTeam })
    await clientOf({ keyring: from }, s3).client.send(reencrypt)
    expect(asked(kms)).toEqual(['Decrypt', 'GenerateDataKey'])
    expect(await readBy(s3, { keyring: to }, { EncryptionContext: { team: 'beta' } })).toEqual(bytes)
  })
})
