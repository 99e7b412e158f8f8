/** Over connections of which there are few. */

import { Agent } from 'node:http'
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { expectBytes } from '../test/bytes.ts'
import { legacy, storedCbc } from '../test/cbc-object.ts'
import { Bucket, connectionTo, keyring, plaintext } from '../test/clients.ts'
import type { MemoryS3 } from '../test/memory-s3.ts'
import { type S3Server, serveS3 } from '../test/s3/server.ts'
import { S3EncryptionClient } from './s3-encryption-client.ts'

const MiB = 1024 * 1024
const object = plaintext(8 * MiB)
const maxSockets = 2
let s3: MemoryS3
let server: S3Server
let plain: S3Client
let client: S3EncryptionClient

beforeEach(async () => {
  s3 = await storedCbc(object)
  server = await serveS3(s3)
  plain = new S3Client({
    ...connectionTo(server.endpoint),
    requestHandler: { httpAgent: new Agent({ keepAlive: true, maxSockets }) },
  })
  client = S3EncryptionClient.from(plain, { keyring, ...legacy, rangedGet: 'unauthenticated' })
})

afterEach(async () => {
  plain.destroy()
  await server.close()
})

async function read(Range: string): Promise<Uint8Array> {
  const { Body } = await client.send(new GetObjectCommand({ Bucket, Key: 'k', Range }))
  return (await Body?.transformToByteArray()) as Uint8Array
}

describe('ranges of CBC, as many at once as there are connections', () => {
  it.each([
    [`bytes=0-${6 * MiB}`, 0, 6 * MiB + 1],
    [`bytes=${MiB}-`, MiB, 8 * MiB],
    [`bytes=5-${MiB - 40}`, 5, MiB - 39],
    ['bytes=-100', 8 * MiB - 100, 8 * MiB],
  ])('are all read: %s', { timeout: 10_000 }, async (range, start, end) => {
    const parts = await Promise.all(Array.from({ length: maxSockets }, () => read(range)))
    for (const part of parts) expectBytes(part, object.subarray(start, end))
  })

  it('free their connections when nobody reads them', { timeout: 10_000 }, async () => {
    for (let i = 0; i <= maxSockets; i++) {
      const { Body } = await client.send(new GetObjectCommand({ Bucket, Key: 'k', Range: 'bytes=0-7000000' }))
      await Body?.transformToWebStream().cancel()
    }
    expectBytes(await read('bytes=3-5'), object.subarray(3, 6))
    expect(s3.asked).toHaveLength(3 * (maxSockets + 1) + 2)
  })
})
