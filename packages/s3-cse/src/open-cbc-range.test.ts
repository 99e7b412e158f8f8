import { GetObjectCommand } from '@aws-sdk/client-s3'
import { describe, expect, it } from 'vitest'
import { expectBytes } from '../test/bytes.ts'
import { Bucket, clientOf, plaintext, wrappingKey } from '../test/clients.ts'
import { counting } from '../test/key-materials.ts'
import { MemoryS3 } from '../test/memory-s3.ts'
import { base64 } from '../test/s3/checksums.ts'
import { changed } from '../test/s3/faults.ts'

const Key = 'old'
const options = {
  rangedGet: 'unauthenticated',
  commitmentPolicy: 'require-encrypt-allow-decrypt',
  enableLegacyUnauthenticatedModes: true,
  enableLegacyWrappingAlgorithms: true,
} as const

async function cbc(key: Uint8Array, iv: Uint8Array, bytes: Uint8Array): Promise<Uint8Array> {
  const imported = await crypto.subtle.importKey('raw', key as BufferSource, 'AES-CBC', false, ['encrypt'])
  const parameters = { name: 'AES-CBC', iv: iv as BufferSource }
  return new Uint8Array(await crypto.subtle.encrypt(parameters, imported, bytes as BufferSource))
}

/** ECB is CBC over one block with an IV of zeros; the padding of PKCS #7 is a block of 16s. */
async function ecb(key: Uint8Array, dataKey: Uint8Array): Promise<Uint8Array> {
  const blocks = [dataKey.subarray(0, 16), dataKey.subarray(16), new Uint8Array(16).fill(16)]
  const encrypted = await Promise.all(
    blocks.map(async (block) => (await cbc(key, new Uint8Array(16), block)).subarray(0, 16)),
  )
  return Uint8Array.of(...encrypted.flatMap((block) => [...block]))
}

/** An object of format V1, as the first clients wrote it. */
async function stored(length: number) {
  const s3 = new MemoryS3()
  const dataKey = counting(32).reverse()
  s3.put(Key, await cbc(dataKey, counting(16), plaintext(length)), {
    'x-amz-key': base64(await ecb(wrappingKey, dataKey)),
    'x-amz-iv': base64(counting(16)),
    'x-amz-matdesc': '{}',
  })
  const get = (range?: string, more: object = {}) =>
    clientOf({ ...options, ...more }, s3).client.send(
      new GetObjectCommand({ Bucket, Key, ...(range !== undefined && { Range: range }) }),
    )
  return { s3, get }
}

describe('a range of CBC', () => {
  it.each([0, 1, 15, 16, 17, 100])('is that of the plaintext of %i bytes', async (length) => {
    const { get } = await stored(length)
    for (let first = 0; first < length; first += 7) {
      for (const last of [first, first + 1, first + 16, first + 40, length - 1, length + 20]) {
        if (last < first) continue
        const end = Math.min(last, length - 1)
        const { Body, ContentRange } = await get(`bytes=${first}-${last}`)
        expect(ContentRange).toBe(`bytes ${first}-${end}/${length}`)
        expect(await Body?.transformToByteArray()).toEqual(plaintext(length).slice(first, end + 1))
      }
    }
    await expect(get(`bytes=${length}-`)).rejects.toMatchObject({ name: 'InvalidRange' })
  })

  it('from the end needs the padding', async () => {
    const { get } = await stored(100)
    for (const count of [1, 4, 5, 16, 17, 99, 100, 101]) {
      const { Body } = await get(`bytes=-${count}`)
      expect(await Body?.transformToByteArray()).toEqual(plaintext(100).slice(-count))
    }
  })

  it.each([
    ['bytes=-100', 1, 'the end is in it', 1_999_896, 1_999_996],
    ['bytes=1999990-', 1, 'the end is in it', 1_999_990, 1_999_996],
    ['bytes=5-1000', 2, 'it is held while the end is fetched', 5, 1001],
    ['bytes=5-1500000', 3, 'too long to be held while the end is fetched, it is asked for again', 5, 1_500_001],
    ['bytes=5-', 3, 'too long to be held until its end has come, it is asked for again', 5, 1_999_996],
  ])('%s takes %i requests: %s', async (range, count, _, start, end) => {
    const { s3, get } = await stored(1_999_996)
    const { Body, ContentRange } = await get(range)
    expect(ContentRange).toBe(`bytes ${start}-${end - 1}/1999996`)
    expectBytes((await Body?.transformToByteArray()) as Uint8Array, plaintext(1_999_996).subarray(start, end))
    expect(s3.requests).toHaveLength(count)
    for (const { headers } of s3.requests.slice(1)) expect(headers['if-match']).toBe(s3.get(Key).etag)
  })

  it('behind the last block is refused with the length of the plaintext, which half of the end does not tell', async () => {
    const { s3, get } = await stored(100)
    await expect(get('bytes=112-120')).rejects.toMatchObject({ name: 'InvalidRange', size: 100 })
    expect(s3.requests).toHaveLength(2)
  })

  it.each([
    ['another object', { etag: '"another"' }],
    ['another part', { 'content-range': 'bytes 0-1500015/2000000' }],
  ])('fails where a server takes no If-Match, and a long one is %s when it is asked for again', async (_, other) => {
    const { s3, get } = await stored(2_000_000)
    let count = 0
    s3.fault = (request, next) => {
      count++
      return count === 3 ? changed(({ headers }) => ({ headers: { ...headers, ...other } }))(request, next) : next()
    }
    await expect(get('bytes=5-1500000')).rejects.toMatchObject({ code: 'ERR_ESDK_S3_ANSWER' })
  })

  it('fails when the object is replaced before its end is fetched', async () => {
    const { s3, get } = await stored(100)
    let count = 0
    s3.fault = (_, next) => {
      count++
      if (count === 2) s3.put(Key, plaintext(112), s3.get(Key).metadata)
      return next()
    }
    await expect(get('bytes=0-5')).rejects.toMatchObject({ name: 'PreconditionFailed' })
  })

  it('fails in one way when the padding is wrong, or the body no whole blocks', async () => {
    const { s3, get } = await stored(100)
    const { body, metadata } = s3.get(Key)
    for (const other of [body.map((byte, i) => (i === 95 ? byte ^ 0x40 : byte)), body.subarray(0, 100)]) {
      s3.put(Key, other, metadata)
      await expect(get('bytes=0-5')).rejects.toMatchObject({ code: 'ERR_ESDK_BODY_AUTH' })
    }
  })

  it('needs its own option, beside that for ranges', async () => {
    const { s3, get } = await stored(100)
    await expect(get('bytes=0-5', { enableLegacyUnauthenticatedModes: false })).rejects.toMatchObject({
      code: 'ERR_ESDK_S3_NOT_ALLOWED',
      option: 'enableLegacyUnauthenticatedModes',
    })
    await expect(get('bytes=0-5', { enableLegacyWrappingAlgorithms: false })).rejects.toMatchObject({
      option: 'enableLegacyWrappingAlgorithms',
    })
    s3.requests.length = 0
    await expect(get('bytes=0-5', { rangedGet: 'disabled' })).rejects.toMatchObject({ code: 'ERR_ESDK_S3_NOT_ALLOWED' })
    expect(s3.requests).toEqual([])
  })
})

describe('a whole CBC object', () => {
  it('is released as it is read, and says nothing of its length before', async () => {
    const { get } = await stored(100)
    const { Body, ContentLength } = await get()
    expect(ContentLength).toBeUndefined()
    expect(await Body?.transformToByteArray()).toEqual(plaintext(100))
  })

  it('is refused without its options', async () => {
    const { get } = await stored(100)
    await expect(get(undefined, { commitmentPolicy: 'require-encrypt-require-decrypt' })).rejects.toMatchObject({
      code: 'ERR_ESDK_COMMITMENT_POLICY',
    })
  })
})
