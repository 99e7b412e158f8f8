import { GetObjectCommand, PutObjectCommand, type PutObjectCommandInput } from '@aws-sdk/client-s3'
import { describe, expect, it } from 'vitest'
import { expectBytes } from '../test/bytes.ts'
import { Bucket, clientOf, plaintext, webStream } from '../test/clients.ts'
import { answer } from '../test/s3/answer.ts'
import { busy, meeting, puts } from '../test/s3/faults.ts'
import type { S3EncryptionOptions } from './options.ts'

const Key = 'report'

async function roundTrip(
  Body: PutObjectCommandInput['Body'] | undefined,
  more: object = {},
  options: S3EncryptionOptions = {},
) {
  const { s3, client } = clientOf(options)
  await client.send(new PutObjectCommand({ Bucket, Key, ...(Body !== undefined && { Body }), ...more }))
  const answer = await client.send(new GetObjectCommand({ Bucket, Key }))
  const bytes = (await answer.Body?.transformToByteArray()) as Uint8Array
  return { s3, bytes, answer, stored: s3.get(Key) }
}

describe('PutObject', () => {
  it.each([0, 1, 15, 16, 17, 1024 * 1024])('stores %i bytes and a tag, which GetObject gives back', async (length) => {
    const { bytes, stored, answer } = await roundTrip(plaintext(length))
    expect(stored.body.length).toBe(length + 16)
    expect(answer.ContentLength).toBe(length)
    expectBytes(bytes, plaintext(length))
  })

  it('takes a string, a Blob, a view into a buffer, and nothing', async () => {
    expect((await roundTrip('Grüße')).bytes).toEqual(new TextEncoder().encode('Grüße'))
    expectBytes((await roundTrip(new Blob([plaintext(1000)]))).bytes, plaintext(1000))
    expectBytes((await roundTrip(plaintext(1000).subarray(10, 20))).bytes, plaintext(1000).subarray(10, 20))
    expect((await roundTrip(undefined)).bytes).toEqual(new Uint8Array(0))
  })

  it('takes a stream of known length, whose chunks it does not hold', async () => {
    const bytes = plaintext(100_000)
    const { bytes: found, stored } = await roundTrip(webStream(bytes), { ContentLength: bytes.length })
    expectBytes(found, bytes)
    expect(stored.body.length).toBe(bytes.length + 16)
  })

  it('stores nothing of the plaintext', async () => {
    const { stored } = await roundTrip('attack at dawn, attack at dawn')
    expect(new TextDecoder('latin1').decode(stored.body)).not.toContain('attack')
  })

  it('writes V3 by default: what it names is all that is there', async () => {
    const { stored, answer } = await roundTrip('a')
    expect(Object.keys(stored.metadata).sort()).toEqual(['x-amz-3', 'x-amz-c', 'x-amz-d', 'x-amz-i', 'x-amz-w'])
    expect(stored.metadata).toMatchObject({ 'x-amz-c': '115', 'x-amz-w': '02' })
    expect(answer.ClientSideEncryption).toEqual({
      format: 'V3',
      contentAlgorithm: '115',
      wrappingAlgorithm: 'AES/GCM',
      committing: true,
      dataKeyIn: 'object',
      description: {},
    })
  })

  it('writes V2 under the policy that forbids commitment', async () => {
    const { stored, answer } = await roundTrip('abc', {}, { commitmentPolicy: 'forbid-encrypt-allow-decrypt' })
    expect(stored.metadata).toMatchObject({
      'x-amz-cek-alg': 'AES/GCM/NoPadding',
      'x-amz-tag-len': '128',
      'x-amz-wrap-alg': 'AES/GCM',
      'x-amz-unencrypted-content-length': '3',
    })
    expect(answer.ClientSideEncryption).toMatchObject({ format: 'V2', committing: false })
  })

  it("keeps the user's metadata, which comes back without the envelope", async () => {
    const { stored, answer } = await roundTrip('a', { Metadata: { Owner: 'me', note: 'x' }, ContentType: 'text/plain' })
    expect(stored.metadata).toMatchObject({ owner: 'me', note: 'x' })
    expect(answer.Metadata).toEqual({ owner: 'me', note: 'x' })
    expect(answer.ContentType).toBe('text/plain')
  })

  it('writes the same object never twice', async () => {
    const [first, second] = await Promise.all([roundTrip('a'), roundTrip('a')])
    expect(first.stored.body).not.toEqual(second.stored.body)
    expect(first.stored.metadata['x-amz-i']).not.toBe(second.stored.metadata['x-amz-i'])
  })

  it("leaves the caller's input and bytes as they are", async () => {
    const { client } = clientOf()
    const Body = plaintext(100)
    const input = Object.freeze({ Bucket, Key, Body, Metadata: Object.freeze({ a: 'b' }) })
    await client.send(new PutObjectCommand(input))
    expect(Body).toEqual(plaintext(100))
  })

  it('sends what was given with the call, whatever is changed afterwards', async () => {
    const { s3, client } = clientOf()
    const Body = plaintext(100)
    const sending = client.send(new PutObjectCommand({ Bucket, Key, Body }))
    Body.fill(0)
    await sending
    const { Body: found } = await clientOf({}, s3).client.send(new GetObjectCommand({ Bucket, Key }))
    expectBytes((await found?.transformToByteArray()) as Uint8Array, plaintext(100))
  })
})

describe('what PutObject refuses, before anything is sent', () => {
  const refused = async (more: object, options: S3EncryptionOptions = {}) => {
    const { s3, client } = clientOf(options)
    const put = new PutObjectCommand({ Bucket, Key, Body: 'abc', ...more })
    const error = await client.send(put).catch((refusal: unknown) => refusal)
    expect(s3.requests).toEqual([])
    return error as Error
  }

  it('checksums of the plaintext', async () => {
    for (const name of ['ContentMD5', 'ChecksumCRC32', 'ChecksumCRC32C', 'ChecksumCRC64NVME', 'ChecksumSHA256']) {
      expect(await refused({ [name]: 'AAAAAA==' }), name).toBeInstanceOf(TypeError)
    }
  })

  it('a length that the body does not have', async () => {
    expect(await refused({ ContentLength: 4 })).toBeInstanceOf(TypeError)
  })

  it('metadata that would be taken for an envelope', async () => {
    expect(await refused({ Metadata: { 'X-Amz-Iv': 'a' } })).toBeInstanceOf(TypeError)
  })

  it('bytes to be added to an object', async () => {
    expect(await refused({ WriteOffsetBytes: 5 })).toBeInstanceOf(TypeError)
  })

  it('more metadata than S3 stores, with the way out', async () => {
    const Metadata = { note: 'x'.repeat(1900) }
    const error = await refused({ Metadata })
    expect(error).toBeInstanceOf(RangeError)
    expect(error.message).toContain('instructionFile: { write: true }')
    await roundTrip('abc', { Metadata }, { instructionFile: { write: true } })
  })

  it('an encryption context with a keyring that does not authenticate it', async () => {
    expect(await refused({ EncryptionContext: { team: 'a' } })).toMatchObject({
      code: 'ERR_ESDK_ENCRYPTION_CONTEXT',
    })
  })

  it('more bytes than GCM encrypts under one key', async () => {
    const stream = webStream(plaintext(10))
    expect(await refused({ Body: stream, ContentLength: 2 ** 36 - 31 })).toMatchObject({
      code: 'ERR_ESDK_S3_BODY_LENGTH',
    })
  })

  it('what is no body, and streams that were read or are in use', async () => {
    const locked = webStream(plaintext(1))
    locked.getReader()
    for (const Body of [5, {}, locked]) expect(await refused({ Body, ContentLength: 1 })).toBeInstanceOf(TypeError)
  })
})

describe('a body that does not keep its word', () => {
  it.each([
    ['fewer', 999],
    ['more', 1001],
  ])('%s bytes than were announced: nothing is stored', async (_, length) => {
    const { s3, client } = clientOf()
    const put = new PutObjectCommand({ Bucket, Key, Body: webStream(plaintext(length), 100), ContentLength: 1000 })
    await expect(client.send(put)).rejects.toMatchObject({ code: 'ERR_ESDK_S3_BODY_LENGTH', expected: 1000 })
    expect(s3.objects.size).toBe(0)
  })

  it('an error in its midst: it is the one that the caller gets, and nothing is stored', async () => {
    const { s3, client } = clientOf()
    const failure = new Error('disk on fire')
    async function* body() {
      yield plaintext(500)
      throw failure
    }
    const Body = body() as unknown as ReadableStream
    await expect(client.send(new PutObjectCommand({ Bucket, Key, Body, ContentLength: 1000 }))).rejects.toBe(failure)
    expect(s3.objects.size).toBe(0)
  })

  it('strings where bytes are expected', async () => {
    const { client } = clientOf()
    async function* body() {
      yield 'text'
    }
    const Body = body() as unknown as ReadableStream
    await expect(client.send(new PutObjectCommand({ Bucket, Key, Body, ContentLength: 4 }))).rejects.toThrow(TypeError)
  })
})

describe('PutObject with an instruction file', () => {
  const options = { instructionFile: { write: true } } as const

  it.each([
    ['V3', {}, ['x-amz-c', 'x-amz-d', 'x-amz-i'], ['x-amz-3', 'x-amz-w']],
    [
      'V2',
      { commitmentPolicy: 'forbid-encrypt-allow-decrypt' },
      [],
      ['x-amz-cek-alg', 'x-amz-iv', 'x-amz-key-v2', 'x-amz-matdesc', 'x-amz-tag-len', 'x-amz-wrap-alg'],
    ],
  ] as const)('keeps the data key of %s beside the object', async (_, policy, inObject, inFile) => {
    const { s3, bytes, stored } = await roundTrip('abc', { Metadata: { a: 'b' } }, { ...options, ...policy })
    expect(new TextDecoder().decode(bytes)).toBe('abc')
    expect(Object.keys(stored.metadata).sort()).toEqual(['a', ...inObject])
    const file = s3.get(`${Key}.instruction`)
    expect(Object.keys(JSON.parse(new TextDecoder().decode(file.body)) as object).sort()).toEqual(inFile)
    expect(file.metadata).toEqual({ 'x-amz-crypto-instr-file': '' })
    expect(s3.asked.filter((each) => each.startsWith('PUT'))).toEqual([`PUT ${Key}.instruction`, `PUT ${Key}`])
  })

  it('puts the file before it back, so that the object before it stays readable', async () => {
    const { s3, client } = clientOf(options)
    await client.send(new PutObjectCommand({ Bucket, Key, Body: 'old' }))
    const onlyNew = new PutObjectCommand({ Bucket, Key, Body: 'new', IfNoneMatch: '*' })
    await expect(client.send(onlyNew)).rejects.toMatchObject({ name: 'PreconditionFailed' })
    s3.fault = (_, next) => next()
    const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }))
    expect(await Body?.transformToString()).toBe('old')
  })

  it.each([
    ['V3', {}],
    ['V2', { commitmentPolicy: 'forbid-encrypt-allow-decrypt' }],
  ] as const)('keeps the file when S3 stored the object, and only its answer was lost: %s', async (_, policy) => {
    const { s3, client } = clientOf({ ...options, ...policy })
    await client.send(new PutObjectCommand({ Bucket, Key, Body: 'old' }))
    meeting(
      s3,
      ({ method, key }) => method === 'PUT' && key === Key,
      async (_request, next) => {
        await next()
        throw new Error('the connection was lost')
      },
    )
    await expect(client.send(new PutObjectCommand({ Bucket, Key, Body: 'new' }))).rejects.toThrow('lost')
    s3.fault = (_request, next) => next()
    const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }))
    expect(await Body?.transformToString()).toBe('new')
  })

  it('writes no file for an object without a key', async () => {
    const { s3, client } = clientOf(options)
    const put = new PutObjectCommand({ Bucket, Key: '', Body: 'a' })
    await expect(client.send(put)).rejects.toThrow(TypeError)
    expect(s3.requests).toEqual([])
  })

  it('needs no right to read', async () => {
    const { s3, client } = clientOf(options)
    meeting(
      s3,
      ({ method }) => method !== 'PUT',
      async () => answer(403),
    )
    await client.send(new PutObjectCommand({ Bucket, Key, Body: 'a' }))
    expect(s3.objects.size).toBe(2)
  })

  it('writes no object when the file cannot be written', async () => {
    const { s3, client } = clientOf(options)
    meeting(s3, puts, busy)
    await expect(client.send(new PutObjectCommand({ Bucket, Key, Body: 'a' }))).rejects.toThrow()
    expect(s3.asked.filter((each) => each === `PUT ${Key}`)).toEqual([])
  })
})
