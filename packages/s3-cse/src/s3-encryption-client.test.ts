import {
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectAnnotationCommand,
  PutObjectCommand,
  paginateListObjectsV2,
  S3Client,
  waitUntilObjectExists,
} from '@aws-sdk/client-s3'
import { describe, expect, it } from 'vitest'
import { Bucket, clientOf, configFor, keyring } from '../test/clients.ts'
import { MemoryS3 } from '../test/memory-s3.ts'
import { checkChecksums } from '../test/s3/checksums.ts'
import { busy, hang, meeting, puts } from '../test/s3/faults.ts'
import { S3EncryptionClient } from './s3-encryption-client.ts'
import { s3EncryptionPlugin } from './s3-encryption-plugin.ts'

const Key = 'k'
const put = new PutObjectCommand({ Bucket, Key, Body: 'hello' })
const get = new GetObjectCommand({ Bucket, Key })

async function textOf(client: S3Client): Promise<string | undefined> {
  return (await client.send(get)).Body?.transformToString()
}

describe('S3EncryptionClient', () => {
  it('is an S3Client that encrypts', async () => {
    const { s3, client } = clientOf()
    expect(client).toBeInstanceOf(S3Client)
    await client.send(put)
    expect(s3.get(Key).body.length).toBe(21)
    expect(await textOf(client)).toBe('hello')
  })

  it('sends a command again that was sent before', async () => {
    const { client } = clientOf()
    await client.send(put)
    await client.send(put)
    expect([await textOf(client), await textOf(client)]).toEqual(['hello', 'hello'])
  })

  it('passes on what is about no object', async () => {
    const { client } = clientOf()
    await client.send(put)
    const { Contents } = await client.send(new ListObjectsV2Command({ Bucket }))
    expect(Contents).toMatchObject([{ Key }])
  })

  it('works with paginators and waiters', async () => {
    const { client } = clientOf()
    for (const key of ['a', 'b', 'c']) await client.send(new PutObjectCommand({ Bucket, Key: key, Body: key }))
    const keys: (string | undefined)[] = []
    for await (const page of paginateListObjectsV2({ client, pageSize: 2 }, { Bucket })) {
      keys.push(...(page.Contents ?? []).map((each) => each.Key))
    }
    expect(keys).toEqual(['a', 'b', 'c'])
    expect(await waitUntilObjectExists({ client, maxWaitTime: 10 }, { Bucket, Key: 'a' })).toMatchObject({
      state: 'SUCCESS',
    })
  })

  it('encrypts before middleware of the user sees a request, and lets it add headers', async () => {
    const { s3, client } = clientOf()
    client.middlewareStack.add(
      (next) => (args) => {
        const { request } = args as { request: { headers: Record<string, string> } }
        request.headers['x-mine'] = 'yes'
        return next(args)
      },
      { step: 'build', name: 'mine' },
    )
    await client.send(put)
    expect(s3.requests[0]?.headers['x-mine']).toBe('yes')
    expect(await textOf(client)).toBe('hello')
  })

  it('lets the AWS SDK make and compare its checksums of the ciphertext (threat S10)', async () => {
    const { s3, client } = clientOf()
    for (const ChecksumAlgorithm of ['CRC32', 'SHA256', 'SHA1'] as const) {
      await client.send(new PutObjectCommand({ Bucket, Key, Body: 'hello', ChecksumAlgorithm }))
      const name = `x-amz-checksum-${ChecksumAlgorithm.toLowerCase()}`
      const { body, headers } = s3.get(Key)
      expect(await checkChecksums({ [name]: headers[name] ?? '' }, body)).toEqual({ [name]: headers[name] })
      const { Body } = await client.send(new GetObjectCommand({ Bucket, Key, ChecksumMode: 'ENABLED' }))
      expect(await Body?.transformToString()).toBe('hello')
      s3.objects.set(`${Bucket}/${Key}`, { ...s3.get(Key), headers: { ...headers, [name]: 'AAAAAA==' } })
      await expect(client.send(new GetObjectCommand({ Bucket, Key, ChecksumMode: 'ENABLED' }))).rejects.toThrow(
        'Checksum mismatch',
      )
    }
  })

  it('gives middleware of the user an answer with headers, also while it asks whether a request is presigned', async () => {
    const { client } = clientOf({ instructionFile: { write: true } })
    client.middlewareStack.add(
      (next) => async (args) => {
        const result = await next(args)
        const { headers } = result.response as { readonly headers: Record<string, string> }
        expect(headers['x-amz-request-id']).not.toBe('none')
        return result
      },
      { step: 'build', name: 'reads headers' },
    )
    await client.send(put)
    expect(await textOf(client)).toBe('hello')
  })

  it('lets the AWS SDK try again', async () => {
    const { s3, client } = clientOf()
    meeting(s3, puts, busy, 2)
    await client.send(put)
    meeting(s3, ({ method }) => method === 'GET', busy, 2)
    expect(await textOf(client)).toBe('hello')
  })

  it('needs options that it knows', () => {
    expect(() => new S3EncryptionClient({} as never)).toThrow(TypeError)
    expect(() => new S3EncryptionClient({ encryption: { keyring, mode: 1 } as never })).toThrow('mode')
  })
})

describe('S3EncryptionClient.from', () => {
  it('leaves the client as it is', async () => {
    const s3 = new MemoryS3()
    const plain = new S3Client(configFor(s3))
    const before = plain.middlewareStack.identify()
    const client = S3EncryptionClient.from(plain, { keyring })
    expect(plain.middlewareStack.identify()).toEqual(before)
    await client.send(put)
    expect(await textOf(client)).toBe('hello')
    expect((await textOf(plain))?.length).toBeGreaterThan(5)
    await plain.send(put)
    expect(new TextDecoder().decode(s3.get(Key).body)).toBe('hello')
  })

  it('keeps the middleware that the client has', async () => {
    const s3 = new MemoryS3()
    const plain = new S3Client(configFor(s3))
    let count = 0
    plain.middlewareStack.add((next) => (args) => next(args).finally(() => count++), { step: 'build', name: 'mine' })
    await S3EncryptionClient.from(plain, { keyring }).send(put)
    expect(count).toBe(1)
  })

  it('leaves the connections open: they are those of the client', async () => {
    let destroyed = 0
    const s3 = new MemoryS3()
    const config = configFor(s3)
    const plain = new S3Client({
      ...config,
      requestHandler: Object.assign(config.requestHandler as object, { destroy: () => destroyed++ }) as never,
    })
    S3EncryptionClient.from(plain, { keyring }).destroy()
    expect(destroyed).toBe(0)
    plain.destroy()
    expect(destroyed).toBe(1)
  })

  it('refuses a client that encrypts already: nobody could read what is encrypted twice', () => {
    const { client, plain } = clientOf()
    expect(() => S3EncryptionClient.from(client, { keyring })).toThrow(TypeError)
    plain.middlewareStack.use(s3EncryptionPlugin({ keyring }))
    expect(() => S3EncryptionClient.from(plain, { keyring })).toThrow('encrypts already')
    expect(() => plain.middlewareStack.use(s3EncryptionPlugin({ keyring }))).toThrow(TypeError)
  })
})

describe('s3EncryptionPlugin', () => {
  it('makes a client encrypt', async () => {
    const { plain } = clientOf()
    plain.middlewareStack.use(s3EncryptionPlugin({ keyring }))
    await plain.send(put)
    expect(await textOf(plain)).toBe('hello')
  })

  it('is refused for a client that would send on without it what it has sent before', async () => {
    const s3 = new MemoryS3()
    const caching = new S3Client({ ...configFor(s3), cacheMiddleware: true })
    await caching.send(put)
    expect(() => s3EncryptionPlugin({ keyring }, caching)).toThrow('cacheMiddleware')
    const client = S3EncryptionClient.from(caching, { keyring })
    for (let i = 0; i < 2; i++) {
      await client.send(put)
      expect(s3.get(Key).body.length).toBe(21)
    }
    await caching.send(put)
    await client.send(put)
    expect(await textOf(client)).toBe('hello')
  })

  it('needs the client where an operation takes several others', async () => {
    const s3 = new MemoryS3()
    const alone = new S3Client(configFor(s3))
    alone.middlewareStack.use(s3EncryptionPlugin({ keyring, instructionFile: { write: true } }))
    await expect(alone.send(put)).rejects.toThrow('second argument of s3EncryptionPlugin')
    const withClient = new S3Client(configFor(s3))
    withClient.middlewareStack.use(s3EncryptionPlugin({ keyring, instructionFile: { write: true } }, withClient))
    await withClient.send(put)
    expect(await textOf(withClient)).toBe('hello')
  })
})

it('an annotation, which would be stored as it is, is refused', async () => {
  const { s3, client } = clientOf()
  const annotation = new PutObjectAnnotationCommand({ Bucket, Key, AnnotationName: 'a', AnnotationPayload: 'secret' })
  await expect(client.send(annotation)).rejects.toThrow('send it with a plain S3Client')
  expect(s3.requests).toEqual([])
})

describe('an abort', () => {
  it.each(['PutObject', 'GetObject'])('ends %s while S3 does not answer', async (name) => {
    const { s3, client } = clientOf()
    await client.send(put)
    s3.fault = hang
    const controller = new AbortController()
    const sending = client.send(name === 'PutObject' ? put : get, { abortSignal: controller.signal })
    controller.abort()
    await expect(sending).rejects.toMatchObject({ name: 'AbortError' })
  })

  it('ends a call while a keyring does not answer, even one that knows no signal', async () => {
    const stuck = { onEncrypt: () => new Promise<never>(() => {}), onDecrypt: () => new Promise<never>(() => {}) }
    const { s3, client } = clientOf({ keyring: stuck })
    const controller = new AbortController()
    const sending = client.send(put, { abortSignal: controller.signal })
    controller.abort()
    await expect(sending).rejects.toMatchObject({ name: 'AbortError' })
    expect(s3.requests).toEqual([])
  })
})
