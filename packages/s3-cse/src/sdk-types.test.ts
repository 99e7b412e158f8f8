import {
  type CreateMultipartUploadCommandInput,
  GetObjectCommand,
  type GetObjectCommandInput,
  type GetObjectCommandOutput,
  type HeadObjectCommandInput,
  type HeadObjectCommandOutput,
  PutObjectCommand,
  type PutObjectCommandInput,
} from '@aws-sdk/client-s3'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { Bucket, clientOf } from '../test/clients.ts'
import { fakeKms } from '../test/fake-kms.ts'
import { oregon } from '../test/key-materials.ts'
import { type ClientSideEncryption, s3KmsKeyring } from './index.ts'

describe('the types of the AWS SDK', () => {
  it('have what this package adds', () => {
    type Context = Readonly<Record<string, string>> | undefined
    expectTypeOf<PutObjectCommandInput['EncryptionContext']>().toEqualTypeOf<Context>()
    expectTypeOf<CreateMultipartUploadCommandInput['EncryptionContext']>().toEqualTypeOf<Context>()
    expectTypeOf<GetObjectCommandInput['EncryptionContext']>().toEqualTypeOf<Context>()
    expectTypeOf<GetObjectCommandInput['InstructionFileSuffix']>().toEqualTypeOf<string | undefined>()
    expectTypeOf<HeadObjectCommandInput['InstructionFileSuffix']>().toEqualTypeOf<string | undefined>()
    expectTypeOf<GetObjectCommandOutput['ClientSideEncryption']>().toEqualTypeOf<ClientSideEncryption | undefined>()
    expectTypeOf<HeadObjectCommandOutput['ClientSideEncryption']>().toEqualTypeOf<ClientSideEncryption | undefined>()
  })

  it('carry a context from put to get', async () => {
    const kms = fakeKms({ [oregon]: oregon })
    const { s3, client } = clientOf({ keyring: s3KmsKeyring({ keyId: oregon, client: kms.client }) })
    const EncryptionContext = { team: 'alpha', note: 'grün' }
    await client.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'hello', EncryptionContext }))
    const Key = 'a'
    const { ClientSideEncryption: found } = await client.send(new GetObjectCommand({ Bucket, Key, EncryptionContext }))
    expect(found?.description).toEqual({ ...EncryptionContext, 'aws:x-amz-cek-alg': '115' })
    for (const other of [undefined, {}, { team: 'alpha' }, { ...EncryptionContext, more: 'x' }]) {
      const calls = kms.calls.length
      await expect(
        client.send(new GetObjectCommand({ Bucket, Key, ...(other && { EncryptionContext: other }) })),
      ).rejects.toMatchObject({ code: 'ERR_ESDK_ENCRYPTION_CONTEXT' })
      expect(kms.calls.length).toBe(calls)
    }
    const reserved = { 'aws:x-amz-cek-alg': '115' }
    await expect(
      client.send(new PutObjectCommand({ Bucket, Key: 'c', Body: 'hello', EncryptionContext: reserved })),
    ).rejects.toMatchObject({ code: 'ERR_ESDK_ENCRYPTION_CONTEXT' })
    expect(s3.objects.has('bucket/c')).toBe(false)
  })
})
