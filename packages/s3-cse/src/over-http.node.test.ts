/** Real connections, and what can happen to them. */

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { expectBytes } from '../test/bytes.ts'
import { Bucket, connectionTo, keyring, plaintext } from '../test/clients.ts'
import { MemoryS3 } from '../test/memory-s3.ts'
import { cut, expired, gets, meeting, puts, stall } from '../test/s3/faults.ts'
import { type S3Server, serveS3 } from '../test/s3/server.ts'
import type { S3EncryptionOptions } from './options.ts'
import { S3EncryptionClient } from './s3-encryption-client.ts'

const Key = 'k'
const length = 300_000
let s3: MemoryS3
let server: S3Server
const clients: S3Client[] = []

beforeEach(async () => {
  s3 = new MemoryS3()
  server = await serveS3(s3)
})

afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy()
  await server.close()
})

function clientOf(encryption: Partial<S3EncryptionOptions> = {}, endpoint = server.endpoint): S3EncryptionClient {
  const client = new S3EncryptionClient({
    ...connectionTo(endpoint),
    maxAttempts: 2,
    encryption: { keyring, ...encryption },
  })
  clients.push(client)
  return client
}

/** A body in chunks of 10,000 bytes; `reached` is told how many have been asked for. */
function counted(reached: (count: number) => void) {
  let closed = false
  async function* chunks() {
    try {
      for (let at = 0; at < length; at += 10_000) {
        reached(at / 10_000)
        yield plaintext(10_000)
      }
    } finally {
      closed = true
    }
  }
  return { body: Readable.from(chunks()), isClosed: () => closed }
}

async function putObject(client: S3Client = clientOf()): Promise<void> {
  await client.send(new PutObjectCommand({ Bucket, Key, Body: plaintext(length) }))
}

const modes = ['buffered', 'delayed', 'two-pass'] as const

describe('over HTTP', () => {
  it.each(modes)('an object goes and comes, as bytes and as a stream: %s', async (mode) => {
    const client = clientOf({ release: { mode } })
    for (const Body of [plaintext(length), Readable.from([plaintext(length)])]) {
      await client.send(new PutObjectCommand({ Bucket, Key, Body, ContentLength: length }))
      const answer = await client.send(new GetObjectCommand({ Bucket, Key }))
      expect(answer.Body).toBeInstanceOf(Readable)
      const chunks: Uint8Array[] = []
      for await (const chunk of answer.Body as Readable) chunks.push(chunk as Uint8Array)
      expectBytes(new Uint8Array(Buffer.concat(chunks)), plaintext(length))
    }
  })

  it.each(modes)('a lost connection never ends as a whole plaintext: %s', async (mode) => {
    await putObject()
    const client = clientOf({ release: { mode } })
    for (const after of [0, 1, 150_000, length, length + 15]) {
      meeting(s3, gets, cut(after))
      const read = async () => (await client.send(new GetObjectCommand({ Bucket, Key }))).Body?.transformToByteArray()
      await expect(read(), `${after} bytes`).rejects.toThrow()
    }
  })

  it('a body that fails ends its request with the error that it failed with', async () => {
    const failure = new Error('disk on fire')
    const { body } = counted((count) => {
      if (count === 12) throw failure
    })
    const put = new PutObjectCommand({ Bucket, Key, Body: body, ContentLength: length })
    await expect(clientOf().send(put)).rejects.toBe(failure)
    await expect.poll(() => server.connections()).toBe(0)
    expect(s3.objects.size).toBe(0)
  })

  it('a connection that is lost while a body is sent ends the put, and closes the source', async () => {
    const rude = createServer((request) => {
      request.once('data', () => request.socket.destroy())
    })
    await new Promise<void>((resolve) => rude.listen(0, '127.0.0.1', resolve))
    const client = clientOf({}, `http://127.0.0.1:${(rude.address() as AddressInfo).port}`)
    const { body, isClosed } = counted(() => {})
    const put = new PutObjectCommand({ Bucket, Key, Body: body, ContentLength: length })
    await expect(client.send(put)).rejects.toThrow(/ECONNRESET|EPIPE|hang up/)
    await expect.poll(isClosed).toBe(true)
    rude.close()
  })

  it('a stream that the caller destroys ends its request', async () => {
    const { body } = counted((count) => {
      if (count === 12) body.destroy(new Error('changed my mind'))
    })
    const put = new PutObjectCommand({ Bucket, Key, Body: body, ContentLength: length })
    await expect(clientOf().send(put)).rejects.toThrow('changed my mind')
    await expect.poll(() => server.connections()).toBe(0)
  })
})

/** How long until `ended` is rejected after `abort` was called, in ms. */
async function timeToEnd(start: (signal: AbortSignal, abort: () => void) => Promise<unknown>): Promise<number> {
  const controller = new AbortController()
  let aborted = Number.NaN
  const abort = () => {
    aborted = performance.now()
    controller.abort()
  }
  await expect(start(controller.signal, abort)).rejects.toThrow()
  return performance.now() - aborted
}

function median(times: number[]): number {
  return times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] as number
}

describe('an abort', () => {
  it('ends a put at 20 points within 100 ms, closes its source and frees its connection', async () => {
    const client = clientOf()
    const times: number[] = []
    for (let point = 0; point < 20; point++) {
      let abortNow = () => {}
      const { body, isClosed } = counted((count) => {
        if (count === point) abortNow()
      })
      const put = new PutObjectCommand({ Bucket, Key, Body: body, ContentLength: length })
      times.push(
        await timeToEnd((abortSignal, abort) => {
          abortNow = abort
          return client.send(put, { abortSignal })
        }),
      )
      await expect.poll(isClosed).toBe(true)
    }
    expect(median(times)).toBeLessThan(100)
    expect(Math.max(...times)).toBeLessThan(1000)
    expect(s3.objects.size).toBe(0)
    await expect.poll(() => server.connections()).toBe(0)
  })

  it.each(modes)('ends a get while the body stalls at 20 points, and frees its connection: %s', async (mode) => {
    const client = clientOf({ release: { mode } })
    await putObject(client)
    const times: number[] = []
    for (let point = 0; point < 20; point++) {
      meeting(s3, gets, stall(point * 15_000))
      times.push(
        await timeToEnd(async (abortSignal, abort) => {
          const sending = client.send(new GetObjectCommand({ Bucket, Key }), { abortSignal })
          // In these modes the answer comes with the last byte, which never comes.
          if (mode !== 'delayed') {
            await expect.poll(() => s3.requests.length).toBeGreaterThan(point + 1)
            abort()
            return sending
          }
          const reading = (await sending).Body?.transformToByteArray()
          abort()
          return reading
        }),
      )
    }
    expect(median(times)).toBeLessThan(100)
    expect(Math.max(...times)).toBeLessThan(1000)
    await expect.poll(() => server.connections()).toBe(0)
  })

  it('before anything else sends nothing', async () => {
    const client = clientOf()
    const options = { abortSignal: AbortSignal.abort() }
    await expect(client.send(new PutObjectCommand({ Bucket, Key, Body: 'a' }), options)).rejects.toMatchObject({
      name: 'AbortError',
    })
    await expect(client.send(new GetObjectCommand({ Bucket, Key }), options)).rejects.toMatchObject({
      name: 'AbortError',
    })
    expect(s3.objects.size).toBe(0)
  })
})

async function leave(body: Readable): Promise<void> {
  for await (const chunk of body) {
    expect(chunk).toBeInstanceOf(Uint8Array)
    break
  }
}

describe('a body that nobody wants', () => {
  it.each(['destroyed', 'cancelled', 'left'] as const)('frees its connection: %s', async (how) => {
    const client = clientOf({ release: { mode: 'delayed' } })
    await putObject(client)
    meeting(s3, gets, stall(150_000))
    const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }))
    if (how === 'destroyed') (Body as Readable).destroy()
    if (how === 'cancelled') await Body?.transformToWebStream().cancel()
    if (how === 'left') await leave(Body as Readable)
    await expect.poll(() => server.connections()).toBe(0)
  })

  it('frees it as well when the object is refused', async () => {
    const client = clientOf()
    await putObject(client)
    const { body, metadata } = s3.get(Key)
    s3.put(Key, body, { ...metadata, 'x-amz-d': metadata['x-amz-i'] as string })
    meeting(s3, gets, stall(10))
    await expect(client.send(new GetObjectCommand({ Bucket, Key }))).rejects.toMatchObject({
      code: 'ERR_ESDK_COMMITMENT',
    })
    await expect.poll(() => server.connections()).toBe(0)
  })
})

describe('credentials that expire midway', () => {
  it('end a multipart upload with the word of S3, and it can be completed with others', async () => {
    const client = clientOf()
    const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key }))
    const part = new UploadPartCommand({ Bucket, Key, UploadId, PartNumber: 1, Body: plaintext(length) })
    meeting(s3, puts, expired, 1)
    await expect(client.send(part)).rejects.toMatchObject({ name: 'ExpiredToken' })
    const { ETag } = await client.send(part)
    const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] }
    const complete = new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload })
    meeting(s3, puts, expired, 1)
    await expect(client.send(complete)).rejects.toMatchObject({ name: 'ExpiredToken' })
    await client.send(complete)
    const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }))
    expectBytes((await Body?.transformToByteArray()) as Uint8Array, plaintext(length))
  })

  it('end the second pass with the word of S3', async () => {
    await putObject()
    let count = 0
    s3.fault = (request, next) => {
      count++
      return count === 2 ? expired(request, next) : next()
    }
    const client = clientOf({ release: { mode: 'two-pass' } })
    await expect(client.send(new GetObjectCommand({ Bucket, Key }))).rejects.toMatchObject({ name: 'ExpiredToken' })
  })
})
