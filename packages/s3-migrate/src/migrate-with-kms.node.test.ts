/**
 * Objects under keys of AWS KMS, with an encryption context each.
 */
import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import { S3EncryptionClient, s3KmsKeyring } from '@esdk/s3-cse'
import { beforeEach, expect, it } from 'vitest'
import { awsError, type FakeKms, fakeKms } from '../../s3-cse/test/fake-kms.ts'
import { Bucket, bucket, glance } from '../test/bucket.ts'
import { type MigrationTask, type ObjectName, reencrypt, rewrap } from './task.ts'

const account = 'arn:aws:kms:eu-west-1:111122223333:key'
const oldKey = `${account}/11111111-1111-4111-8111-111111111111`
const newKey = `${account}/22222222-2222-4222-8222-222222222222`

let kms: FakeKms
let made: Bucket
beforeEach(async () => {
  kms = fakeKms({ [oldKey]: oldKey, [newKey]: newKey })
  made = new Bucket()
  for (const key of ['a', 'b']) await put(key)
})

const keyring = (keyId: string) => s3KmsKeyring({ keyId, client: kms.client })

/** Each tenant has a prefix, and objects know whose they are. */
const contextOf = ({ key }: ObjectName) => ({ tenant: key })

async function put(key: string): Promise<void> {
  const client = S3EncryptionClient.from(made.client, { keyring: keyring(oldKey) })
  const EncryptionContext = contextOf({ bucket, key })
  await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: 'attack at dawn', EncryptionContext }))
}

async function read(key: string, EncryptionContext: Record<string, string>): Promise<string | undefined> {
  const client = S3EncryptionClient.from(made.client, { keyring: keyring(newKey) })
  const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key, EncryptionContext }))
  return Body?.transformToString()
}

const tasks: [string, () => MigrationTask][] = [
  ['reencrypt', () => reencrypt(options())],
  ['rewrap', () => rewrap(options())],
]

function options() {
  return {
    encryption: { keyring: keyring(oldKey) },
    newKeyring: keyring(newKey),
    encryptionContext: contextOf,
    newEncryptionContext: (object: ObjectName) => ({ ...contextOf(object), since: '2026' }),
  }
}

it.each(tasks)('%s gives each object its own context, under the new key, once', async (_, task) => {
  expect(glance(await made.migrate({ task: task() }))).toEqual(['a done V3', 'b done V3'])
  expect(await read('a', { tenant: 'a', since: '2026' })).toBe('attack at dawn')
  await expect(read('a', { tenant: 'a' })).rejects.toMatchObject({ code: 'ERR_ESDK_ENCRYPTION_CONTEXT' })
  expect(glance(await made.migrate({ task: task() }))).toEqual(['a already V3', 'b already V3'])
})

it('does not touch what may be finished, where AWS KMS lets nobody ask the new key', async () => {
  kms.answering = ({ operation, input }, honest) => {
    if (operation === 'Decrypt' && input.KeyId === newKey) throw awsError('AccessDeniedException')
    return honest()
  }
  const before = [...made.s3.objects.values()]
  const task = reencrypt({ ...options(), newEncryptionContext: undefined })
  const denied = ['a failed ERR_ESDK_S3_DATA_KEY', 'b failed ERR_ESDK_S3_DATA_KEY']
  expect(glance(await made.migrate({ task }))).toEqual(denied)
  expect([...made.s3.objects.values()]).toEqual(before)
})

it('fails for a time while AWS KMS has too much to do', async () => {
  kms.answering = ({ operation }, honest) => {
    if (operation === 'GenerateDataKey') throw awsError('ThrottlingException')
    return honest()
  }
  const outcomes = await made.migrate({ task: reencrypt(options()) })
  expect(outcomes.map((outcome) => outcome.status === 'failed' && outcome.temporary)).toEqual([true, true])
})

it('fails an object whose context is another, and does the rest', async () => {
  const task = reencrypt({ ...options(), encryptionContext: { tenant: 'a' } })
  expect(glance(await made.migrate({ task }))).toEqual(['a done V3', 'b failed ERR_ESDK_ENCRYPTION_CONTEXT'])
})
