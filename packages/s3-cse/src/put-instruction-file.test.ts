import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import { describe, expect, it } from 'vitest'
import { Bucket, clientOf, plaintext } from '../test/clients.ts'
import type { MemoryS3 } from '../test/memory-s3.ts'
import { writesFiles } from '../test/rewrapping.ts'
import { S3Refusal, type S3Request } from '../test/s3/answer.ts'
import { busy, hang, meeting } from '../test/s3/faults.ts'
import { lost, MiB } from '../test/transfers.ts'
import { EncryptedUpload } from './transfer/encrypted-upload.ts'

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

const Key = 'k'
const name = `${Key}.instruction`

const putsFile = ({ method, key }: S3Request) => method === 'PUT' && key === name
const putsObject = ({ method, key }: S3Request) => method === 'PUT' && key === Key
const completes = ({ method, query }: S3Request) => method === 'POST' && query['uploadId'] !== undefined
const reads = ({ method }: S3Request) => method === 'GET' || method === 'HEAD'

const denied = async (): Promise<never> => {
  throw new S3Refusal(403, 'AccessDenied')
}

const put = (client: S3Client, text: string, abortSignal?: AbortSignal) =>
  client.send(new PutObjectCommand({ Bucket, Key, Body: text }), { ...(abortSignal && { abortSignal }) })

/** A client of this S3, where nothing is lost any more. */
async function textIn(s3: MemoryS3): Promise<string | undefined> {
  s3.fault = (_, next) => next()
  const { Body } = await clientOf(writesFiles, s3).client.send(new GetObjectCommand({ Bucket, Key }))
  return Body?.transformToString()
}

/** With an object there already, and a client that writes the next one. */
async function overwriting() {
  const { s3, client } = clientOf(writesFiles)
  await put(client, 'old')
  return { s3, client, file: s3.get(name).body }
}

const long = 'long '.repeat(1_100_000)

function uploading(signal?: AbortSignal) {
  const { s3, client } = clientOf(writesFiles)
  const upload = new EncryptedUpload({ client, signal, partSize: 5 * MiB, params: { Bucket, Key, Body: long } })
  return { s3, upload }
}

describe('the file of an object that S3 has stored, though it never said so, stays', () => {
  it('when the writer may not read: all answers are lost', async () => {
    const { s3, client } = clientOf(writesFiles)
    s3.fault = async (request, next) => {
      if (reads(request)) return denied()
      const answer = await next()
      return putsObject(request) ? lost(request, next) : answer
    }
    await expect(put(client, 'new')).rejects.toThrow('ECONNRESET')
    expect(await textIn(s3)).toBe('new')
  })

  it('when the writer may not read: S3 knows no such upload any more', async () => {
    const { s3, upload } = uploading()
    let times = 0
    s3.fault = async (request, next) => {
      if (reads(request)) return denied()
      const answer = await next()
      return completes(request) && times++ === 0 ? lost(request, next) : answer
    }
    await expect(upload.done()).rejects.toMatchObject({ name: 'NoSuchUpload' })
    expect(await textIn(s3)).toBe(long)
  })

  it('when S3 refuses the second try because of the first', async () => {
    const { s3, client } = clientOf(writesFiles)
    let times = 0
    s3.fault = async (request, next) => {
      if (reads(request)) return denied()
      const answer = await next()
      return putsObject(request) && times++ === 0 ? lost(request, next) : answer
    }
    const onlyNew = new PutObjectCommand({ Bucket, Key, Body: 'new', IfNoneMatch: '*' })
    await expect(client.send(onlyNew)).rejects.toMatchObject({ name: 'PreconditionFailed' })
    expect(await textIn(s3)).toBe('new')
  })

  it('when nothing but deletes gets through afterwards', async () => {
    const { s3, upload } = uploading()
    let down = false
    s3.fault = async (request, next) => {
      if (down && request.method !== 'DELETE') return lost(request, next)
      const answer = await next()
      down ||= completes(request)
      return down && completes(request) ? lost(request, next) : answer
    }
    await expect(upload.done()).rejects.toThrow('ECONNRESET')
    expect(await textIn(s3)).toBe(long)
  })

  it('when parts are put together by hand', async () => {
    const { s3, client } = clientOf(writesFiles)
    const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key }))
    const part = { Bucket, Key, UploadId, PartNumber: 1 }
    const { ETag } = await client.send(new UploadPartCommand({ ...part, Body: 'new' }))
    s3.fault = async (request, next) => {
      if (reads(request)) return denied()
      const answer = await next()
      return completes(request) ? lost(request, next) : answer
    }
    const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] }
    const completing = client.send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload }))
    await expect(completing).rejects.toThrow()
    expect(await textIn(s3)).toBe('new')
  })

  it('when it is aborted, and S3 is not done yet', async () => {
    const abort = new AbortController()
    const { s3, upload } = uploading(abort.signal)
    let finish = () => {}
    meeting(s3, completes, async (_, next) => {
      await next()
      const object = s3.get(Key)
      s3.objects.delete(`bucket/${Key}`)
      finish = () => s3.objects.set(`bucket/${Key}`, object)
      abort.abort()
      return hang(_, next)
    })
    await expect(upload.done()).rejects.toMatchObject({ name: 'AbortError' })
    finish()
    expect(await textIn(s3)).toBe(long)
  })

  it('when it comes in the place of another, half a second later', async () => {
    const { s3, client } = await overwriting()
    meeting(s3, putsObject, async (request, next) => {
      setTimeout(() => void next(), 500)
      return lost(request, next)
    })
    await expect(put(client, 'new')).rejects.toThrow('ECONNRESET')
    expect(await textIn(s3)).toBe('new')
  })
})

describe('the file of an object that is not stored is as it was', () => {
  it.each([
    ['the object is refused', putsObject],
    ['the upload of its parts is refused', completes],
  ])('when %s: there is none', async (_, request) => {
    const { s3, client } = clientOf(writesFiles)
    meeting(s3, request, denied)
    const params = { Bucket, Key, Body: request === completes ? long : 'new' }
    const upload = new EncryptedUpload({ client, partSize: 5 * MiB, params })
    await expect(upload.done()).rejects.toMatchObject({ name: 'AccessDenied' })
    expect(s3.objects.size).toBe(0)
    expect(s3.asked).toContain(`DELETE ${name}`)
  })

  it('when it is aborted, and S3 says that it is', async () => {
    const abort = new AbortController()
    const { s3, upload } = uploading(abort.signal)
    meeting(s3, completes, (request, next) => {
      abort.abort()
      return hang(request, next)
    })
    await expect(upload.done()).rejects.toMatchObject({ name: 'AbortError' })
    expect(s3.uploads.ids).toEqual([])
    expect(s3.objects.size).toBe(0)
  })

  it('when its body fails: S3 stores no half of it, whoever may see that', async () => {
    const { s3, client } = clientOf(writesFiles)
    meeting(s3, reads, denied)
    async function* body() {
      yield plaintext(500_000)
      throw new Error('disk on fire')
    }
    const Body = body() as unknown as ReadableStream
    await expect(client.send(new PutObjectCommand({ Bucket, Key, Body, ContentLength: 1_000_000 }))).rejects.toThrow(
      'disk on fire',
    )
    expect(s3.objects.size).toBe(0)
  })

  it('when another is there, and nobody can tell what became of the next one', async () => {
    const { s3, client } = await overwriting()
    meeting(s3, putsObject, busy)
    await expect(put(client, 'new')).rejects.toMatchObject({ name: 'SlowDown' })
    expect(await textIn(s3)).toBe('old')
  })

  it('when it is aborted while its file is written, which comes late', async () => {
    const { s3, client, file } = await overwriting()
    const abort = new AbortController()
    let isThere = false
    meeting(
      s3,
      putsFile,
      async (_, next) => {
        abort.abort()
        await new Promise((resolve) => setTimeout(resolve, 300))
        const answer = await next()
        isThere = true
        return answer
      },
      1,
    )
    await expect(put(client, 'new', abort.signal)).rejects.toMatchObject({ name: 'AbortError' })
    await expect.poll(() => isThere).toBe(true)
    await expect.poll(() => s3.get(name).body).toEqual(file)
    expect(await textIn(s3)).toBe('old')
  })

  it('when it is aborted while its file is written, and there is no answer', async () => {
    const { s3, client } = clientOf(writesFiles)
    const abort = new AbortController()
    meeting(
      s3,
      putsFile,
      async (request, next) => {
        await next()
        abort.abort()
        return hang(request, next)
      },
      1,
    )
    await expect(put(client, 'new', abort.signal)).rejects.toMatchObject({ name: 'AbortError' })
    await expect.poll(() => s3.objects.size, { timeout: 5000 }).toBe(0)
  })

  it('when its file cannot be written, and nobody may see the one that is there', async () => {
    const { s3, client } = await overwriting()
    s3.fault = (request, next) => (reads(request) ? denied() : putsFile(request) ? busy(request, next) : next())
    await expect(put(client, 'new')).rejects.toMatchObject({ name: 'SlowDown' })
    expect(await textIn(s3)).toBe('old')
  })
})
