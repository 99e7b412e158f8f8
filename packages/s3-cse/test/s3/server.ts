/**
 * The front of a {@link MemoryS3} over HTTP, for Node.
 *
 * @module
 */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { MemoryS3 } from '../memory-s3.ts'
import type { S3Request } from './answer.ts'

export interface S3Server {
  readonly endpoint: string
  /** Connections that are open now. */
  connections(): Promise<number>
  close(): Promise<void>
}

export async function serveS3(s3: MemoryS3): Promise<S3Server> {
  const server = createServer((request, response) => {
    answerTo(s3, request, response).catch((error: unknown) => response.destroy(error as Error))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    endpoint: `http://127.0.0.1:${port}`,
    connections: () => connectionsOf(server),
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function connectionsOf(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.getConnections((error, count) => (error === null ? resolve(count) : reject(error)))
  })
}

async function answerTo(s3: MemoryS3, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { status, headers, body, cutAfter, stallAfter } = await s3.handle(await readRequest(request))
  response.writeHead(status, headers)
  if (cutAfter === undefined && stallAfter === undefined) {
    response.end(request.method === 'HEAD' ? undefined : body)
    return
  }
  // The headers go with the first bytes, and never without.
  response.flushHeaders()
  await new Promise((resolve) => response.write(body.subarray(0, cutAfter ?? stallAfter), resolve))
  if (cutAfter !== undefined) response.destroy()
}

async function readRequest(request: IncomingMessage): Promise<S3Request> {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost')
  const [, bucket = '', key = ''] = /^\/([^/]*)\/?(.*)$/s.exec(pathname) ?? []
  const chunks: Uint8Array[] = []
  for await (const chunk of request) chunks.push(chunk as Uint8Array)
  const headers = Object.entries(request.headers).map(([name, value]) => [name, String(value)])
  return {
    method: request.method ?? 'GET',
    bucket: decodeURIComponent(bucket),
    key: decodeURIComponent(key),
    query: Object.fromEntries(searchParams),
    headers: Object.fromEntries(headers) as Record<string, string>,
    body: new Uint8Array(Buffer.concat(chunks)),
  }
}
