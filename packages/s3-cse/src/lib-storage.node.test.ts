import { GetObjectCommand } from '@aws-sdk/client-s3'
import { Upload } from '@aws-sdk/lib-storage'
import { describe, expect, it } from 'vitest'
import { expectBytes } from '../test/bytes.ts'
import { Bucket, clientOf, plaintext } from '../test/clients.ts'
import { fakeKms } from '../test/fake-kms.ts'
import { oregon } from '../test/key-materials.ts'
import { busy, meeting } from '../test/s3/faults.ts'
import { s3KmsKeyring } from './keyrings/kms-keyring.ts'

const Key = 'k'
const get = new GetObjectCommand({ Bucket, Key })

describe('Upload of @aws-sdk/lib-storage, unchanged', () => {
  const MiB = 1024 * 1024

  it.each([
    ['a small body', 1000],
    ['two parts', 7 * MiB],
    ['parts that are all whole', 10 * MiB],
    ['many parts at a time', 26 * MiB + 11],
  ])('uploads %s', async (_, length) => {
    const { s3, client } = clientOf()
    const Body = plaintext(length)
    await new Upload({ client, params: { Bucket, Key, Body, Metadata: { a: 'b' } } }).done()
    expect(s3.get(Key).body.length).toBe(length + 16)
    const answer = await client.send(get)
    expect(answer.Metadata).toEqual({ a: 'b' })
    expectBytes((await answer.Body?.transformToByteArray()) as Uint8Array, Body)
    expect(s3.uploads.ids).toEqual([])
  })

  it('takes a stream whose length nobody knows', async () => {
    const { client } = clientOf()
    async function* chunks() {
      for (let i = 0; i < 12; i++) yield plaintext(MiB)
    }
    const stream = new ReadableStream<Uint8Array>({
      async start(controller) {
        for await (const chunk of chunks()) controller.enqueue(chunk)
        controller.close()
      },
    })
    await new Upload({ client, params: { Bucket, Key, Body: stream } }).done()
    expect((await client.send(get)).ContentLength).toBe(12 * MiB)
  })

  it('writes an instruction file, when the object is complete', async () => {
    const { s3, client } = clientOf({ instructionFile: { write: true } })
    await new Upload({ client, params: { Bucket, Key, Body: plaintext(6 * MiB) } }).done()
    expect(s3.objects.has('bucket/k.instruction')).toBe(true)
    expect((await client.send(get)).ContentLength).toBe(6 * MiB)
  })

  it('sends a part again that failed, and leaves nothing when one fails for good', async () => {
    const { s3, client } = clientOf()
    const upload = () => new Upload({ client, params: { Bucket, Key, Body: plaintext(11 * MiB) } }).done()
    meeting(s3, ({ query }) => query['partNumber'] === '2', busy, 1)
    await upload()
    s3.objects.clear()
    meeting(s3, ({ query }) => query['partNumber'] === '2', busy)
    await expect(upload()).rejects.toMatchObject({ name: 'SlowDown' })
    expect(s3.uploads.ids).toEqual([])
    expect(s3.objects.size).toBe(0)
  })

  it('leaves nothing when it is aborted', async () => {
    const { s3, client } = clientOf()
    const upload = new Upload({ client, params: { Bucket, Key, Body: plaintext(11 * MiB) } })
    meeting(
      s3,
      ({ query }) => query['partNumber'] === '2',
      (_, next) => {
        void upload.abort()
        return next()
      },
    )
    await expect(upload.done()).rejects.toMatchObject({ name: 'AbortError' })
    await expect.poll(() => s3.uploads.ids).toEqual([])
    expect(s3.objects.size).toBe(0)
  })

  it('takes an encryption context, which is needed to read', async () => {
    const { client } = clientOf({
      keyring: s3KmsKeyring({ keyId: oregon, client: fakeKms({ [oregon]: oregon }).client }),
    })
    const object = { Bucket, Key, EncryptionContext: { team: 'alpha' } }
    await new Upload({ client, params: { ...object, Body: plaintext(6 * MiB) } }).done()
    expect((await client.send(new GetObjectCommand(object))).ContentLength).toBe(6 * MiB)
    await expect(client.send(new GetObjectCommand({ Bucket, Key }))).rejects.toMatchObject({
      code: 'ERR_ESDK_ENCRYPTION_CONTEXT',
    })
  })
})
