import { describe, expect, it } from 'vitest'
import { expectBytes } from '../../test/bytes.ts'
import { legacy, storedCbc } from '../../test/cbc-object.ts'
import { Bucket, clientOf, plaintext } from '../../test/clients.ts'
import type { MemoryS3 } from '../../test/memory-s3.ts'
import { readsV2, stored, writesFiles, writesV2 } from '../../test/rewrapping.ts'
import type { S3Request } from '../../test/s3/answer.ts'
import { busy, changed, cut, gets, meeting, stall } from '../../test/s3/faults.ts'
import { answeredInOrder, recordedProgress, watchedBodies } from '../../test/transfers.ts'
import { join } from '../chunks.ts'
import type { S3EncryptionOptions } from '../options.ts'
import { EncryptedDownload, type EncryptedDownloadOptions } from './encrypted-download.ts'

const Key = 'k'
const partSize = 65_536
const bodyAuth = { code: 'ERR_ESDK_BODY_AUTH' }
const replaced = {
  code: 'ERR_ESDK_S3_ANSWER',
  message: expect.stringContaining('It was replaced meanwhile: download it anew') as string,
  cause: expect.objectContaining({ name: 'PreconditionFailed' }) as Error,
}

function downloadOf(
  s3: MemoryS3,
  encryption: S3EncryptionOptions = {},
  { params, ...more }: Partial<EncryptedDownloadOptions> = {},
) {
  const { client } = clientOf(encryption, s3)
  return new EncryptedDownload({ client, partSize, ...more, params: { Bucket, Key, ...params } })
}

/** An object, and a download of it. */
async function objectOf(
  length: number,
  encryption: S3EncryptionOptions = {},
  more: Partial<EncryptedDownloadOptions> = {},
) {
  const s3 = await stored(plaintext(length), encryption)
  return { s3, download: downloadOf(s3, encryption, more) }
}

function change(s3: MemoryS3, place: number): void {
  const { body, metadata } = s3.get(Key)
  const other = new Uint8Array(body)
  const at = place < 0 ? other.length + place : place
  other[at] = (other[at] as number) ^ 1
  s3.put(Key, other, metadata)
}

const rangeOf = ({ headers }: S3Request) => headers['range'] ?? 'none'
const ranges = (s3: MemoryS3) => s3.requests.map(rangeOf)

/** From 1 on. */
function partOf(request: S3Request, size = partSize): number {
  return Math.floor(Number(/^bytes=(\d+)-/.exec(rangeOf(request))?.[1]) / size) + 1
}

describe('EncryptedDownload', () => {
  const lengths = [0, 1, 15, 16, 17, partSize - 16, partSize - 1, partSize, partSize + 1, partSize + 16, 3 * partSize]

  it.each([...lengths, 3 * partSize + 1])('gives %i bytes', async (length) => {
    const { s3, download } = await objectOf(length)
    expectBytes(await download.toBytes(), plaintext(length))
    expect(s3.requests.length).toBe(Math.max(1, Math.ceil(length / partSize)))
    expect(s3.requests.slice(1).every(({ headers }) => headers['if-match'] === s3.get(Key).etag)).toBe(true)
  })

  it('asks for each byte of the body once, but for 16 behind the first part', async () => {
    const { s3, download } = await objectOf(2 * partSize + 100, {}, { queueSize: 1 })
    await download.toBytes()
    expect(ranges(s3)).toEqual(['bytes=0-65551', 'bytes=65536-131071', 'bytes=131072-131187'])
  })

  it('gives an object of V2, and of odd parts in any order', async () => {
    const size = partSize + 1
    const { s3, download } = await objectOf(4 * size + 9, writesV2, { partSize: size, queueSize: 5 })
    s3.fault = answeredInOrder([5, 3, 4, 2], (request) => partOf(request, size))
    expectBytes(await download.toBytes(), plaintext(4 * size + 9))
  })

  it('gives an object whose data key is in an instruction file', async () => {
    const { download } = await objectOf(partSize + 1, writesFiles)
    expectBytes(await download.toBytes(), plaintext(partSize + 1))
  })

  it('tells how far it is', async () => {
    const { events, onProgress } = recordedProgress()
    const { s3, download } = await objectOf(2 * partSize + 7, {}, { onProgress, queueSize: 3 })
    s3.fault = answeredInOrder([3, 2], partOf)
    await download.toBytes()
    const total = 2 * partSize + 7
    expect(events.map(({ loaded }) => loaded)).toEqual([...events.keys()].map((i) => loadedAfter(events, i)))
    expect(events.map(({ part }) => part).toSorted()).toEqual([1, 2, 3])
    expect(events.at(-1)).toMatchObject({ loaded: total, total })
  })

  function loadedAfter(events: readonly { readonly part: number }[], last: number): number {
    return events.slice(0, last + 1).reduce((sum, { part }) => sum + (part === 3 ? 7 : partSize), 0)
  }

  it('holds no more than it may, and says what the way out is', async () => {
    const { s3, download } = await objectOf(1000)
    await expect(download.toBytes({ maxBytes: 999 })).rejects.toMatchObject({
      code: 'ERR_ESDK_S3_BUFFER_LIMIT',
      message: expect.stringContaining('toFile') as string,
    })
    expectBytes(await downloadOf(s3).toBytes({ maxBytes: 1000 }), plaintext(1000))
  })

  it('takes the whole object where something between asks for no part of it', async () => {
    const { s3, download } = await objectOf(2 * partSize)
    s3.fault = async (request, next) => {
      expect(request.headers['range']).toBeDefined()
      await next()
      const { body, metadata, etag } = s3.get(Key)
      const pairs = Object.entries(metadata).map(([name, value]) => [`x-amz-meta-${name}`, value] as const)
      return { status: 200, headers: { ...Object.fromEntries(pairs), etag, 'content-length': `${body.length}` }, body }
    }
    expectBytes(await download.toBytes(), plaintext(2 * partSize))
    expect(s3.requests.length).toBe(1)
  })
})

describe('an object of AES-CBC', () => {
  it.each([0, 15, 16, 1000])('of %i bytes comes with the first answer', async (length) => {
    const s3 = await storedCbc(plaintext(length))
    expectBytes(await downloadOf(s3, legacy).toBytes(), plaintext(length))
    expect(s3.requests.length).toBe(1)
  })

  it('comes as one stream, of the same object as the first answer', async () => {
    const s3 = await storedCbc(plaintext(3 * partSize))
    const { events, onProgress } = recordedProgress()
    expectBytes(await downloadOf(s3, legacy, { onProgress }).toBytes(), plaintext(3 * partSize))
    expect(ranges(s3)).toEqual(['bytes=0-65551', 'none'])
    expect(s3.requests[1]?.headers['if-match']).toBe(s3.get(Key).etag)
    expect(events.at(-1)).toMatchObject({ loaded: 3 * partSize, total: undefined })
  })

  it('is not given when it is replaced before the second answer, or cut', async () => {
    const s3 = await storedCbc(plaintext(3 * partSize))
    meeting(s3, (request) => rangeOf(request) === 'none', cut(partSize))
    await expect(downloadOf(s3, legacy).toBytes()).rejects.toThrow()
    meeting(s3, gets, async (_, next) => {
      const answer = await next()
      s3.put(Key, plaintext(partSize))
      return answer
    })
    await expect(downloadOf(s3, legacy).toBytes()).rejects.toMatchObject(replaced)
  })

  it('is refused before it is asked for as one stream, when it may not be held', async () => {
    const s3 = await storedCbc(plaintext(3 * partSize))
    await expect(downloadOf(s3, legacy).toBytes({ maxBytes: partSize })).rejects.toMatchObject({
      code: 'ERR_ESDK_S3_BUFFER_LIMIT',
    })
    expect(s3.requests.length).toBe(1)
  })

  it('is refused without the option', async () => {
    const s3 = await storedCbc(plaintext(10))
    await expect(downloadOf(s3, readsV2).toBytes()).rejects.toMatchObject({ code: 'ERR_ESDK_S3_NOT_ALLOWED' })
  })
})

describe('the connection of an EncryptedDownload', () => {
  const length = 3 * partSize

  it.each([
    ['in the first part', 1],
    ['in a later part', 2],
  ])('may be lost twice %s, which alone is asked for again', async (_, part) => {
    const { s3, download } = await objectOf(length)
    meeting(s3, (request) => partOf(request) === part, cut(50_000), 2)
    expectBytes(await download.toBytes(), plaintext(length))
    expect(s3.requests.map((request) => partOf(request)).toSorted()).toEqual([1, 2, 3, part, part].toSorted())
  })

  it('is not tried for ever', async () => {
    const { s3, download } = await objectOf(length)
    meeting(s3, (request) => partOf(request) === 2, cut(50_000))
    await expect(download.toBytes()).rejects.toThrow('network error')
    expect(s3.requests.filter((request) => partOf(request) === 2).length).toBe(4)
  })

  it('may be refused twice, as S3 does when it is busy', async () => {
    const { s3, download } = await objectOf(length)
    meeting(s3, (request) => partOf(request) === 3, busy, 2)
    expectBytes(await download.toBytes(), plaintext(length))
  })
})

describe('what EncryptedDownload does not give', () => {
  const length = 3 * partSize

  it.each([0, partSize, 2 * partSize + 5, -17, -16, -1])('an object of which byte %i was changed', async (place) => {
    const { backend, count } = watchedBodies()
    const { s3, download } = await objectOf(length, { bodyBackend: backend })
    change(s3, place)
    await expect(download.toBytes()).rejects.toMatchObject(bodyAuth)
    expect(count()).toEqual({ begun: 1, left: 0 })
  })

  it('one that was cut, or is shorter than a tag', async () => {
    const { s3, download } = await objectOf(length)
    const { body, metadata } = s3.get(Key)
    s3.put(Key, body.slice(0, -partSize), metadata)
    await expect(download.toBytes()).rejects.toMatchObject(bodyAuth)
    s3.put(Key, body.slice(0, 15), metadata)
    await expect(downloadOf(s3).toBytes()).rejects.toMatchObject(bodyAuth)
    s3.put(Key, body.slice(0, 0), metadata)
    await expect(downloadOf(s3).toBytes()).rejects.toMatchObject(bodyAuth)
  })

  it('one that is replaced midway', async () => {
    const { s3, download } = await objectOf(length)
    const other = (await stored(plaintext(length), {})).get(Key)
    meeting(
      s3,
      (request) => partOf(request) === 1,
      async (_, next) => {
        const answer = await next()
        s3.put(Key, other.body, other.metadata)
        return answer
      },
    )
    await expect(download.toBytes()).rejects.toMatchObject(replaced)
  })

  it('one that is replaced midway, and no more the one that the caller asked for: as S3 says it', async () => {
    const s3 = await stored(plaintext(length))
    const { body, metadata, etag } = s3.get(Key)
    const download = downloadOf(s3, {}, { params: { Bucket, Key, IfMatch: etag } })
    meeting(s3, gets, async (_, next) => {
      const answer = await next()
      s3.put(Key, new Uint8Array(body.length), metadata)
      return answer
    })
    await expect(download.toBytes()).rejects.toMatchObject({ name: 'PreconditionFailed' })
  })

  it.each([
    ['of another ETag', changed(({ headers }) => ({ headers: { ...headers, etag: '"other"' } }))],
    [
      'of another place',
      changed(({ headers }) => ({ headers: { ...headers, 'content-range': 'bytes 0-65535/196624' } })),
    ],
    [
      'that is shorter',
      changed(({ headers, body }) => ({ headers: { ...headers, 'content-length': '5' }, body: body.slice(0, 5) })),
    ],
    ['that is longer', changed(({ body }) => ({ body: new Uint8Array(body.length + 1) }))],
  ])('a part %s', async (_, fault) => {
    const { s3, download } = await objectOf(length)
    meeting(s3, (request) => partOf(request) === 2, fault)
    await expect(download.toBytes()).rejects.toMatchObject({ code: 'ERR_ESDK_S3_ANSWER' })
    expect(s3.requests.filter((request) => partOf(request) === 2).length).toBe(1)
  })

  it.each([
    ['without an ETag', { etag: undefined }],
    ['of another place', { 'content-range': 'bytes 1-65552/196624' }],
    ['of no place', { 'content-range': 'bytes */196624' }],
  ])('an object whose first answer is %s', async (_, headers) => {
    const { s3, download } = await objectOf(length)
    meeting(
      s3,
      gets,
      changed((answer) => {
        const all = Object.entries({ ...answer.headers, ...headers }).filter(([, value]) => value !== undefined)
        return { headers: Object.fromEntries(all) as Record<string, string> }
      }),
    )
    await expect(download.toBytes()).rejects.toMatchObject({ code: 'ERR_ESDK_S3_ANSWER' })
  })

  it('what the client does not read, before any key is asked for', async () => {
    const unasked = async () => {
      throw new Error('a key was asked for')
    }
    const keyring = { onEncrypt: unasked, onDecrypt: unasked }
    const { s3 } = await objectOf(length, writesV2)
    await expect(downloadOf(s3, { keyring }).toBytes()).rejects.toMatchObject({ code: 'ERR_ESDK_COMMITMENT_POLICY' })
    s3.put(Key, plaintext(10))
    await expect(downloadOf(s3, { keyring }).toBytes()).rejects.toMatchObject({ code: 'ERR_ESDK_S3_NOT_ENCRYPTED' })
    await expect(downloadOf(s3, {}, { params: { Bucket, Key: 'x' } }).toBytes()).rejects.toMatchObject({
      name: 'NoSuchKey',
    })
  })

  it.each([0, 10, 3 * partSize])('objects of %i bytes without an envelope, unless it is asked for', async (size) => {
    const { s3 } = clientOf()
    s3.put(Key, plaintext(size))
    await expect(downloadOf(s3).toBytes()).rejects.toMatchObject({ code: 'ERR_ESDK_S3_NOT_ENCRYPTED' })
    expectBytes(await downloadOf(s3, { onUnencrypted: 'passthrough' }).toBytes(), plaintext(size))
  })

  const lengths = {
    shorter: (body: Uint8Array) => body.slice(0, -16),
    longer: (body: Uint8Array) => join([body, body]),
  }
  const places = { 'the first answer': 1000, 'one stream': 3 * partSize - 8 }

  it.each(Object.keys(lengths).flatMap((kind) => Object.keys(places).map((place) => [kind, place] as const)))(
    'a body without a tag that is %s than S3 says: it comes with %s',
    async (kind, place) => {
      const size = places[place as keyof typeof places]
      const other = changed(({ headers: { 'content-length': _, ...headers }, body }) => ({
        headers,
        body: lengths[kind as keyof typeof lengths](body),
      }))
      const { s3: plain } = clientOf()
      plain.put(Key, plaintext(size))
      const passesOn = () => downloadOf(plain, { onUnencrypted: 'passthrough', instructionFile: { read: false } })
      meeting(plain, ({ headers }) => size < partSize || headers['range'] === undefined, other)
      await expect(passesOn().toBytes()).rejects.toMatchObject({ code: 'ERR_ESDK_S3_ANSWER' })
      const cbc = await storedCbc(plaintext(size))
      meeting(cbc, ({ headers }) => size < partSize || headers['range'] === undefined, other)
      await expect(downloadOf(cbc, legacy).toBytes()).rejects.toMatchObject({ code: 'ERR_ESDK_S3_ANSWER' })
    },
  )

  it('plaintext that was not authentic: its memory is zeroed', async () => {
    const seen: Uint8Array[] = []
    const { backend } = watchedBodies((bytes) => seen.push(bytes))
    const { s3, download } = await objectOf(length, { bodyBackend: backend })
    change(s3, -1)
    await expect(download.toBytes()).rejects.toMatchObject(bodyAuth)
    expect(seen.length).toBe(3)
    for (const bytes of seen) expectBytes(bytes, new Uint8Array(bytes.length))
  })

  it('parts, files without a name, or the same twice', async () => {
    const { s3, download } = await objectOf(10)
    expect(() => downloadOf(s3, {}, { params: { Range: 'bytes=0-1' } as never })).toThrow('a whole object')
    expect(() => downloadOf(s3, {}, { params: { PartNumber: 1 } as never })).toThrow('a whole object')
    expect(() => downloadOf(s3, {}, { partSize: 65_535 })).toThrow(RangeError)
    await expect(download.toBytes({ maxBytes: -1 })).rejects.toThrow(RangeError)
    await download.toBytes()
    await expect(download.toBytes()).rejects.toThrow('has been started before')
  })
})

describe('an abort of an EncryptedDownload', () => {
  const length = 4 * partSize
  const points = [0, 1, 2, 3].flatMap((request) =>
    ['asked', 'answered', 'stalled at 0', 'stalled at 10', 'stalled at 60000'].map((when) => ({ request, when })),
  )

  it.each(points)('ends it with its reason, and zeroes its key: part $request is $when', async ({ request, when }) => {
    const { backend, count } = watchedBodies()
    const controller = new AbortController()
    const reason = new Error('the caller has lost interest')
    const { s3, download } = await objectOf(length, { bodyBackend: backend }, { signal: controller.signal })
    let seen = 0
    s3.fault = async (given, next) => {
      if (seen++ !== request) return next()
      if (when === 'asked') controller.abort(reason)
      if (!when.startsWith('stalled')) return next().finally(() => controller.abort(reason))
      // What comes is read by then; the rest never comes.
      setTimeout(() => controller.abort(reason))
      return stall(Number(when.split(' ').at(-1)))(given, next)
    }
    await expect(download.toBytes()).rejects.toBe(reason)
    expect(count().left).toBe(0)
  })

  it('before it began asks for nothing', async () => {
    const { s3, download } = await objectOf(length)
    await download.abort()
    await expect(download.toBytes()).rejects.toMatchObject({ name: 'AbortError' })
    expect(s3.requests).toEqual([])
  })

  it.each([
    ['with the first answer', 100, 1],
    ['with the second answer', 3 * partSize, 2],
  ])('ends an object that comes as one stream, %s', async (_, size, requests) => {
    const { s3 } = clientOf()
    s3.put(Key, plaintext(size))
    const download = downloadOf(s3, { onUnencrypted: 'passthrough' })
    // Instruction files are asked for as well.
    meeting(s3, ({ key, headers }) => key === Key && (size === 100 || headers['range'] === undefined), stall(50))
    const told = expect(download.toBytes()).rejects.toMatchObject({ name: 'AbortError' })
    await expect.poll(() => s3.requests.filter(({ key }) => key === Key).length).toBe(requests)
    await download.abort()
    await told
  })

  it('while a key is waited for ends it', async () => {
    const { s3 } = await objectOf(length)
    const never = () => new Promise<never>(() => {})
    const download = downloadOf(s3, { keyring: { onEncrypt: never, onDecrypt: never } })
    const ended = download.toBytes()
    const told = expect(ended).rejects.toMatchObject({ name: 'AbortError' })
    await expect.poll(() => s3.requests.length).toBe(1)
    await download.abort()
    await told
  })
})
