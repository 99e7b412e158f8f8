import { describe, expect, it } from 'vitest'
import { awsError, type FakeCall, type FakeKms, fakeKms } from '../../test/fake-kms.ts'
import {
  committing,
  context,
  gcm,
  ireland,
  noContext,
  oregon,
  rejectionOf,
  stranger,
  toEncrypt,
  unwrappedBy,
  wrapped,
} from '../../test/key-materials.ts'
import type { ReEncryptionRequest, S3Keyring } from '../materials.ts'
import { s3AesKeyring } from './aes-keyring.ts'
import { s3KmsDiscoveryKeyring } from './kms-discovery-keyring.ts'
import { s3KmsKeyring } from './kms-keyring.ts'

const second = oregon.replace('11111111-1111', '33333333-3333')
const newContext = Object.freeze({ team: 'beta' })

/** Two keys of one Region, and keyrings over them. */
function setUp(
  kms: FakeKms = fakeKms({ [oregon]: oregon, [second]: second, [ireland]: ireland, 'alias/old': oregon }),
) {
  const { client } = kms
  return { kms, client, from: s3KmsKeyring({ keyId: oregon, client }), to: s3KmsKeyring({ keyId: second, client }) }
}

async function request(from: S3Keyring, change: Partial<ReEncryptionRequest> = {}): Promise<ReEncryptionRequest> {
  const suite = change.suite ?? committing
  const { wrappedDataKey } = await from.onEncrypt(toEncrypt(suite, context))
  return { suite, from, wrappedDataKey, encryptionContext: context, newEncryptionContext: newContext, ...change }
}

const reEncrypted = (kms: FakeKms) => kms.calls.filter(({ operation }) => operation === 'ReEncrypt')

describe('a data key that goes from one key of AWS KMS to another', () => {
  it('is re-encrypted by one call, with both keys and both contexts', async () => {
    const { kms, from, to } = setUp()
    const asked = await request(from)
    const dataKey = await unwrappedBy(from, asked.wrappedDataKey, committing, context)
    kms.calls.length = 0
    const result = await to.onReEncrypt?.(asked)
    expect(kms.calls.map(({ operation, input }) => [operation, input])).toEqual([
      [
        'ReEncrypt',
        {
          CiphertextBlob: asked.wrappedDataKey.ciphertext,
          SourceKeyId: oregon,
          SourceEncryptionContext: { team: 'alpha', purpose: 'unit test', 'aws:x-amz-cek-alg': '115' },
          DestinationKeyId: second,
          DestinationEncryptionContext: { team: 'beta', 'aws:x-amz-cek-alg': '115' },
        },
      ],
    ])
    expect(result).toMatchObject({
      algorithm: 'kms+context',
      description: { team: 'beta', 'aws:x-amz-cek-alg': '115' },
    })
    expect(await unwrappedBy(to, result as never, committing, newContext)).toEqual(dataKey)
  })

  it('is bound to the content algorithm of its object', async () => {
    const { from, to } = setUp()
    const result = await to.onReEncrypt?.(await request(from, { suite: gcm }))
    expect(result?.description).toEqual({ team: 'beta', 'aws:x-amz-cek-alg': 'AES/GCM/NoPadding' })
  })

  it('takes the grant tokens of both', async () => {
    const { kms, client } = setUp()
    const from = s3KmsKeyring({ keyId: oregon, client, grantTokens: ['a', 'b'] })
    const to = s3KmsKeyring({ keyId: second, client, grantTokens: ['b', 'c'] })
    await to.onReEncrypt?.(await request(from))
    expect(reEncrypted(kms)[0]?.input.GrantTokens).toEqual(['a', 'b', 'c'])
  })

  it('is found by whatever key has wrapped it, where the keyring names none', async () => {
    const { kms, client, from, to } = setUp()
    const discovery = s3KmsDiscoveryKeyring({ client })
    const asked = { ...(await request(from)), from: discovery }
    expect(await to.onReEncrypt?.(asked)).toBeDefined()
    expect(reEncrypted(kms)[0]?.input).not.toHaveProperty('SourceKeyId')
    const filtered = s3KmsDiscoveryKeyring({ client, filter: { partition: 'aws', accountIds: ['999999999999'] } })
    await expect(to.onReEncrypt?.({ ...asked, from: filtered })).rejects.toMatchObject({ code: 'ERR_ESDK_S3_DATA_KEY' })
  })

  it('stops when the caller does', async () => {
    const { from, to } = setUp()
    const reason = new Error('stop')
    await expect(to.onReEncrypt?.(await request(from), { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
  })
})

describe('where one call does not do, there is none', () => {
  it.each([
    ['a keyring of another kind', () => s3AesKeyring({ wrappingKey: new Uint8Array(32) })],
    ['a keyring of somebody else', ({ from }: ReturnType<typeof setUp>) => ({ ...from })],
    ['a key in another Region', () => s3KmsKeyring({ keyId: ireland, client: setUp().client })],
    [
      'another client, for a key of a Region that is not told',
      () => s3KmsKeyring({ keyId: 'alias/old', client: setUp().client }),
    ],
    [
      'a client without that call',
      ({ client: { reEncrypt: _, ...client } }: ReturnType<typeof setUp>) => s3KmsKeyring({ keyId: oregon, client }),
    ],
  ])('%s', async (_, source) => {
    const set = setUp()
    const asked = { ...(await request(set.from)), from: source(set) }
    expect(await set.to.onReEncrypt?.(asked)).toBeUndefined()
    expect(reEncrypted(set.kms)).toEqual([])
  })

  it('two clients for one Region may be of two accounts: the first one is asked, and may be denied', async () => {
    const kms = fakeKms({ [oregon]: oregon, [second]: second })
    const from = s3KmsKeyring({ keyId: oregon, client: kms.client })
    const to = s3KmsKeyring({ keyId: second, client: { ...kms.client } })
    const asked = await request(from)
    expect(await to.onReEncrypt?.(asked)).toBeDefined()
    kms.answering = async () => {
      throw awsError('AccessDeniedException')
    }
    expect(await to.onReEncrypt?.(asked)).toBeUndefined()
    const sameClient = s3KmsKeyring({ keyId: second, client: kms.client })
    await expect(sameClient.onReEncrypt?.(asked)).rejects.toMatchObject({ cause: { name: 'AccessDeniedException' } })
  })
})

describe('nothing is asked of AWS KMS', () => {
  it.each([
    ['with another context than the stored one', { encryptionContext: newContext }],
    ['without the context', { encryptionContext: undefined }],
    ['with a new context that has a reserved key', { newEncryptionContext: { 'aws:x-amz-cek-alg': '115' } }],
    ['for another content algorithm', { suite: gcm }],
    ['for what was relabelled', { wrappedDataKey: wrapped('kms', new Uint8Array(1), { 'aws:x-amz-cek-alg': '115' }) }],
  ])('%s', async (_, change) => {
    const { kms, from, to } = setUp()
    const refusal = await rejectionOf(Promise.resolve(to.onReEncrypt?.({ ...(await request(from)), ...change })))
    expect(refusal).toMatchObject({ code: 'ERR_ESDK_ENCRYPTION_CONTEXT' })
    expect(reEncrypted(kms)).toEqual([])
  })

  it('for what another kind of key has wrapped', async () => {
    const { kms, from, to } = setUp()
    const asked = { ...(await request(from)), wrappedDataKey: wrapped('AES/GCM', new Uint8Array(60)) }
    await expect(to.onReEncrypt?.(asked)).rejects.toMatchObject({ code: 'ERR_ESDK_S3_DATA_KEY' })
    expect(reEncrypted(kms)).toEqual([])
  })
})

describe('an answer to ReEncrypt is refused', () => {
  const blob = new Uint8Array(10)
  it.each([
    ['that names no source', { KeyId: second, CiphertextBlob: blob }],
    ['that names another source', { SourceKeyId: stranger, KeyId: second, CiphertextBlob: blob }],
    ['that names no key', { SourceKeyId: oregon, CiphertextBlob: blob }],
    ['that names another key', { SourceKeyId: oregon, KeyId: oregon, CiphertextBlob: blob }],
    ['without a ciphertext', { SourceKeyId: oregon, KeyId: second }],
    ['with an empty one', { SourceKeyId: oregon, KeyId: second, CiphertextBlob: new Uint8Array(0) }],
    ['with a text', { SourceKeyId: oregon, KeyId: second, CiphertextBlob: 'AAAA' }],
    ['that is empty', {}],
    ['that is nothing', undefined],
  ])('%s', async (_, answer) => {
    const { kms, from, to } = setUp()
    const asked = await request(from)
    kms.answering = async (call: FakeCall, honest) => (call.operation === 'ReEncrypt' ? answer : honest())
    const refusal = await rejectionOf(Promise.resolve(to.onReEncrypt?.(asked)))
    expect(refusal).toMatchObject({ name: 'DataKeyError', code: 'ERR_ESDK_S3_DATA_KEY' })
  })
})

it('a context that was not given is no context', async () => {
  const { from, to } = setUp()
  const { wrappedDataKey } = await from.onEncrypt(toEncrypt(committing, noContext))
  const asked = { suite: committing, from, wrappedDataKey, encryptionContext: undefined, newEncryptionContext: {} }
  expect((await to.onReEncrypt?.(asked))?.description).toEqual({ 'aws:x-amz-cek-alg': '115' })
})
