/** Long bodies take no more memory than short ones: sealed and opened here by OpenSSL itself, on the other side. */

import { createCipheriv, createDecipheriv, createHash, hkdfSync } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import { expect, it } from 'vitest'
import { Bucket, connectionTo, keyring, wrappingKey } from '../test/clients.ts'
import { S3EncryptionClient } from './s3-encryption-client.ts'

const MiB = 1024 * 1024
const length = 256 * MiB
const bound = 96 * MiB
const chunk = Buffer.alloc(MiB, 0x5a)
const Key = 'k'

const suiteId = Buffer.from([0x00, 0x73])
const iv = Buffer.alloc(12, 1)

/** The key of a committing body, by section 2.1 of the format. */
function derive(dataKey: Buffer, messageId: Buffer, label: string, bytes: number): Buffer {
  return Buffer.from(hkdfSync('sha512', dataKey, messageId, Buffer.concat([suiteId, Buffer.from(label)]), bytes))
}

/** How far memory grows; looked at with every chunk. */
function watchMemory() {
  const before = process.memoryUsage.rss()
  let most = 0
  return {
    look: () => {
      most = Math.max(most, process.memoryUsage.rss() - before)
    },
    most: () => most,
  }
}

async function serving(
  listener: (request: IncomingMessage, response: ServerResponse) => unknown,
  use: (client: S3EncryptionClient) => Promise<void>,
  options = {},
) {
  const server = createServer((request, response) => void listener(request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const client = new S3EncryptionClient({
    ...connectionTo(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
    encryption: { keyring, release: { mode: 'delayed' } },
    ...options,
  })
  try {
    await use(client)
  } finally {
    client.destroy()
    server.close()
  }
}

async function sendLongObject(_: IncomingMessage, response: ServerResponse): Promise<void> {
  const [dataKey, messageId] = [Buffer.alloc(32, 7), Buffer.alloc(28, 9)]
  const wrapping = createCipheriv('aes-256-gcm', wrappingKey, iv)
  wrapping.setAAD(Buffer.from('115'))
  const wrapped = Buffer.concat([iv, wrapping.update(dataKey), wrapping.final(), wrapping.getAuthTag()])
  response.writeHead(200, {
    'content-length': length + 16,
    etag: '"e"',
    'x-amz-meta-x-amz-c': '115',
    'x-amz-meta-x-amz-w': '02',
    'x-amz-meta-x-amz-3': wrapped.toString('base64'),
    'x-amz-meta-x-amz-i': messageId.toString('base64'),
    'x-amz-meta-x-amz-d': derive(dataKey, messageId, 'COMMITKEY', 28).toString('base64'),
  })
  const cipher = createCipheriv('aes-256-gcm', derive(dataKey, messageId, 'DERIVEKEY', 32), iv)
  cipher.setAAD(suiteId)
  for (let sent = 0; sent < length; sent += MiB) {
    if (!response.write(cipher.update(chunk))) await once(response, 'drain')
  }
  cipher.final()
  response.end(cipher.getAuthTag())
}

it.each([
  ['as they are read', 'delayed'],
  ['when they were read before', 'two-pass'],
] as const)('gets 256 MiB, released %s', async (_, mode) => {
  const encryption = { keyring, release: { mode } }
  const getAll = async (client: S3EncryptionClient) => {
    const memory = watchMemory()
    const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }))
    let received = 0
    for await (const bytes of Body as Readable) {
      received += (bytes as Uint8Array).length
      memory.look()
    }
    expect(received).toBe(length)
    expect(memory.most()).toBeLessThan(bound)
  }
  await serving(sendLongObject, getAll, { encryption })
})

function* chunks(look: () => void) {
  for (let sent = 0; sent < length; sent += MiB) {
    look()
    yield chunk
  }
}

it('puts 256 MiB, which OpenSSL opens', async () => {
  let opened = ''
  const receive: RequestListener = (request, response) => {
    const field = (name: string) => Buffer.from(String(request.headers[`x-amz-meta-x-amz-${name}`]), 'base64')
    const wrapped = field('3')
    const unwrapping = createDecipheriv('aes-256-gcm', wrappingKey, wrapped.subarray(0, 12))
    unwrapping.setAAD(Buffer.from('115'))
    unwrapping.setAuthTag(wrapped.subarray(-16))
    const dataKey = Buffer.concat([unwrapping.update(wrapped.subarray(12, -16)), unwrapping.final()])
    expect(derive(dataKey, field('i'), 'COMMITKEY', 28)).toEqual(field('d'))
    const decipher = createDecipheriv('aes-256-gcm', derive(dataKey, field('i'), 'DERIVEKEY', 32), iv)
    decipher.setAAD(suiteId)
    const hash = createHash('sha256')
    let left = length
    const tag: Buffer[] = []
    request.on('data', (bytes: Buffer) => {
      hash.update(decipher.update(bytes.subarray(0, left)))
      if (bytes.length > left) tag.push(bytes.subarray(left))
      left = Math.max(0, left - bytes.length)
    })
    request.on('end', () => {
      decipher.setAuthTag(Buffer.concat(tag))
      decipher.final()
      opened = hash.digest('hex')
      response.end()
    })
  }
  const memory = watchMemory()
  // Without a trailer, so that the body is what arrives.
  await serving(
    receive,
    async (client) => {
      const Body = Readable.from(chunks(memory.look))
      await client.send(new PutObjectCommand({ Bucket, Key, Body, ContentLength: length }))
    },
    { requestChecksumCalculation: 'WHEN_REQUIRED' },
  )
  const expected = createHash('sha256')
  for (let sent = 0; sent < length; sent += MiB) expected.update(chunk)
  expect(opened).toBe(expected.digest('hex'))
  expect(memory.most()).toBeLessThan(bound)
})

it('puts 256 MiB with the checksum that the AWS SDK adds', async () => {
  let received = 0
  const receive: RequestListener = (request, response) => {
    request.on('data', (bytes: Buffer) => {
      received += bytes.length
    })
    request.on('end', () => response.end())
  }
  const memory = watchMemory()
  await serving(receive, async (client) => {
    const Body = Readable.from(chunks(memory.look))
    await client.send(new PutObjectCommand({ Bucket, Key, Body, ContentLength: length }))
  })
  expect(received).toBeGreaterThan(length + 16)
  expect(memory.most()).toBeLessThan(bound)
})
