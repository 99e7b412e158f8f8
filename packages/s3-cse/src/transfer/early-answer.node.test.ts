/** A server that answers to a part before it has read all of it: what it reads later is still sent from memory. */

import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, it } from 'vitest'
import { Bucket, connectionTo, keyring } from '../../test/clients.ts'
import { MiB } from '../../test/transfers.ts'
import { S3EncryptionClient } from '../s3-encryption-client.ts'
import { EncryptedUpload } from './encrypted-upload.ts'

/** More than connections on one machine hold. */
const partSize = 20 * MiB
const secret = 'the plaintext of the second part '
const xml = '<Result><UploadId>u</UploadId><ETag>"e"</ETag></Result>'

it.each([200, 503])('gets ciphertext alone when it answers %i early', async (status) => {
  let held: IncomingMessage | undefined
  const server = createServer((request, response) => {
    const isFirst = held === undefined && request.url?.includes('partNumber=1&') === true
    if (!isFirst) {
      request
        .resume()
        .on('end', () => response.writeHead(200, { etag: '"e"' }).end(request.method === 'PUT' ? '' : xml))
      return
    }
    held = request
    request.once('data', () => {
      request.pause()
      // Past the server of Node, which closes the connection after such an answer.
      request.socket.write(`HTTP/1.1 ${status} Early\r\nETag: "e"\r\nContent-Length: 0\r\n\r\n`)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const client = new S3EncryptionClient({
    ...connectionTo(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
    encryption: { keyring },
  })
  const late: Uint8Array[] = []
  async function* body() {
    yield Buffer.alloc(partSize)
    yield Buffer.alloc(partSize - 1, secret)
    // The second part waits for its last byte, and the server reads the rest of the first one.
    held?.on('data', (chunk: Uint8Array) => late.push(chunk)).resume()
    await once(held as IncomingMessage, 'end')
    yield Buffer.alloc(MiB)
  }
  try {
    const params = { Bucket, Key: 'k', Body: body() }
    await new EncryptedUpload({ client, partSize, queueSize: 1, params }).done()
    const read = Buffer.concat(late)
    expect(read.length).toBeGreaterThan(MiB)
    expect(read.indexOf(secret)).toBe(-1)
  } finally {
    client.destroy()
    server.closeAllConnections()
    server.close()
  }
})
