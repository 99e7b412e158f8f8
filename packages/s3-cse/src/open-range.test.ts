import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import { describe, expect, it } from 'vitest'
import { expectBytes } from '../test/bytes.ts'
import { Bucket, clientOf, plaintext } from '../test/clients.ts'
import { changed, cut, gets, meeting } from '../test/s3/faults.ts'
import { objectAnswer } from '../test/s3/stored-object.ts'
import type { S3EncryptionOptions } from './options.ts'

const Key = 'k'
const ranged = { rangedGet: 'unauthenticated' } as const

async function stored(length: number, options: S3EncryptionOptions = {}) {
  const { s3, client } = clientOf({ ...ranged, ...options })
  await client.send(new PutObjectCommand({ Bucket, Key, Body: plaintext(length) }))
  s3.requests.length = 0
  const get = (Range: string) => client.send(new GetObjectCommand({ Bucket, Key, Range }))
  const read = async (range: string) => (await (await get(range)).Body?.transformToByteArray()) as Uint8Array
  return { s3, get, read }
}

const v2 = { commitmentPolicy: 'forbid-encrypt-allow-decrypt' } as const

describe('a range', () => {
  it.each([
    ['V3', {}],
    ['V2', v2],
  ] as const)(
    'is that of the plaintext (threat S8): all pairs of a first and a last byte of 100, %s',
    async (_, more) => {
      const { get } = await stored(100, more)
      const expected = plaintext(100)
      const check = async (first: number, last: number) => {
        const { Body, ContentLength, ContentRange } = await get(`bytes=${first}-${last}`)
        const end = Math.min(last, 99)
        expect(ContentRange).toBe(`bytes ${first}-${end}/100`)
        expect(ContentLength).toBe(end - first + 1)
        expectBytes((await Body?.transformToByteArray()) as Uint8Array, expected.subarray(first, end + 1))
      }
      for (let first = 0; first < 100; first++) {
        const lasts = Array.from({ length: 118 - first }, (__, i) => first + i)
        await Promise.all(lasts.map((last) => check(first, last)))
      }
    },
    120_000,
  )

  it.each([
    ['bytes=0-99999999999999999999', 0],
    ['bytes=99-9007199254740993', 99],
    ['bytes=16-', 16],
    ['bytes=-1', 99],
    ['bytes=-17', 83],
    ['bytes=-100', 0],
    ['bytes=-99999999999999999999', 0],
  ])('%s begins at byte %i of 100', async (range, first) => {
    const { read } = await stored(100)
    expect(await read(range)).toEqual(plaintext(100).slice(first))
  })

  it.each([
    'bytes=100-',
    'bytes=100-100',
    'bytes=115-',
    'bytes=116-',
    'bytes=5000-6000',
    'bytes=-0',
    'bytes=99999999999999999999-',
  ])('that begins behind the plaintext is refused as S3 does it: %s', async (range) => {
    const { get } = await stored(100)
    await expect(get(range)).rejects.toMatchObject({
      name: 'InvalidRange',
      code: 'ERR_ESDK_S3_RANGE',
      $metadata: { httpStatusCode: 416 },
    })
  })

  it('of an empty object is none', async () => {
    const { get } = await stored(0)
    for (const range of ['bytes=0-', 'bytes=0-0', 'bytes=-5']) {
      await expect(get(range), range).rejects.toMatchObject({ name: 'InvalidRange' })
    }
  })

  it('fetches the blocks that hold it, and little more', async () => {
    const { s3, read } = await stored(100_000)
    await read('bytes=50000-59999')
    const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(String(s3.requests[0]?.headers['range'])) ?? []
    expect(Number(last) - Number(first) + 1).toBeLessThanOrEqual(10_000 + 64)
  })

  it.each(['bytes=', 'bytes=20-10', 'bytes=0-1,5-9', 'bytes=a-b', 'items=0-5'])(
    'that S3 would ignore gives the whole, authenticated: %s',
    async (range) => {
      const { s3, get, read } = await stored(100)
      expect(await read(range)).toEqual(plaintext(100))
      expect((await get(range)).ContentRange).toBeUndefined()
      s3.put(
        Key,
        s3.get(Key).body.map((byte) => byte ^ 1),
        s3.get(Key).metadata,
      )
      await expect(get(range)).rejects.toMatchObject({ code: 'ERR_ESDK_BODY_AUTH' })
    },
  )

  it('of a committing object proves that the key is right', async () => {
    const { s3, get } = await stored(100)
    const { body, metadata } = s3.get(Key)
    s3.put(Key, body, { ...metadata, 'x-amz-d': metadata['x-amz-i'] as string })
    await expect(get('bytes=0-1')).rejects.toMatchObject({ code: 'ERR_ESDK_COMMITMENT' })
  })
})

describe('an answer to a range', () => {
  it.each(['bytes 0-15/116', 'bytes 32-63/116', 'bytes 16-64/116', 'bytes 16-63/117', 'bytes 16-63/*', 'nonsense'])(
    'must be the range that was asked for: %s is not',
    async (contentRange) => {
      const { s3, read } = await stored(100)
      const answersOther = changed(({ headers }) => ({ headers: { ...headers, 'content-range': contentRange } }))
      meeting(s3, gets, answersOther)
      const outcome = await read('bytes=40-50').catch((error: unknown) => error)
      // Of another size, no more than the end of the plaintext is told wrong: nothing authenticates a range.
      if (contentRange.endsWith('/117')) expect(outcome).toEqual(plaintext(100).slice(40, 51))
      else expect(outcome).toMatchObject({ code: 'ERR_ESDK_S3_ANSWER' })
    },
  )

  // AES-GCM has no counter for such a place.
  it('of a body longer than there are is refused', async () => {
    const { s3, get } = await stored(100)
    s3.fault = async (request) => {
      const whole = objectAnswer({ ...request, headers: {} }, s3.get(Key))
      const range = 'bytes 99999999999984-100000000000015/999999999999999'
      return { ...whole, status: 206, headers: { ...whole.headers, 'content-range': range, 'content-length': '32' } }
    }
    await expect(get('bytes=100000000000000-100000000000010')).rejects.toMatchObject({ code: 'ERR_ESDK_BODY_AUTH' })
  })

  it('may be the whole object, which is authenticated then', async () => {
    const { s3, read } = await stored(100)
    s3.fault = async (request, next) => {
      const { range: _range, ...headers } = request.headers
      void next
      return objectAnswer({ ...request, headers }, s3.get(Key))
    }
    expect(await read('bytes=40-50')).toEqual(plaintext(100))
  })

  it('that is cut, or ends too early, ends with an error', async () => {
    const { s3, read } = await stored(100_000)
    meeting(s3, gets, cut(2000))
    await expect(read('bytes=40-5000')).rejects.toThrow()
    meeting(
      s3,
      gets,
      changed(({ body }) => ({ body: body.subarray(0, 2000) })),
    )
    await expect(read('bytes=40-5000')).rejects.toMatchObject({ code: 'ERR_ESDK_BODY_AUTH' })
  })

  it('of a body shorter than its tag is refused', async () => {
    const { s3, get } = await stored(100)
    s3.put(Key, s3.get(Key).body.subarray(0, 15), s3.get(Key).metadata)
    await expect(get('bytes=0-1')).rejects.toMatchObject({ code: 'ERR_ESDK_BODY_AUTH' })
  })
})
