import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import { describe, expect, it } from 'vitest'
import { Bucket, clientOf, plaintext } from '../test/clients.ts'
import type { Fault, MemoryS3 } from '../test/memory-s3.ts'
import { writesFiles } from '../test/rewrapping.ts'
import { S3Refusal, type S3Request } from '../test/s3/answer.ts'
import { busy, hang, meeting } from '../test/s3/faults.ts'
import { lost, MiB } from '../test/transfers.ts'
import type { S3EncryptionClient } from './s3-encryption-client.ts'
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
  for (const name of ['cache-control', 'content-encoding', 'x-amz-meta-a']) {
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

/** What decides whether there is a new object. */
const stores = (request: S3Request) =>
  completes(request) || (putsObject(request) && request.query['partNumber'] === undefined)

interface Condition {
  readonly IfMatch?: string | undefined
  readonly IfNoneMatch?: string
}

async function putInParts(client: S3Client, Body: string, condition: Condition) {
  const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key }))
  const { ETag } = await client.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber: 1, Body }))
  const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] }
  return client.send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload, ...condition }))
}

const CopySource = `${Bucket}/source`

const writers: Record<string, (client: S3EncryptionClient, condition: Condition) => Promise<unknown>> = {
  PutObject: (client, condition) => client.send(new PutObjectCommand({ Bucket, Key, Body: 'mine', ...condition })),
  EncryptedUpload: (client, condition) =>
    new EncryptedUpload({ client, partSize: 5 * MiB, params: { Bucket, Key, Body: long, ...condition } }).done(),
  CopyObject: (client, condition) => client.send(new CopyObjectCommand({ Bucket, Key, CopySource, ...condition })),
  'an upload in parts': (client, condition) => putInParts(client, 'mine', condition),
}

const beginnings = { 'where there is none': false, 'over the one that both have seen': true }

/** A client of its own, the condition under which both write, and what the other one does. */
async function meetingAnother(isOverOld: boolean) {
  const { s3, client } = clientOf(writesFiles)
  await client.send(new PutObjectCommand({ Bucket, Key: 'source', Body: 'mine' }))
  const old = isOverOld ? await put(client, 'old') : undefined
  const condition: Condition = old === undefined ? { IfNoneMatch: '*' } : { IfMatch: old.ETag }
  const other = clientOf(writesFiles, s3).client
  const storeOther = (more: object = condition) =>
    other.send(new PutObjectCommand({ Bucket, Key, Body: 'theirs', ...more }))
  return { s3, client, condition, storeOther }
}

describe.each(Object.entries(writers))('%s, of two who write one object under one condition', (_, write) => {
  describe.each(Object.entries(beginnings))('%s', (_, isOverOld) => {
    it('leaves the file of the other, who came while its own object was under way', async () => {
      const { s3, client, condition, storeOther } = await meetingAnother(isOverOld)
      meeting(s3, stores, (_, next) => storeOther().then(next), 1)
      await expect(write(client, condition)).rejects.toMatchObject({ name: 'PreconditionFailed' })
      expect(await textIn(s3)).toBe('theirs')
    })

    it('writes no file over that of the other, who came when it had looked', async () => {
      const { s3, client, condition, storeOther } = await meetingAnother(isOverOld)
      meeting(s3, putsFile, (_, next) => storeOther().then(next), 1)
      await expect(write(client, condition)).rejects.toMatchObject({ name: 'PreconditionFailed' })
      expect(await textIn(s3)).toBe('theirs')
      expect(s3.requests.filter(putsFile)).toHaveLength(isOverOld ? 3 : 2)
    })

    it('gives the file back to the other, whose object comes last', async () => {
      const { s3, client, condition, storeOther } = await meetingAnother(isOverOld)
      let mine: Promise<unknown> = Promise.resolve()
      let [isTheirs, isMine] = [false, false]
      let goOn = () => {}
      const theirsIsStored = new Promise<void>((resolve) => {
        goOn = resolve
      })
      s3.fault = async (request, next) => {
        if (!stores(request)) return next()
        if (isTheirs) {
          isMine = true
          await theirsIsStored
          return next()
        }
        isTheirs = true
        mine = write(client, condition).catch((error: unknown) => error)
        await expect.poll(() => isMine).toBe(true)
        return next()
      }
      await storeOther()
      goOn()
      expect(await mine).toMatchObject({ name: 'PreconditionFailed' })
      expect(await textIn(s3)).toBe('theirs')
    })
  })

  it('has its own file when two others have written theirs before they are refused', async () => {
    const { s3, client, condition, storeOther } = await meetingAnother(true)
    const others: Promise<unknown>[] = []
    let goOn = () => {}
    const isStored = new Promise<void>((resolve) => {
      goOn = resolve
    })
    s3.fault = async (request, next) => {
      if (!stores(request)) return next()
      // The objects come one after the other, when all three have written their files.
      const number = others.length
      if (number < 2) others.push(storeOther().catch((error: unknown) => error))
      if (number === 0) await expect.poll(() => s3.requests.filter(stores)).toHaveLength(4)
      else await (number === 1 ? isStored : others[0])
      return next()
    }
    await write(client, condition)
    goOn()
    for (const other of others) expect(await other).toMatchObject({ name: 'PreconditionFailed' })
    expect(others).toHaveLength(2)
    expect(await textIn(s3)).toMatch(/^(mine|long )/)
  })

  it.each([
    ['IfNoneMatch', { IfNoneMatch: '*' }],
    ['IfMatch', { IfMatch: '"another"' }],
  ])('writes no file where %s is broken already', async (_, condition) => {
    const { s3, client } = await meetingAnother(true)
    s3.requests.length = 0
    await expect(write(client, condition)).rejects.toMatchObject({
      name: 'PreconditionFailed',
      $metadata: { httpStatusCode: 412 },
    })
    expect(s3.requests.filter(putsFile)).toEqual([])
    expect(await textIn(s3)).toBe('old')
  })
})

describe('the file of another writer', () => {
  it('is not replaced by an older one when nobody can tell what became of the object', async () => {
    const { s3, client, storeOther } = await meetingAnother(true)
    let theirs: Promise<unknown> | undefined
    let goOn = () => {}
    const mineHasFailed = new Promise<void>((resolve) => {
      goOn = resolve
    })
    s3.fault = async (request, next) => {
      if (!putsObject(request)) return next()
      if (request.headers['x-amz-meta-who'] === 'other') return mineHasFailed.then(next)
      theirs ??= storeOther({ Metadata: { who: 'other' } })
      await expect.poll(() => s3.requests.filter(stores).some(({ headers }) => headers['x-amz-meta-who'])).toBe(true)
      return busy(request, next)
    }
    await expect(put(client, 'mine')).rejects.toMatchObject({ name: 'SlowDown' })
    goOn()
    await theirs
    expect(await textIn(s3)).toBe('theirs')
  })

  it('stays when one of ours was not written', async () => {
    const { s3, client, storeOther } = await meetingAnother(true)
    let theirs: Promise<unknown> | undefined
    let isTheirs = false
    let tries = 0
    s3.fault = async (request, next) => {
      if (isTheirs || !putsFile(request) || ++tries > 3) return next()
      isTheirs = true
      theirs ??= storeOther({})
      await theirs
      isTheirs = false
      return lost(request, next)
    }
    await expect(put(client, 'mine')).rejects.toThrow('ECONNRESET')
    expect(await textIn(s3)).toBe('theirs')
  })

  it.each([
    ['is there meanwhile', async () => {}],
    ['is written at the same time', async () => Promise.reject(new S3Refusal(409, 'ConditionalRequestConflict'))],
  ])('is looked at again when it %s: the last object has its own', async (_, meet) => {
    const { s3, client, storeOther } = await meetingAnother(true)
    meeting(
      s3,
      putsFile,
      async (_, next) => {
        await storeOther({})
        await meet()
        return next()
      },
      1,
    )
    await put(client, 'mine')
    expect(await textIn(s3)).toBe('mine')
  })

  it('is looked at no more after some times', async () => {
    const { s3, client } = await meetingAnother(true)
    meeting(s3, putsFile, async () => {
      throw new S3Refusal(412, 'PreconditionFailed')
    })
    await expect(put(client, 'mine')).rejects.toMatchObject({ name: 'PreconditionFailed' })
    expect(await textIn(s3)).toBe('old')
  })
})

it('a file whose answer was lost is the one that breaks the condition of the second try', async () => {
  const { s3, client } = clientOf(writesFiles)
  meeting(s3, putsFile, (request, next) => next().then(() => busy(request, next)), 1)
  await client.send(new PutObjectCommand({ Bucket, Key, Body: 'new', IfNoneMatch: '*' }))
  expect(s3.requests.filter(putsFile)).toHaveLength(2)
  expect(await textIn(s3)).toBe('new')
})

describe('a server that knows no conditions', () => {
  async function withoutConditions() {
    const { s3, client } = await overwriting()
    const knowsNone: Fault = async ({ key, headers }, next) => {
      const isBound = headers['if-match'] !== undefined || headers['if-none-match'] !== undefined
      if (key === name && isBound) throw new S3Refusal(501, 'NotImplemented')
      return next()
    }
    s3.fault = knowsNone
    return { s3, client, knowsNone }
  }

  it('takes the file as it is', async () => {
    const { s3, client } = await withoutConditions()
    await put(client, 'new')
    expect(await textIn(s3)).toBe('new')
  })

  it.each([
    ['the old file', true],
    ['no file', false],
  ])('has %s again when the object is refused', async (_, isOverOld) => {
    const { s3, client, knowsNone } = await withoutConditions()
    if (!isOverOld) s3.objects.clear()
    s3.fault = (request, next) => (putsObject(request) ? denied() : knowsNone(request, next))
    await expect(put(client, 'new')).rejects.toMatchObject({ name: 'AccessDenied' })
    if (isOverOld) expect(await textIn(s3)).toBe('old')
    else expect(s3.objects.size).toBe(0)
  })
})

it("an object with a key of the customer's takes the place of one without", async () => {
  const { s3, client } = await overwriting()
  // As Amazon S3 answers, of an object that is stored without such a key.
  meeting(s3, reads, async ({ headers }, next) => {
    if (headers['x-amz-server-side-encryption-customer-algorithm'] === undefined) return next()
    throw new S3Refusal(400, 'InvalidRequest', 'The encryption parameters are not applicable to this object.')
  })
  const SSECustomerKey = btoa('k'.repeat(32))
  await client.send(new PutObjectCommand({ Bucket, Key, Body: 'new', SSECustomerAlgorithm: 'AES256', SSECustomerKey }))
  expect(await textIn(s3)).toBe('new')
})
