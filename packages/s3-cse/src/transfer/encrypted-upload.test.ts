import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import { describe, expect, it } from 'vitest'
import { expectBytes } from '../../test/bytes.ts'
import { Bucket, clientOf, keyring, plaintext, webStream } from '../../test/clients.ts'
import type { MemoryS3 } from '../../test/memory-s3.ts'
import { writesFiles, writesV2 } from '../../test/rewrapping.ts'
import { S3Refusal, type S3Request } from '../../test/s3/answer.ts'
import { busy, meeting } from '../../test/s3/faults.ts'
import {
  answeredInOrder,
  fixedRandomness,
  isPart,
  lost,
  MiB,
  partNumber,
  recordedProgress,
  watchedBodies,
} from '../../test/transfers.ts'
import type { S3EncryptionOptions } from '../options.ts'
import { S3EncryptionClient } from '../s3-encryption-client.ts'
import { EncryptedUpload, type EncryptedUploadOptions } from './encrypted-upload.ts'

const Key = 'k'
const partSize = 5 * MiB

function uploadOf(
  Body: EncryptedUploadOptions['params']['Body'],
  encryption: S3EncryptionOptions = {},
  more: Partial<EncryptedUploadOptions> = {},
) {
  const { s3, client } = clientOf(encryption)
  const { params, ...options } = more
  const upload = new EncryptedUpload({ client, partSize, ...options, params: { Bucket, Key, Body, ...params } })
  const read = async () => {
    const { Body: stored } = await client.send(new GetObjectCommand({ Bucket, Key }))
    return (await stored?.transformToByteArray()) as Uint8Array
  }
  return { s3, client, upload, read }
}

async function* slices(bytes: Uint8Array, length = 300_007): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += length) yield bytes.slice(at, at + length)
}

/** Bytes that are sent for each part, in the order in which they arrive. */
function sentParts(s3: MemoryS3): [number, number][] {
  return s3.requests.filter(isPart).map((request) => [partNumber(request), request.body.length])
}

const completes = ({ method, query }: S3Request) => method === 'POST' && query['uploadId'] !== undefined
const aborts = ({ method, query }: S3Request) => method === 'DELETE' && query['uploadId'] !== undefined

describe('EncryptedUpload', () => {
  it.each([0, 1, 15, 16, 17, partSize - 1, partSize])('puts %i bytes at once', async (length) => {
    const { s3, upload, read } = uploadOf(plaintext(length))
    const { ETag } = await upload.done()
    expect(s3.asked).toEqual(['PUT k'])
    expect(ETag).toBe(s3.get(Key).etag)
    expectBytes(await read(), plaintext(length))
  })

  it.each([
    [partSize + 1, [partSize, 1 + 16]],
    [partSize + 16, [partSize, 16 + 16]],
    [2 * partSize, [partSize, partSize + 16]],
    [2 * partSize + 17, [partSize, partSize, 17 + 16]],
  ])('sends %i bytes in parts, the tag with the last one', async (length, parts) => {
    const { s3, upload, read } = uploadOf(plaintext(length), {}, { queueSize: 1 })
    const { ETag } = await upload.done()
    expect(sentParts(s3)).toEqual(parts.map((bytes, i) => [i + 1, bytes]))
    expect(s3.asked.length).toBe(parts.length + 2)
    expect(ETag).toBe(s3.get(Key).etag)
    expect(s3.uploads.ids).toEqual([])
    expectBytes(await read(), plaintext(length))
  })

  const whole = plaintext(2 * (partSize + 1) + 1001)
  const bodies = {
    bytes: () => whole,
    'an ArrayBuffer': () => whole.buffer,
    'a Blob': () => new Blob([whole]),
    'a stream of the web': () => webStream(whole, 1_000_003),
    'an iterable': () => slices(whole),
  }
  const formats = { V3: {}, V2: writesV2 }

  it.each(Object.keys(formats).flatMap((format) => Object.keys(bodies).map((body) => [format, body] as const)))(
    'stores the bytes of %s that are stored at once: parts of 5 MiB and a byte, of %s',
    async (format, body) => {
      const options = () => ({ ...fixedRandomness(), ...formats[format as 'V3'] })
      const once = clientOf(options())
      await once.client.send(new PutObjectCommand({ Bucket, Key, Body: whole }))
      const { s3, upload } = uploadOf(bodies[body as 'bytes'](), options(), { partSize: partSize + 1 })
      s3.fault = answeredInOrder([3, 1, 2], (request) => (isPart(request) ? partNumber(request) : undefined))
      await upload.done()
      expectBytes(s3.get(Key).body, once.s3.get(Key).body)
      const { 'x-amz-unencrypted-content-length': _hint, ...metadata } = once.s3.get(Key).metadata
      expect(s3.get(Key).metadata).toMatchObject(metadata)
    },
  )

  it('tells how far it is, and never goes back', async () => {
    const { events, onProgress } = recordedProgress()
    const { s3, upload } = uploadOf(plaintext(2 * partSize + 7), {}, { onProgress })
    s3.fault = answeredInOrder([2, 3, 1], (request) => (isPart(request) ? partNumber(request) : undefined))
    await upload.done()
    const total = 2 * partSize + 7
    expect(events).toEqual([
      { loaded: partSize, total, part: 2 },
      { loaded: partSize + 7, total, part: 3 },
      { loaded: total, total, part: 1 },
    ])
  })

  it('tells no total of a stream before it has ended, and one of a short one', async () => {
    const [long, short] = [recordedProgress(), recordedProgress()]
    await uploadOf(slices(plaintext(partSize + 7)), {}, { onProgress: long.onProgress }).upload.done()
    await uploadOf(slices(plaintext(7)), {}, { onProgress: short.onProgress }).upload.done()
    expect(long.events.map(({ total }) => total)).toEqual([undefined, undefined])
    expect(long.events.at(-1)?.loaded).toBe(partSize + 7)
    expect(short.events).toEqual([{ loaded: 7, total: 7, part: 1 }])
  })

  it.each([
    ['S3 is busy', busy],
    ['the connection is lost', lost],
  ])('sends one part again with the same bytes when %s, and no other', async (_, fault) => {
    const { s3, upload, read } = uploadOf(slices(plaintext(3 * partSize)))
    meeting(s3, (request) => partNumber(request) === 2, fault, 2)
    await upload.done()
    const sent = s3.requests.filter(isPart)
    expect(sent.map(partNumber).toSorted()).toEqual([1, 2, 2, 2, 3])
    const [first, ...again] = sent.filter((request) => partNumber(request) === 2)
    for (const request of again) expectBytes(request.body, (first as S3Request).body)
    expectBytes(await read(), plaintext(3 * partSize))
  })

  it('sends through a client that was made from another', async () => {
    const { s3, plain } = clientOf()
    const client = S3EncryptionClient.from(plain, { keyring })
    await new EncryptedUpload({ client, partSize, params: { Bucket, Key, Body: plaintext(partSize + 1) } }).done()
    expect(s3.get(Key).metadata['x-amz-c']).toBe('115')
    const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }))
    expectBytes((await Body?.transformToByteArray()) as Uint8Array, plaintext(partSize + 1))
  })

  it('gives the conditions to the request that makes the object', async () => {
    const { s3, upload } = uploadOf(plaintext(partSize + 1), {}, { params: { IfNoneMatch: '*' } as never })
    s3.put(Key, plaintext(3))
    await expect(upload.done()).rejects.toMatchObject({ name: 'PreconditionFailed' })
    expectBytes(s3.get(Key).body, plaintext(3))
    expect(s3.uploads.ids).toEqual([])
  })

  it('writes an instruction file where the client does, before the object is there', async () => {
    const { s3, upload, read } = uploadOf(plaintext(partSize + 1), writesFiles)
    await upload.done()
    expect(s3.asked.slice(-2)).toEqual(['PUT k.instruction', 'POST k uploadId'])
    expectBytes(await read(), plaintext(partSize + 1))
  })
})

describe('what is left when an EncryptedUpload fails', () => {
  const refused = async () => {
    throw new S3Refusal(403, 'AccessDenied')
  }

  /** A body that tells when it is closed. */
  function watchedBody(length: number) {
    let closed = false
    async function* chunks() {
      try {
        yield* slices(plaintext(length))
      } finally {
        closed = true
      }
    }
    return { body: chunks(), isClosed: () => closed }
  }

  it.each([
    ['the beginning', (request: S3Request) => request.query['uploads'] !== undefined, 0],
    ['a part', (request: S3Request) => partNumber(request) === 2, 1],
    ['the end', completes, 1],
  ])('nothing at S3, and no key, when it refuses %s', async (_, kind, count) => {
    const { backend, count: bodies } = watchedBodies()
    const { body, isClosed } = watchedBody(4 * partSize)
    const { s3, upload } = uploadOf(body, { bodyBackend: backend }, { queueSize: 2 })
    meeting(s3, kind, refused)
    await expect(upload.done()).rejects.toMatchObject({ name: 'AccessDenied' })
    expect(s3.requests.filter(aborts).length).toBe(count)
    expect(s3.uploads.ids).toEqual([])
    expect(s3.objects.size).toBe(0)
    expect(bodies()).toEqual({ begun: 1, left: 0 })
    await expect.poll(isClosed).toBe(true)
  })

  it('no upload when S3 was busy at first', async () => {
    const { s3, upload } = uploadOf(plaintext(2 * partSize))
    let times = 0
    s3.fault = async (request, next) => {
      if (isPart(request)) throw new S3Refusal(403, 'AccessDenied')
      if (aborts(request) && times++ < 4) throw new S3Refusal(503, 'SlowDown')
      return next()
    }
    await expect(upload.done()).rejects.toMatchObject({ name: 'AccessDenied' })
    expect(s3.uploads.ids).toEqual([])
  })

  it('no upload when it is aborted before S3 has told its id', async () => {
    const { s3, upload } = uploadOf(plaintext(2 * partSize))
    let aborted = Promise.resolve()
    s3.fault = async (request, next) => {
      const answer = await next()
      if (request.query['uploads'] !== undefined) aborted = upload.abort()
      return answer
    }
    await expect(upload.done()).rejects.toMatchObject({ name: 'AbortError' })
    await aborted
    expect(s3.requests.filter(aborts).length).toBe(1)
    expect(s3.uploads.ids).toEqual([])
  })

  it('the instruction file that was there before', async () => {
    const { s3, upload } = uploadOf(plaintext(2 * partSize), writesFiles)
    s3.put('k.instruction', plaintext(3))
    meeting(s3, completes, refused)
    await expect(upload.done()).rejects.toMatchObject({ name: 'AccessDenied' })
    expectBytes(s3.get('k.instruction').body, plaintext(3))
  })

  const losesLastAnswer = (s3: MemoryS3) =>
    meeting(s3, completes, async (request, next) => {
      await next()
      return lost(request, next)
    })

  it.each([
    ['in its metadata', {}],
    ['in an instruction file', writesFiles],
  ])('the object when only the last answer is lost, and it is done: the data key is %s', async (_, options) => {
    const { s3, upload, read } = uploadOf(plaintext(2 * partSize), options)
    losesLastAnswer(s3)
    const { ETag } = await upload.done()
    expect(ETag).toBe(s3.get(Key).etag)
    expectBytes(await read(), plaintext(2 * partSize))
  })

  it('the object and its instruction file when nothing tells whose it is', async () => {
    const { s3, upload, client } = uploadOf(plaintext(2 * partSize), { ...writesV2, ...writesFiles })
    losesLastAnswer(s3)
    await expect(upload.done()).rejects.toMatchObject({ name: 'NoSuchUpload' })
    const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }))
    expectBytes((await Body?.transformToByteArray()) as Uint8Array, plaintext(2 * partSize))
  })

  it('nothing when the progress cannot be told', async () => {
    const failure = new Error('no more room on the screen')
    const onProgress = () => {
      throw failure
    }
    const { s3, upload } = uploadOf(plaintext(2 * partSize), {}, { onProgress })
    await expect(upload.done()).rejects.toBe(failure)
    expect(s3.uploads.ids).toEqual([])
  })

  it('the object of a body that is put at once, and it is done, when its progress cannot be told', async () => {
    const onProgress = () => {
      throw new Error('no more room on the screen')
    }
    const { s3, upload, read } = uploadOf(plaintext(10), {}, { onProgress })
    const { ETag } = await upload.done()
    expect(ETag).toBe(s3.get(Key).etag)
    expectBytes(await read(), plaintext(10))
  })

  const events = [0, 1, 2, 3, 4].flatMap((request) => [false, true].map((handled) => ({ request, handled })))

  it.each(['bytes', 'a stream'].flatMap((body) => events.map((event) => ({ body, ...event }))))(
    'nothing, or the whole object, when it is aborted: request $request, handled: $handled, of $body',
    async ({ body, request: point, handled }) => {
      const whole = plaintext(2 * partSize + 5)
      const { backend, count } = watchedBodies()
      const controller = new AbortController()
      const reason = new Error('the caller has lost interest')
      const source = watchedBody(whole.length)
      const { s3, upload, client } = uploadOf(
        body === 'bytes' ? whole : source.body,
        { bodyBackend: backend },
        { signal: controller.signal },
      )
      let seen = 0
      s3.fault = async (_, next) => {
        const here = seen++ === point
        if (here && !handled) controller.abort(reason)
        const answer = await next()
        if (here && handled) controller.abort(reason)
        return answer
      }
      await expect(upload.done()).rejects.toBe(reason)
      expect(s3.uploads.ids).toEqual([])
      expect(count()).toEqual({ begun: 1, left: 0 })
      if (body === 'a stream') await expect.poll(source.isClosed).toBe(true)
      // The last request was under way: S3 has what it made.
      if (!s3.objects.has('bucket/k')) return
      expect(point).toBe(4)
      const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }))
      expectBytes((await Body?.transformToByteArray()) as Uint8Array, whole)
    },
  )

  it('nothing, and no request, when it was aborted before', async () => {
    const source = watchedBody(10)
    const { s3, upload } = uploadOf(webStream(plaintext(10)), {}, { signal: AbortSignal.abort() })
    await expect(upload.done()).rejects.toMatchObject({ name: 'AbortError' })
    expect(s3.requests).toEqual([])
    await source.body.return(undefined)
  })
})

describe('what EncryptedUpload refuses', () => {
  const { client, plain } = clientOf()
  const params = { Bucket, Key, Body: 'a' }

  it('a client that does not encrypt, and no request', () => {
    expect(() => new EncryptedUpload({ client: plain as never, params })).toThrow('an S3EncryptionClient is expected')
    expect(() => new EncryptedUpload({ client, params: undefined as never })).toThrow('the request of PutObject')
  })

  it.each([0, 5 * MiB - 1, 5 * 1024 * MiB + 1, 5.5 * MiB + 0.5, Number.NaN])('parts of %d bytes', (size) => {
    expect(() => new EncryptedUpload({ client, params, partSize: size })).toThrow(RangeError)
  })

  it.each([0, -1, 1.5, 1001])('%d parts at the same time', (queueSize) => {
    expect(() => new EncryptedUpload({ client, params, queueSize })).toThrow(RangeError)
  })

  it('to run twice', async () => {
    const { upload } = uploadOf('a')
    await upload.done()
    await expect(upload.done()).rejects.toThrow('has been started before')
  })

  it('a checksum of the plaintext, and metadata of an envelope, before anything is sent', async () => {
    for (const wrong of [{ ContentMD5: 'x' }, { Metadata: { 'x-amz-iv': 'a' } }]) {
      const { s3, upload } = uploadOf(plaintext(partSize + 1), {}, { params: wrong as never })
      await expect(upload.done()).rejects.toThrow(TypeError)
      expect(s3.requests).toEqual([])
    }
  })

  it.each([partSize + 1, partSize + 3])('a stream of another length than %i that was announced', async (announced) => {
    const params = { ContentLength: announced } as never
    const { s3, upload } = uploadOf(slices(plaintext(partSize + 2)), {}, { params })
    await expect(upload.done()).rejects.toMatchObject({ code: 'ERR_ESDK_S3_BODY_LENGTH', expected: announced })
    expect(s3.uploads.ids).toEqual([])
    expect(s3.objects.size).toBe(0)
  })

  it('more than GCM encrypts under one key, before anything is read', async () => {
    const params = { ContentLength: 2 ** 36 - 31 } as never
    const { s3, upload } = uploadOf(slices(plaintext(1)), {}, { params, partSize: 8 * MiB })
    await expect(upload.done()).rejects.toMatchObject({ code: 'ERR_ESDK_S3_BODY_LENGTH', expected: 2 ** 36 - 32 })
    expect(s3.requests).toEqual([])
  })

  it('more than 10,000 parts', async () => {
    const params = { ContentLength: 10_000 * partSize + 1 } as never
    await expect(uploadOf(slices(plaintext(1)), {}, { params }).upload.done()).rejects.toThrow(RangeError)
  })
})
