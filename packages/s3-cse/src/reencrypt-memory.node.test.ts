/** Re-encrypting a long object takes no more memory than a short one. OpenSSL seals what is read. */

import { type CipherGCM, createCipheriv } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, it } from 'vitest'
import { Bucket, connectionTo, keyring, wrappingKey } from '../test/clients.ts'
import { ReencryptObjectCommand } from './reencrypt-object-command.ts'
import { S3EncryptionClient } from './s3-encryption-client.ts'

const MiB = 1024 * 1024
const length = 256 * MiB
const bound = 150 * MiB
const dataKey = Buffer.alloc(32, 7)
const iv = Buffer.alloc(12, 1)

/** The bodies that old clients wrote: with a tag, so that the length is known, and with padding. */
const bodies = {
  'AES/GCM/NoPadding': {
    cipher: () => createCipheriv('aes-256-gcm', dataKey, iv),
    iv,
    tagLength: { 'x-amz-tag-len': '128' },
  },
  'AES/CBC/PKCS5Padding': {
    cipher: () => createCipheriv('aes-256-cbc', dataKey, Buffer.alloc(16, 1)),
    iv: Buffer.alloc(16, 1),
    tagLength: {},
  },
} as const

type Algorithm = keyof typeof bodies

function headersOf(algorithm: Algorithm): Record<string, string | number> {
  const wrapping = createCipheriv('id-aes256-wrap', wrappingKey, Buffer.alloc(8, 0xa6))
  const pairs = {
    'x-amz-key-v2': Buffer.concat([wrapping.update(dataKey), wrapping.final()]).toString('base64'),
    'x-amz-iv': bodies[algorithm].iv.toString('base64'),
    'x-amz-matdesc': '{}',
    'x-amz-wrap-alg': 'AESWrap',
    'x-amz-cek-alg': algorithm,
    ...bodies[algorithm].tagLength,
  }
  const headers: Record<string, string | number> = { 'content-length': length + 16, etag: '"old"' }
  for (const [name, value] of Object.entries(pairs)) headers[`x-amz-meta-${name}`] = value
  return headers
}

async function sendObject(algorithm: Algorithm, response: ServerResponse): Promise<void> {
  const cipher = bodies[algorithm].cipher()
  const chunk = Buffer.alloc(MiB, 0x5a)
  response.writeHead(200, headersOf(algorithm))
  for (let sent = 0; sent < length; sent += MiB) {
    if (!response.write(cipher.update(chunk))) await once(response, 'drain')
  }
  const rest = cipher.final()
  response.end(algorithm === 'AES/GCM/NoPadding' ? (cipher as CipherGCM).getAuthTag() : rest)
}

/** An S3 that keeps nothing: the lengths of what it is given, and the most memory that it saw in use. */
async function withServer(algorithm: Algorithm, use: (client: S3EncryptionClient) => Promise<unknown>) {
  const before = process.memoryUsage.rss()
  const seen = { lengths: [] as number[], memory: 0 }
  const server = createServer((request, response) => {
    answer(request, response).catch((error: Error) => response.destroy(error))
  })
  async function answer(request: IncomingMessage, response: ServerResponse) {
    if (request.method === 'GET') return sendObject(algorithm, response)
    request.on('data', () => {
      seen.memory = Math.max(seen.memory, process.memoryUsage.rss() - before)
    })
    await once(request, 'end')
    if (request.method === 'PUT') {
      seen.lengths.push(Number(request.headers['x-amz-decoded-content-length'] ?? request.headers['content-length']))
      response.setHeader('etag', '"new"').setHeader('x-amz-checksum-crc32', 'AAAAAA==').end()
    } else {
      const name = request.url?.includes('uploads') ? 'InitiateMultipartUpload' : 'CompleteMultipartUpload'
      response.end(`<${name}Result><UploadId>u</UploadId><ETag>"new"</ETag></${name}Result>`)
    }
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const client = new S3EncryptionClient({
    ...connectionTo(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
    encryption: {
      keyring,
      commitmentPolicy: 'require-encrypt-allow-decrypt',
      enableLegacyWrappingAlgorithms: true,
      enableLegacyUnauthenticatedModes: true,
    },
  })
  try {
    await use(client)
  } finally {
    client.destroy()
    server.close()
  }
  return seen
}

it.each([
  ['AES/GCM/NoPadding', [length + 16]],
  ['AES/CBC/PKCS5Padding', [...Array<number>(16).fill(16 * MiB), 16]],
] as const)('256 MiB of %s', async (algorithm, lengths) => {
  const { lengths: sent, memory } = await withServer(algorithm, async (client) => {
    const answer = await client.send(new ReencryptObjectCommand({ Bucket, Key: 'k' }))
    expect(answer).toMatchObject({ ETag: '"new"', ClientSideEncryption: { format: 'V3' } })
  })
  expect(sent).toEqual(lengths)
  expect(memory).toBeLessThan(bound)
})
