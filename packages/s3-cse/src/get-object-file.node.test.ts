import { Agent } from 'node:http'
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { expectBytes } from '../test/bytes.ts'
import { Bucket, connectionTo, keyring, plaintext } from '../test/clients.ts'
import { MemoryS3 } from '../test/memory-s3.ts'
import { type S3Server, serveS3 } from '../test/s3/server.ts'
import type { S3EncryptionOptions } from './options.ts'
import { S3EncryptionClient } from './s3-encryption-client.ts'

const Key = 'k'
const mebibyte = 1024 * 1024
const agent = new Agent({ maxSockets: 2, keepAlive: true })
let s3: MemoryS3
let server: S3Server

beforeEach(async () => {
  s3 = new MemoryS3()
  server = await serveS3(s3)
})

afterEach(async () => {
  agent.destroy()
  await server.close()
})

/** Two connections, as many as there are requests. */
function clientOf(encryption: Partial<S3EncryptionOptions> = {}) {
  const plain = new S3Client({
    ...connectionTo(server.endpoint),
    requestHandler: { httpAgent: agent },
  })
  return { plain, client: S3EncryptionClient.from(plain, { keyring, instructionFile: { write: true }, ...encryption }) }
}

async function readTwice(client: S3Client, more: object = {}): Promise<Uint8Array[]> {
  const answers = await Promise.all([1, 2].map(() => client.send(new GetObjectCommand({ Bucket, Key, ...more }))))
  return Promise.all(answers.map(async ({ Body }) => (await Body?.transformToByteArray()) as Uint8Array))
}

describe('as many reads as there are connections, of objects with instruction files', () => {
  it.each([
    ['buffered', {}, 100],
    ['buffered', {}, 3 * mebibyte],
    ['delayed', { release: { mode: 'delayed' } }, 100],
    ['delayed', { release: { mode: 'delayed' } }, 3 * mebibyte],
    ['two-pass', { release: { mode: 'two-pass' } }, 3 * mebibyte],
  ] as const)('end: %s', async (_, options, length) => {
    const { client } = clientOf(options)
    await client.send(new PutObjectCommand({ Bucket, Key, Body: plaintext(length) }))
    for (const bytes of await readTwice(client)) expectBytes(bytes, plaintext(length))
  })

  it('end: a range', async () => {
    const { client } = clientOf({ rangedGet: 'unauthenticated' })
    await client.send(new PutObjectCommand({ Bucket, Key, Body: plaintext(3 * mebibyte) }))
    for (const last of [90, 2_000_000]) {
      for (const bytes of await readTwice(client, { Range: `bytes=20-${last}` })) {
        expectBytes(bytes, plaintext(3 * mebibyte).subarray(20, last + 1))
      }
    }
  })

  it.each([100, 3 * mebibyte])('end: no file, and no envelope, of %i bytes', async (length) => {
    const { client, plain } = clientOf({ onUnencrypted: 'passthrough', release: { mode: 'delayed' } })
    await plain.send(new PutObjectCommand({ Bucket, Key, Body: plaintext(length) }))
    for (const bytes of await readTwice(client)) expectBytes(bytes, plaintext(length))
  })

  it('fail when the object is replaced before it is asked for again', async () => {
    const { client } = clientOf({ release: { mode: 'delayed' } })
    await client.send(new PutObjectCommand({ Bucket, Key, Body: plaintext(2 * mebibyte) }))
    s3.fault = (request, next) => {
      if (request.key === 'k.instruction') s3.put(Key, plaintext(2 * mebibyte), s3.get(Key).metadata)
      return next()
    }
    await expect(client.send(new GetObjectCommand({ Bucket, Key }))).rejects.toMatchObject({
      name: 'PreconditionFailed',
    })
  })

  it('fail so where a server takes no If-Match, also when what is there now is not encrypted', async () => {
    const { client, plain } = clientOf({ onUnencrypted: 'passthrough', release: { mode: 'delayed' } })
    await plain.send(new PutObjectCommand({ Bucket, Key, Body: plaintext(2 * mebibyte) }))
    s3.fault = (request, next) => {
      delete (request.headers as Record<string, string>)['if-match']
      if (request.key === 'k.instruction') s3.put(Key, new Uint8Array(2 * mebibyte))
      return next()
    }
    await expect(client.send(new GetObjectCommand({ Bucket, Key }))).rejects.toMatchObject({
      code: 'ERR_ESDK_S3_ANSWER',
      message: expect.stringContaining('was replaced') as string,
    })
  })
})
