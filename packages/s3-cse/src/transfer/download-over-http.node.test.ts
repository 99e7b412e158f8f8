/** Downloads over few connections. */

import { Agent } from 'node:http'
import { S3Client } from '@aws-sdk/client-s3'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { expectBytes } from '../../test/bytes.ts'
import { legacy, storedCbc } from '../../test/cbc-object.ts'
import { Bucket, connectionTo, keyring, plaintext } from '../../test/clients.ts'
import type { MemoryS3 } from '../../test/memory-s3.ts'
import { stored, writesFiles } from '../../test/rewrapping.ts'
import { cut, meeting } from '../../test/s3/faults.ts'
import { type S3Server, serveS3 } from '../../test/s3/server.ts'
import { MiB } from '../../test/transfers.ts'
import type { S3EncryptionOptions } from '../options.ts'
import { S3EncryptionClient } from '../s3-encryption-client.ts'
import { EncryptedDownload } from './encrypted-download.ts'

const sockets = 2
let agent: Agent
let server: S3Server

beforeEach(() => {
  agent = new Agent({ keepAlive: true, maxSockets: sockets })
})

afterEach(async () => {
  agent.destroy()
  await server.close()
})

async function downloadsOf(s3: MemoryS3, encryption: S3EncryptionOptions = {}): Promise<() => EncryptedDownload> {
  server = await serveS3(s3)
  const plain = new S3Client({
    ...connectionTo(server.endpoint),
    requestHandler: { httpAgent: agent },
  })
  const client = S3EncryptionClient.from(plain, { keyring, ...encryption })
  return () => new EncryptedDownload({ client, params: { Bucket, Key: 'k' } })
}

const busySockets = () => Object.values(agent.sockets).flat().length

it.each([
  ['8 MiB', 8 * MiB],
  ['1000 bytes', 1000],
])('as many as there are connections, of objects of %s with instruction files', async (_, length) => {
  const download = await downloadsOf(await stored(plaintext(length), writesFiles), writesFiles)
  const all = await Promise.all(Array.from({ length: 2 * sockets }, () => download().toBytes()))
  for (const found of all) expectBytes(found, plaintext(length))
})

it('as many as there are connections, of objects of AES-CBC and of objects without an envelope', async () => {
  const s3 = await storedCbc(plaintext(8 * MiB))
  const download = await downloadsOf(s3, { ...legacy, onUnencrypted: 'passthrough' })
  const twice = () => Promise.all(Array.from({ length: 2 * sockets }, () => download().toBytes()))
  for (const found of await twice()) expectBytes(found, plaintext(8 * MiB))
  s3.put('k', plaintext(8 * MiB))
  for (const found of await twice()) expectBytes(found, plaintext(8 * MiB))
})

it('asks once for a short object whose data key is in an instruction file, and again when its connection is lost', async () => {
  const s3 = await stored(plaintext(1000), writesFiles)
  const download = await downloadsOf(s3, writesFiles)
  expectBytes(await download().toBytes(), plaintext(1000))
  expect(s3.asked).toEqual(['GET k', 'GET k.instruction'])
  meeting(s3, ({ key }) => key === 'k', cut(500), 1)
  expectBytes(await download().toBytes(), plaintext(1000))
  expect(s3.asked.slice(2)).toEqual(['GET k', 'GET k.instruction', 'GET k'])
})

it('keeps no connection of an object that may not be held', async () => {
  const s3 = await storedCbc(plaintext(8 * MiB))
  const download = await downloadsOf(s3, { ...legacy, onUnencrypted: 'passthrough' })
  const refused = async () => {
    await expect(download().toBytes({ maxBytes: MiB })).rejects.toMatchObject({ code: 'ERR_ESDK_S3_BUFFER_LIMIT' })
    await expect.poll(busySockets).toBe(0)
  }
  await refused()
  s3.put('k', plaintext(8 * MiB))
  await refused()
})
