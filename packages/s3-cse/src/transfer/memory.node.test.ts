/** Long transfers take no more memory than their parts do: sealed and opened here by OpenSSL itself, on the other side. */

import { createCipheriv, createHash, hkdfSync } from 'node:crypto'
import { createReadStream, mkdtempSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { Bucket, connectionTo, keyring, wrappingKey } from '../../test/clients.ts'
import { MiB } from '../../test/transfers.ts'
import { S3EncryptionClient } from '../s3-encryption-client.ts'
import { EncryptedDownload } from './encrypted-download.ts'
import { EncryptedUpload } from './encrypted-upload.ts'

const length = 256 * MiB
/** Four parts of 7 MiB, one more that is filled, and what the collector of garbage has not come to. */
const bound = 120 * MiB
const Key = 'k'
const chunk = Buffer.alloc(MiB, 0x5a)

const suiteId = Buffer.from([0x00, 0x73])
const iv = Buffer.alloc(12, 1)
const [dataKey, messageId] = [Buffer.alloc(32, 7), Buffer.alloc(28, 9)]

/** The key of a committing body, by section 2.1 of the format. */
function derive(label: string, bytes: number): Buffer {
  return Buffer.from(hkdfSync('sha512', dataKey, messageId, Buffer.concat([suiteId, Buffer.from(label)]), bytes))
}

async function serving(listener: RequestListener, use: (client: S3EncryptionClient) => Promise<void>): Promise<number> {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const client = new S3EncryptionClient({
    ...connectionTo(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
    requestChecksumCalculation: 'WHEN_REQUIRED',
    encryption: { keyring },
  })
  const before = process.memoryUsage.rss()
  let most = 0
  const watch = setInterval(() => {
    most = Math.max(most, process.memoryUsage.rss() - before)
  }, 5)
  try {
    await use(client)
    return most
  } finally {
    clearInterval(watch)
    client.destroy()
    server.close()
  }
}

async function* chunks() {
  for (let sent = 0; sent < length; sent += MiB) yield chunk
}

it('uploads 256 MiB of a stream', async () => {
  let received = 0
  const receive = (request: IncomingMessage, response: ServerResponse) => {
    request.on('data', (bytes: Buffer) => {
      if (request.method === 'PUT') received += bytes.length
    })
    request.on('end', () => {
      const xml = request.method === 'PUT' ? '' : '<Result><UploadId>u</UploadId><ETag>"e"</ETag></Result>'
      response.writeHead(200, { etag: '"e"', 'content-type': 'application/xml' }).end(xml)
    })
  }
  const most = await serving(receive, async (client) => {
    await new EncryptedUpload({ client, params: { Bucket, Key, Body: chunks() } }).done()
  })
  expect(received).toBe(length + 16)
  expect(most).toBeLessThan(bound)
})

it('downloads 256 MiB into a file', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'esdk-transfer-'))
  const contentKey = derive('DERIVEKEY', 32)
  const sealing = createCipheriv('aes-256-gcm', contentKey, iv).setAAD(suiteId)
  for (let sealed = 0; sealed < length; sealed += MiB) sealing.update(chunk)
  sealing.final()
  const tag = sealing.getAuthTag()
  const wrapping = createCipheriv('aes-256-gcm', wrappingKey, iv).setAAD(Buffer.from('115'))
  const wrapped = Buffer.concat([iv, wrapping.update(dataKey), wrapping.final(), wrapping.getAuthTag()])
  const send = (request: IncomingMessage, response: ServerResponse) => {
    const [first, last] = (/^bytes=(\d+)-(\d+)$/.exec(String(request.headers.range)) ?? []).slice(1).map(Number) as [
      number,
      number,
    ]
    response.writeHead(206, {
      'content-length': last - first + 1,
      'content-range': `bytes ${first}-${last}/${length + 16}`,
      etag: '"e"',
      'x-amz-meta-x-amz-c': '115',
      'x-amz-meta-x-amz-w': '02',
      'x-amz-meta-x-amz-3': wrapped.toString('base64'),
      'x-amz-meta-x-amz-i': messageId.toString('base64'),
      'x-amz-meta-x-amz-d': derive('COMMITKEY', 28).toString('base64'),
    })
    // Counter 2 is that of the first block of GCM.
    const counter = Buffer.alloc(16)
    iv.copy(counter)
    counter.writeUInt32BE(2 + first / 16, 12)
    const cipher = createCipheriv('aes-256-ctr', contentKey, counter)
    const end = Math.min(last + 1, length)
    for (let at = first; at < end; at += MiB) response.write(cipher.update(chunk.subarray(0, Math.min(MiB, end - at))))
    response.end(last >= length ? tag : undefined)
  }
  try {
    const path = join(folder, 'target')
    const most = await serving(send, async (client) => {
      await new EncryptedDownload({ client, params: { Bucket, Key } }).toFile(path)
    })
    const [found, expected] = [createHash('sha256'), createHash('sha256')]
    for await (const bytes of createReadStream(path)) found.update(bytes as Buffer)
    for (let hashed = 0; hashed < length; hashed += MiB) expected.update(chunk)
    expect(found.digest('hex')).toBe(expected.digest('hex'))
    expect(most).toBeLessThan(bound)
  } finally {
    rmSync(folder, { recursive: true })
  }
})
