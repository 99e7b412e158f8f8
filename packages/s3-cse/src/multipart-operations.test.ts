import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  PutObjectCommand,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3'
import { describe, expect, it } from 'vitest'
import { expectBytes } from '../test/bytes.ts'
import { Bucket, clientOf, plaintext, wrappingKey } from '../test/clients.ts'
import { countingBackend } from '../test/random.ts'
import { busy, meeting } from '../test/s3/faults.ts'
import { s3AesKeyring } from './keyrings/aes-keyring.ts'
import type { S3EncryptionOptions } from './options.ts'

const MiB = 1024 * 1024
const least = 5 * MiB
const Key = 'large'

/** Parts of these lengths, of one plaintext. */
function partsOf(lengths: readonly number[]): { whole: Uint8Array; parts: Uint8Array[] } {
  const whole = plaintext(lengths.reduce((sum, length) => sum + length, 0))
  const offsetOf = (part: number) => lengths.slice(0, part).reduce((sum, length) => sum + length, 0)
  return { whole, parts: lengths.map((length, i) => whole.subarray(offsetOf(i), offsetOf(i) + length)) }
}

function uploading(options: S3EncryptionOptions = {}) {
  const { s3, client, plain } = clientOf(options)
  let id = ''
  const tags = new Map<number, string>()
  return {
    s3,
    client,
    plain,
    id: () => id,
    begin: async (more: object = {}) => {
      const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key, ...more }))
      id = UploadId as string
    },
    send: async (number: number, Body: Uint8Array, more: object = {}) => {
      const command = new UploadPartCommand({ Bucket, Key, UploadId: id, PartNumber: number, Body, ...more })
      tags.set(number, (await client.send(command)).ETag as string)
    },
    complete: (numbers: readonly number[] = [...tags.keys()].sort((a, b) => a - b)) => {
      const Parts = numbers.map((PartNumber) => ({ PartNumber, ETag: tags.get(PartNumber) }))
      return client.send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId: id, MultipartUpload: { Parts } }))
    },
    read: async () => {
      const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }))
      return (await Body?.transformToByteArray()) as Uint8Array
    },
  }
}

/** Sends the parts in this order, one after the other, and reads the object back. */
async function roundTrip(lengths: readonly number[], order: readonly number[]) {
  const { whole, parts } = partsOf(lengths)
  const upload = uploading()
  await upload.begin()
  for (const number of order) await upload.send(number, parts[number - 1] as Uint8Array)
  await upload.complete()
  expect(upload.s3.get(Key).body.length).toBe(whole.length + 16)
  expectBytes(await upload.read(), whole)
  return upload
}

describe('a multipart upload', () => {
  it.each([
    ['the last part small', [least, least, 1000]],
    ['the last part of exactly 5 MiB', [least, least]],
    ['the last part larger', [least + 1, least + 4097]],
    ['parts of odd lengths', [least + 17, least + 3, 11]],
    ['one part', [17]],
    ['one part without bytes', [0]],
  ] as const)('holds all its parts: %s', async (_, lengths) => {
    await roundTrip(
      lengths,
      lengths.map((_length, i) => i + 1),
    )
  })

  it.each([
    ['reversed', [3, 2, 1]],
    ['the first one last', [2, 3, 1]],
    ['shuffled', [2, 1, 3]],
  ] as const)('takes parts in any order: %s', async (_, order) => {
    await roundTrip([least, least, 1000], order)
  })

  it('takes parts at the same time', async () => {
    const { whole, parts } = partsOf([least, least, least, 77])
    const upload = uploading()
    await upload.begin()
    await Promise.all(parts.map((part, i) => upload.send(i + 1, part)))
    await upload.complete()
    expectBytes(await upload.read(), whole)
  })

  it('needs no part: the object is empty then', async () => {
    const upload = uploading()
    await upload.begin()
    await upload.complete([])
    expect(upload.s3.get(Key).body.length).toBe(16)
    expect(await upload.read()).toEqual(new Uint8Array(0))
  })

  it.each([
    ['V3', {}],
    ['V2', { commitmentPolicy: 'forbid-encrypt-allow-decrypt' }],
  ] as const)('has the bytes of the object that is put at once: %s', async (_, options) => {
    const { whole, parts } = partsOf([least + 5, least + 5, 1001])
    // All that is random comes from here: data key, IV of the wrapped key, message id.
    const fixed = () => {
      const backend = countingBackend()
      return { ...options, backend, keyring: s3AesKeyring({ wrappingKey, backend }) }
    }
    const once = clientOf(fixed())
    await once.client.send(new PutObjectCommand({ Bucket, Key, Body: whole }))
    const upload = uploading(fixed())
    await upload.begin()
    for (const number of [2, 1, 3]) await upload.send(number, parts[number - 1] as Uint8Array)
    await upload.complete()
    expectBytes(upload.s3.get(Key).body, once.s3.get(Key).body)
    const { 'x-amz-unencrypted-content-length': _hint, ...metadata } = once.s3.get(Key).metadata
    expect(upload.s3.get(Key).metadata).toEqual(metadata)
  })

  it('sends a part again with the same bytes', async () => {
    const { whole, parts } = partsOf([least, 9])
    const upload = uploading()
    await upload.begin()
    await upload.send(1, parts[0] as Uint8Array)
    const first = upload.s3.requests.at(-1)?.body as Uint8Array
    await upload.send(2, parts[1] as Uint8Array)
    await upload.send(1, parts[0] as Uint8Array)
    expectBytes(upload.s3.requests.at(-1)?.body as Uint8Array, first)
    await upload.complete()
    expectBytes(await upload.read(), whole)
  })

  it('refuses a part again with other bytes, of the same length or not, and sends nothing of them', async () => {
    const { parts } = partsOf([least, 9])
    const upload = uploading()
    await upload.begin()
    await upload.send(1, parts[0] as Uint8Array)
    const other = new Uint8Array(parts[0] as Uint8Array)
    other[1000] = (other[1000] as number) ^ 1
    const count = upload.s3.requests.length
    await expect(upload.send(1, other)).rejects.toMatchObject({ code: 'ERR_ESDK_S3_MULTIPART' })
    await expect(upload.send(1, other.subarray(1))).rejects.toMatchObject({ code: 'ERR_ESDK_S3_MULTIPART' })
    expect(upload.s3.requests.length).toBe(count)
  })

  it('refuses to complete without a part that was sent, or with one that was not', async () => {
    const { parts } = partsOf([least, least, 9])
    const upload = uploading()
    await upload.begin()
    for (const number of [1, 2, 3]) await upload.send(number, parts[number - 1] as Uint8Array)
    for (const numbers of [
      [1, 2],
      [1, 3],
      [2, 3],
      [1, 2, 3, 4],
      [1, 1, 2],
    ]) {
      await expect(upload.complete(numbers), numbers.join()).rejects.toMatchObject({ code: 'ERR_ESDK_S3_MULTIPART' })
    }
    expect(upload.s3.objects.has('bucket/large')).toBe(false)
    await upload.complete()
  })

  it('refuses a part that overlaps those before it, instead of using a key stream twice', async () => {
    const upload = uploading()
    await upload.begin()
    await upload.send(2, plaintext(least))
    await expect(upload.send(1, plaintext(least + 1))).rejects.toThrow('leave no room')
  })

  it('puts the tag behind a short last part, which is sent again, or into a part of its own', async () => {
    const short = await roundTrip([least, 10], [1, 2])
    const long = await roundTrip([least, least], [1, 2])
    const partsSent = ({ s3 }: typeof short) =>
      s3.requests.filter(({ method }) => method === 'PUT').map(({ query, body }) => [query['partNumber'], body.length])
    expect(partsSent(short)).toEqual([
      ['1', least],
      ['2', 10],
      ['2', 26],
    ])
    expect(partsSent(long)).toEqual([
      ['1', least],
      ['2', least],
      ['3', 16],
    ])
  })

  it('gives the checksum of each part where the upload was begun with one', async () => {
    const upload = uploading()
    const { client } = upload
    await upload.begin({ ChecksumAlgorithm: 'CRC32' })
    const request = { Bucket, Key, UploadId: upload.id(), ChecksumAlgorithm: 'CRC32' } as const
    const sent = await client.send(new UploadPartCommand({ ...request, PartNumber: 1, Body: plaintext(least) }))
    const { ETag, ChecksumCRC32 } = sent
    await client.send(
      new CompleteMultipartUploadCommand({
        ...request,
        MultipartUpload: { Parts: [{ PartNumber: 1, ETag, ChecksumCRC32 }] },
      }),
    )
    expectBytes(await upload.read(), plaintext(least))
  })

  it('completes when S3 was busy before', async () => {
    const upload = uploading()
    await upload.begin()
    await upload.send(1, plaintext(40))
    meeting(upload.s3, ({ method }) => method === 'POST', busy, 3)
    await expect(upload.complete()).rejects.toMatchObject({ name: 'SlowDown' })
    await upload.complete()
    expectBytes(await upload.read(), plaintext(40))
  })

  // Two tags under one key and IV are an equation for the key of the hash: S3 could refuse, and forge the next object.
  it('takes no more parts once S3 may have seen its tag', async () => {
    const { parts } = partsOf([least, least])
    const upload = uploading()
    await upload.begin()
    await upload.send(1, parts[0] as Uint8Array)
    meeting(upload.s3, ({ method }) => method === 'POST', busy)
    await expect(upload.complete()).rejects.toMatchObject({ name: 'SlowDown' })
    const count = upload.s3.requests.length
    for (const number of [2, 3]) {
      const sending = upload.send(number, parts[1] as Uint8Array)
      await expect(sending).rejects.toMatchObject({ code: 'ERR_ESDK_S3_MULTIPART' })
    }
    expect(upload.s3.requests.length).toBe(count)
    await upload.send(1, parts[0] as Uint8Array)
    upload.s3.fault = (_, next) => next()
    await upload.complete([1])
    expectBytes(await upload.read(), parts[0] as Uint8Array)
  })

  it('sends a part that failed again by itself, as the AWS SDK does', async () => {
    const upload = uploading()
    await upload.begin()
    meeting(upload.s3, ({ method }) => method === 'PUT', busy, 1)
    await upload.send(1, plaintext(40))
    await upload.complete()
    expectBytes(await upload.read(), plaintext(40))
  })
})

describe('an upload that ends early (threat S9)', () => {
  it('is aborted at S3, and takes no more parts', async () => {
    const upload = uploading()
    await upload.begin()
    await upload.send(1, plaintext(1))
    await upload.client.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId: upload.id() }))
    expect(upload.s3.uploads.ids).toEqual([])
    await expect(upload.send(2, plaintext(1))).rejects.toMatchObject({ code: 'ERR_ESDK_S3_MULTIPART' })
  })

  it('is not ended by the abort of another one, with the same id and another key', async () => {
    const upload = uploading()
    await upload.begin()
    await upload.send(1, plaintext(7))
    const other = new AbortMultipartUploadCommand({ Bucket, Key: 'other', UploadId: upload.id() })
    await expect(upload.client.send(other)).rejects.toMatchObject({ name: 'NoSuchUpload' })
    expect(upload.s3.asked.at(-1)).toBe('DELETE other uploadId')
    await upload.complete()
    expectBytes(await upload.read(), plaintext(7))
  })

  it('has no key any more when S3 refused to abort it, or when the client was destroyed', async () => {
    const upload = uploading()
    await upload.begin()
    meeting(upload.s3, ({ method }) => method === 'DELETE', busy)
    const abort = new AbortMultipartUploadCommand({ Bucket, Key, UploadId: upload.id() })
    await expect(upload.client.send(abort)).rejects.toMatchObject({ name: 'SlowDown' })
    await expect(upload.send(1, plaintext(1))).rejects.toMatchObject({ code: 'ERR_ESDK_S3_MULTIPART' })
    await upload.begin()
    upload.client.destroy()
    await expect(upload.send(1, plaintext(1))).rejects.toMatchObject({ code: 'ERR_ESDK_S3_MULTIPART' })
  })
})

describe('what no upload takes', () => {
  it('a part of an upload that another client began', async () => {
    const { client, plain } = clientOf()
    const { UploadId } = await plain.send(new CreateMultipartUploadCommand({ Bucket, Key }))
    await expect(
      client.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber: 1, Body: 'a' })),
    ).rejects.toThrow('was not begun by this client')
  })

  it('a part of another object', async () => {
    const upload = uploading()
    await upload.begin()
    await expect(upload.send(1, plaintext(5), { Key: 'other' })).rejects.toThrow('was not begun by this client')
    await upload.send(1, plaintext(7))
    await upload.complete()
    expectBytes(await upload.read(), plaintext(7))
  })

  // Parts of both would be sealed with the key of the second, and pass for one object.
  it('the name of another upload, if S3 gives that', async () => {
    const upload = uploading()
    await upload.begin()
    await upload.send(1, plaintext(7))
    const id = upload.id()
    upload.s3.fault = async (request, next) => {
      const honest = await next()
      if (request.query['uploads'] === undefined) return honest
      const xml = new TextDecoder().decode(honest.body).replace(/<UploadId>[^<]*/, `<UploadId>${id}`)
      return { ...honest, headers: {}, body: new TextEncoder().encode(xml) }
    }
    await expect(upload.begin()).rejects.toMatchObject({ code: 'ERR_ESDK_S3_ANSWER' })
    await upload.complete()
    expectBytes(await upload.read(), plaintext(7))
  })

  it.each([0, -1, 1.5, 10_001, 2 ** 53, Number.NaN, '1'])('a part with the number %s', async (number) => {
    const upload = uploading()
    await upload.begin()
    await expect(upload.send(number as number, plaintext(1))).rejects.toThrow(TypeError)
  })

  it('a copy of a part', async () => {
    const { client } = clientOf()
    const copy = new UploadPartCopyCommand({ Bucket, Key, UploadId: 'u', PartNumber: 1, CopySource: 'bucket/other' })
    await expect(client.send(copy)).rejects.toThrow(TypeError)
  })

  it('a checksum of the whole object, of the plaintext, or metadata of an envelope', async () => {
    const upload = uploading()
    await expect(upload.begin({ ChecksumType: 'FULL_OBJECT' })).rejects.toThrow(TypeError)
    await expect(upload.begin({ Metadata: { 'x-amz-iv': 'a' } })).rejects.toThrow(TypeError)
    await upload.begin()
    await expect(upload.send(1, plaintext(1), { ChecksumCRC32: 'AAAAAA==' })).rejects.toThrow(TypeError)
    await expect(upload.send(1, plaintext(1), { ContentLength: 2 })).rejects.toThrow(TypeError)
  })
})
