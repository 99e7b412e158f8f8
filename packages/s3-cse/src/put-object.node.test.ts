import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { expectBytes } from '../test/bytes.ts'
import { Bucket, clientOf, plaintext, webStream } from '../test/clients.ts'

const Key = 'k'
let folder = ''
let file = ''

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'esdk-'))
  file = join(folder, 'file')
  await writeFile(file, plaintext(100_000))
})

afterAll(() => rm(folder, { recursive: true }))

async function roundTrip(Body: Readable, more: object = {}): Promise<Uint8Array> {
  const { client } = clientOf()
  await client.send(new PutObjectCommand({ Bucket, Key, Body, ...more }))
  const answer = await client.send(new GetObjectCommand({ Bucket, Key }))
  return (await answer.Body?.transformToByteArray()) as Uint8Array
}

describe('PutObject in Node', () => {
  it('takes a stream of Node of known length', async () => {
    const Body = Readable.from([plaintext(1000), Buffer.from(plaintext(1000))])
    expect((await roundTrip(Body, { ContentLength: 2000 })).length).toBe(2000)
  })

  it('knows how long a file is, and a part of one', async () => {
    expectBytes(await roundTrip(createReadStream(file)), plaintext(100_000))
    expectBytes(await roundTrip(createReadStream(file, { start: 5 })), plaintext(100_000).subarray(5))
    expectBytes(await roundTrip(createReadStream(file, { start: 5, end: 10 })), plaintext(100_000).subarray(5, 11))
    expectBytes(await roundTrip(createReadStream(file, { end: 1_000_000 })), plaintext(100_000))
  })

  it('reads a file in pieces of 256 KiB, each of which costs a call of the cipher and a write', async () => {
    const long = join(folder, 'long')
    await writeFile(long, plaintext(1_000_000))
    const Body = createReadStream(long)
    const lengths: number[] = []
    const push = Body.push.bind(Body)
    Body.push = (chunk: Uint8Array | null) => {
      if (chunk !== null) lengths.push(chunk.length)
      return push(chunk)
    }
    expectBytes(await roundTrip(Body), plaintext(1_000_000))
    expect(lengths).toEqual([262_144, 262_144, 262_144, 213_568])
  })

  it.each([
    ['holds some already', 100_000, 16_384],
    ['gives all of it at once', 1_000_000, 16_384],
    ['holds more than is asked for', 100_000, 1_000_000],
  ])('loses nothing of a stream that %s', async (_, size, highWaterMark) => {
    const bytes = plaintext(size)
    let given = 0
    const Body = new Readable({
      highWaterMark,
      read() {
        this.push(given < size ? bytes.subarray(given, given + 10_000) : null)
        given += 10_000
      },
    })
    Body.read(0)
    expect(Body.readableLength).toBeGreaterThan(0)
    expectBytes(await roundTrip(Body, { ContentLength: size }), bytes)
  })

  it.each([
    ['of the web', () => webStream(plaintext(10))],
    ['of Node', () => Readable.from([plaintext(10)])],
  ])('refuses a stream of unknown length, as S3 would, before anything is sent: %s', async (_, make) => {
    const { s3, client } = clientOf()
    const put = client.send(new PutObjectCommand({ Bucket, Key, Body: make() }))
    await expect(put).rejects.toThrow(/ContentLength.*Upload/)
    await expect(put).rejects.toBeInstanceOf(TypeError)
    expect(s3.requests).toEqual([])
  })

  it('refuses a stream that was read or destroyed: it would pass for an empty body', async () => {
    const read = Readable.from([plaintext(10)])
    read.resume()
    await once(read, 'end')
    const destroyed = createReadStream(file)
    destroyed.destroy()
    for (const body of [read, destroyed])
      await expect(roundTrip(body, { ContentLength: 10 })).rejects.toThrow(TypeError)
  })

  it('tells of a file that is not there', async () => {
    await expect(roundTrip(createReadStream(join(folder, 'nothing')))).rejects.toMatchObject({ code: 'ENOENT' })
    await expect(roundTrip(createReadStream(join(folder, 'nothing')), { ContentLength: 10 })).rejects.toMatchObject({
      code: 'ENOENT',
    })
  })
})
