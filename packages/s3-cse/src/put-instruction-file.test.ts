import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import { expect, it } from 'vitest'
import { Bucket, clientOf } from '../test/clients.ts'
import { meeting } from '../test/s3/faults.ts'

it('the file gets what the request says of who may read it and where it is kept, and nothing about the body', async () => {
  const { s3, client } = clientOf({ instructionFile: { write: true } })
  await client.send(
    new PutObjectCommand({
      Bucket,
      Key: 'k',
      Body: 'hello',
      ACL: 'bucket-owner-full-control',
      CacheControl: 'no-store',
      ContentEncoding: 'identity',
      ContentType: 'text/plain',
      IfNoneMatch: '*',
      Metadata: { a: 'b' },
      ServerSideEncryption: 'AES256',
      StorageClass: 'STANDARD_IA',
      Tagging: 'team=alpha',
    }),
  )
  const { headers } = s3.requests.find(({ method, key }) => method === 'PUT' && key === 'k.instruction') ?? {}
  expect(headers).toMatchObject({
    'content-type': 'application/json',
    'x-amz-acl': 'bucket-owner-full-control',
    'x-amz-meta-x-amz-crypto-instr-file': '',
    'x-amz-server-side-encryption': 'AES256',
    'x-amz-storage-class': 'STANDARD_IA',
    'x-amz-tagging': 'team=alpha',
  })
  for (const name of ['cache-control', 'content-encoding', 'if-none-match', 'x-amz-meta-a']) {
    expect(headers?.[name], name).toBeUndefined()
  }
})

it('the file that an object needs is put back when nobody can tell whether the next one was stored', async () => {
  const { s3, client } = clientOf({ instructionFile: { write: true } })
  await client.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'old' }))
  const file = s3.get('k.instruction').body
  const abort = new AbortController()
  const putsFile = ({ method, key }: { method: string; key: string }) => method === 'PUT' && key === 'k.instruction'
  meeting(
    s3,
    putsFile,
    async (_, next) => {
      await next()
      abort.abort()
      return new Promise<never>(() => {})
    },
    1,
  )
  const putting = client.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'new' }), { abortSignal: abort.signal })
  await expect(putting).rejects.toMatchObject({ name: 'AbortError' })
  await expect.poll(() => s3.get('k.instruction').body).toEqual(file)
  const { Body } = await client.send(new GetObjectCommand({ Bucket, Key: 'k' }))
  expect(await Body?.transformToString()).toBe('old')
})
