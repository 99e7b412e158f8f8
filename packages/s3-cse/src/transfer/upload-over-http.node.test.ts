/** An upload in parts over real connections, aborted at any point. */

import { Readable } from 'node:stream'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { expectBytes } from '../../test/bytes.ts'
import { Bucket, connectionTo, keyring, plaintext } from '../../test/clients.ts'
import { MemoryS3 } from '../../test/memory-s3.ts'
import { meeting } from '../../test/s3/faults.ts'
import { type S3Server, serveS3 } from '../../test/s3/server.ts'
import { isPart, MiB, partNumber } from '../../test/transfers.ts'
import { S3EncryptionClient } from '../s3-encryption-client.ts'
import { EncryptedDownload } from './encrypted-download.ts'
import { EncryptedUpload } from './encrypted-upload.ts'

const params = { Bucket, Key: 'k' }
const partSize = 5 * MiB
const chunk = plaintext(MiB)
const chunks = 20

let s3: MemoryS3
let server: S3Server
let client: S3EncryptionClient

beforeEach(async () => {
  s3 = new MemoryS3()
  server = await serveS3(s3)
  client = new S3EncryptionClient({
    ...connectionTo(server.endpoint),
    encryption: { keyring },
  })
})

afterEach(async () => {
  client.destroy()
  await server.close()
})

/** A body of 20 MiB; `reached` is told how many have been asked for. */
function counted(reached: (count: number) => void): Readable {
  return Readable.from(
    (function* () {
      for (let count = 0; count < chunks; count++) {
        reached(count)
        yield chunk
      }
    })(),
  )
}

it('sends a part again whose connection is cut, and no other', async () => {
  const closes = async () => {
    throw new Error('the server closes the connection')
  }
  meeting(s3, (request) => isPart(request) && partNumber(request) === 2, closes, 1)
  await new EncryptedUpload({ client, partSize, params: { ...params, Body: counted(() => {}) } }).done()
  expect(s3.requests.filter(isPart).map(partNumber).toSorted()).toEqual([1, 2, 2, 3, 4])
  const found = await new EncryptedDownload({ client, params }).toBytes()
  expect(found.length).toBe(chunks * MiB)
  for (let at = 0; at < found.length; at += MiB) expectBytes(found.subarray(at, at + MiB), chunk)
})

it('leaves nothing when it is aborted, after any of the 20 chunks of its body', async () => {
  for (let point = 0; point < chunks; point++) {
    const controller = new AbortController()
    const reason = new Error(`the caller has lost interest after ${point}`)
    const Body = counted((count) => {
      if (count === point) controller.abort(reason)
    })
    const upload = new EncryptedUpload({ client, partSize, params: { ...params, Body }, signal: controller.signal })
    await expect(upload.done()).rejects.toBe(reason)
    expect(Body.destroyed).toBe(true)
    expect(s3.uploads.ids).toEqual([])
    expect(s3.objects.size).toBe(0)
  }
  client.destroy()
  await expect.poll(() => server.connections()).toBe(0)
})
