import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import { describe, expect, it } from 'vitest'
import { expectBytes } from '../test/bytes.ts'
import { Bucket, clientOf, plaintext } from '../test/clients.ts'
import type { MemoryS3 } from '../test/memory-s3.ts'
import { changed, cut, gets, meeting } from '../test/s3/faults.ts'
import type { S3EncryptionOptions } from './options.ts'

const Key = 'k'

/** An object of `length` bytes, and a client that reads it with these options. */
async function stored(length: number, options: S3EncryptionOptions = {}) {
  const { s3, client, plain } = clientOf(options)
  await client.send(new PutObjectCommand({ Bucket, Key, Body: plaintext(length) }))
  s3.requests.length = 0
  const get = (more: object = {}) => client.send(new GetObjectCommand({ Bucket, Key, ...more }))
  const read = async (more: object = {}) => (await (await get(more)).Body?.transformToByteArray()) as Uint8Array
  return { s3, client, plain, get, read }
}

function flip(s3: MemoryS3, place: number): void {
  const { body, metadata } = s3.get(Key)
  const other = new Uint8Array(body)
  const at = place < 0 ? other.length + place : place
  other[at] = (other[at] as number) ^ 1
  s3.put(Key, other, metadata)
}

/** Another body, and no checksum that would tell. */
function otherBody(change: (body: Uint8Array) => Uint8Array) {
  return changed(({ headers, body }) => {
    const { 'x-amz-checksum-crc32': _checksum, ...others } = headers
    const other = change(body)
    return { headers: { ...others, 'content-length': String(other.length) }, body: other }
  })
}

const bodyAuth = { code: 'ERR_ESDK_BODY_AUTH', name: 'ObjectNotAuthenticError', part: 'body' }

describe('GetObject, buffered (threat S7)', () => {
  it.each([0, 500, -1])('refuses an object of which byte %i was changed, and gives nothing', async (place) => {
    const { s3, get } = await stored(1000)
    flip(s3, place)
    await expect(get()).rejects.toMatchObject(bodyAuth)
  })

  it('holds no more than it may, and says what the ways out are', async () => {
    const { s3, get } = await stored(1000, { release: { mode: 'buffered', maxBytes: 1015 } })
    const error = await get().catch((e: unknown) => e)
    expect(error).toMatchObject({ code: 'ERR_ESDK_S3_BUFFER_LIMIT', allowed: 1015, found: 1016 })
    expect((error as Error).message).toMatch(/two-pass.*delayed/s)
    expect(s3.asked).toEqual([`GET ${Key}`])
    expectBytes(await (await stored(999, { release: { mode: 'buffered', maxBytes: 1015 } })).read(), plaintext(999))
  })

  it('refuses a body that is longer than S3 said', async () => {
    const { s3, get } = await stored(1000, { release: { mode: 'buffered', maxBytes: 1016 } })
    const longer = new Uint8Array(100_000)
    meeting(
      s3,
      gets,
      changed(({ headers }) => ({ headers: { ...headers, 'content-length': '16' }, body: longer })),
    )
    await expect(get()).rejects.toMatchObject({ code: 'ERR_ESDK_S3_BUFFER_LIMIT' })
  })

  it('refuses a body without a length', async () => {
    const { s3, get } = await stored(1000)
    meeting(
      s3,
      gets,
      changed(({ headers }) => {
        const { 'content-length': _length, ...others } = headers
        return { headers: others }
      }),
    )
    await expect(get()).rejects.toMatchObject({ code: 'ERR_ESDK_S3_BUFFER_LIMIT', found: undefined })
  })

  it('lets the answer be read again as bytes, text or stream, once', async () => {
    const { get } = await stored(10)
    const { Body } = await get()
    expect(await Body?.transformToString('hex')).toBe('00070e151c232a31383f')
    await expect(Body?.transformToByteArray()).rejects.toThrow(TypeError)
    expect(await (await get()).Body?.transformToString('base64')).toBe('AAcOFRwjKjE4Pw==')
    const stream = (await get()).Body?.transformToWebStream() as ReadableStream<Uint8Array>
    const { value } = await stream.getReader().read()
    expect(new Uint8Array(value as Uint8Array)).toEqual(plaintext(10))
  })
})

describe('GetObject, delayed', () => {
  const options = { release: { mode: 'delayed' } } as const

  it('gives the plaintext as it comes', async () => {
    const { get, read } = await stored(100_000, options)
    expect((await get()).ContentLength).toBe(100_000)
    expectBytes(await read(), plaintext(100_000))
  })

  it.each([0, 500, -1])('ends with an error when byte %i was changed', async (place) => {
    const { s3, get } = await stored(100_000, options)
    flip(s3, place)
    const { Body } = await get()
    await expect(Body?.transformToByteArray()).rejects.toMatchObject(bodyAuth)
  })

  it.each([0, 15])('ends with an error when the body has %i bytes, which hold no tag', async (length) => {
    const { s3, get } = await stored(100, options)
    s3.put(Key, s3.get(Key).body.subarray(0, length), s3.get(Key).metadata)
    const { Body } = await get()
    await expect(Body?.transformToByteArray()).rejects.toMatchObject(bodyAuth)
  })
})

describe('GetObject, two-pass', () => {
  const options = { release: { mode: 'two-pass' } } as const

  it('reads the object twice, the same one', async () => {
    const { s3, get } = await stored(100_000, options)
    const { Body, ContentLength } = await get()
    expect(ContentLength).toBe(100_000)
    expectBytes((await Body?.transformToByteArray()) as Uint8Array, plaintext(100_000))
    expect(s3.asked).toEqual([`GET ${Key}`, `GET ${Key}`])
    expect(s3.requests[1]?.headers['if-match']).toBe(s3.get(Key).etag)
  })

  it.each([0, 500, -1])('gives nothing when byte %i was changed', async (place) => {
    const { s3, get } = await stored(100_000, options)
    flip(s3, place)
    await expect(get()).rejects.toMatchObject(bodyAuth)
    expect(s3.asked).toEqual([`GET ${Key}`])
  })

  it('fails when the object is replaced between the two', async () => {
    const { s3, get } = await stored(100_000, options)
    let count = 0
    s3.fault = (_, next) => {
      count++
      if (count === 2) s3.put(Key, new Uint8Array(100_016), s3.get(Key).metadata)
      return next()
    }
    await expect(get()).rejects.toMatchObject({ name: 'PreconditionFailed' })
  })

  it.each([
    ['ETag', { etag: '"another"' }],
    ['range', { 'content-range': 'bytes 0-100015/100016' }],
  ])('fails where a server takes no If-Match, and answers with another %s', async (_, other) => {
    const { s3, get } = await stored(100_000, options)
    let count = 0
    s3.fault = (request, next) => {
      count++
      const second = changed(({ headers, body }) => ({ headers: { ...headers, ...other }, body: body.toReversed() }))
      return count === 2 ? second(request, next) : next()
    }
    await expect(get()).rejects.toMatchObject({ code: 'ERR_ESDK_S3_ANSWER' })
  })

  it('does not end as whole when the second answer is another body under the same name', async () => {
    const { s3, get } = await stored(100_000, options)
    let count = 0
    s3.fault = (request, next) => {
      count++
      return count === 2 ? otherBody((body) => body.map((byte) => byte ^ 1))(request, next) : next()
    }
    const { Body } = await get()
    await expect(Body?.transformToByteArray()).rejects.toMatchObject(bodyAuth)
  })

  it('refuses an answer without an ETag', async () => {
    const { s3, get } = await stored(10, options)
    meeting(
      s3,
      gets,
      changed(({ headers }) => {
        const { etag: _etag, ...others } = headers
        return { headers: others }
      }),
    )
    await expect(get()).rejects.toMatchObject({ code: 'ERR_ESDK_S3_ANSWER' })
  })
})

describe('a connection that is lost in the body', () => {
  it.each(['buffered', 'delayed', 'two-pass'] as const)('never makes the rest look whole: %s', async (mode) => {
    for (const after of [0, 1, 50_000, 99_999, 100_015]) {
      const { s3, read } = await stored(100_000, { release: { mode } })
      meeting(s3, gets, cut(after))
      await expect(read(), `${after} bytes`).rejects.toThrow()
    }
  })

  it('nor does an end that comes too early and looks regular', async () => {
    for (const mode of ['buffered', 'delayed', 'two-pass'] as const) {
      const { s3, read } = await stored(100_000, { release: { mode } })
      meeting(
        s3,
        gets,
        otherBody((body) => body.subarray(0, 50_000)),
      )
      await expect(read()).rejects.toMatchObject(bodyAuth)
    }
  })
})

describe('what GetObject refuses', () => {
  it('a range, unless ranges are allowed', async () => {
    const { s3, get } = await stored(100)
    await expect(get({ Range: 'bytes=0-1' })).rejects.toMatchObject({ code: 'ERR_ESDK_S3_NOT_ALLOWED' })
    expect(s3.requests).toEqual([])
  })

  it('a part of the ciphertext', async () => {
    const { get } = await stored(100)
    await expect(get({ PartNumber: 1 })).rejects.toThrow(TypeError)
  })

  it('a part in an answer where the whole was asked for', async () => {
    const { s3, get } = await stored(100)
    meeting(
      s3,
      gets,
      changed(({ headers }) => ({ headers: { ...headers, 'content-range': 'bytes 0-115/116' } })),
    )
    await expect(get()).rejects.toMatchObject({ code: 'ERR_ESDK_S3_ANSWER' })
  })

  it('an object without an envelope, which it gives as it is only when asked to', async () => {
    const { s3, get } = await stored(1)
    s3.put('plain', plaintext(50), { a: 'b' })
    await expect(get({ Key: 'plain' })).rejects.toMatchObject({ code: 'ERR_ESDK_S3_NOT_ENCRYPTED' })
    const { client } = clientOf({ onUnencrypted: 'passthrough', rangedGet: 'unauthenticated' }, s3)
    const whole = await client.send(new GetObjectCommand({ Bucket, Key: 'plain' }))
    expect(whole.ClientSideEncryption).toBeUndefined()
    expect(whole.Metadata).toEqual({ a: 'b' })
    expectBytes((await whole.Body?.transformToByteArray()) as Uint8Array, plaintext(50))
    const part = await client.send(new GetObjectCommand({ Bucket, Key: 'plain', Range: 'bytes=3-4' }))
    expect(part.ContentRange).toBe('bytes 3-4/50')
    expectBytes((await part.Body?.transformToByteArray()) as Uint8Array, plaintext(50).subarray(3, 5))
  })

  it('an object that is not there, in the words of S3', async () => {
    const { get } = await stored(1)
    await expect(get({ Key: 'nothing' })).rejects.toMatchObject({ name: 'NoSuchKey' })
  })
})

describe('the answer of GetObject', () => {
  it('says nothing of the ciphertext but its ETag', async () => {
    const { s3, get } = await stored(100)
    const answer = await get()
    expect(answer.ETag).toBe(s3.get(Key).etag)
    expect(s3.requests.at(-1)?.headers['x-amz-checksum-mode']).toBe('ENABLED')
    expect(Object.keys(answer).filter((name) => name.startsWith('Checksum'))).toEqual([])
  })

  it('gives 304 and 412 as S3 does', async () => {
    const { s3, get } = await stored(100)
    const { etag } = s3.get(Key)
    await expect(get({ IfNoneMatch: etag })).rejects.toMatchObject({ $metadata: { httpStatusCode: 304 } })
    await expect(get({ IfMatch: '"other"' })).rejects.toMatchObject({ name: 'PreconditionFailed' })
  })
})
