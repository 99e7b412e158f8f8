/**
 * A local KMS behind HTTP, which any AWS SDK can call.
 *
 * It listens to this machine alone, and checks no signature.
 *
 * @module
 */

import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { UnreachableError } from './fault.ts'
import { encodeAnswer, encodeError, parseRequest } from './json-protocol.ts'
import { LocalKmsError } from './kms-error.ts'
import { type LocalKms, type LocalKmsOptions, localKms } from './local-kms.ts'

/** Where to listen, and what to serve. */
export interface LocalKmsServerOptions extends LocalKmsOptions {
  /** Default: 0, one that is free. */
  readonly port?: number
  /** An address of this machine that no other can reach. Default: 127.0.0.1. */
  readonly host?: '127.0.0.1' | '::1' | 'localhost'
  /** What to serve, in place of a new one; the options of a new one are not looked at then. */
  readonly kms?: LocalKms
}

/** A local KMS that listens. */
export interface LocalKmsServer {
  /** `http://127.0.0.1:PORT`: the endpoint to give to an AWS SDK. */
  readonly endpoint: string
  readonly port: number
  /** What it serves: to make keys, and to make calls go wrong. */
  readonly kms: LocalKms
  /** Stops listening and drops every connection. */
  close(): Promise<void>
}

const loopback: readonly string[] = ['127.0.0.1', '::1', 'localhost']

/**
 * Start a KMS that any AWS SDK can call at `endpoint`, with any credentials.
 *
 * @throws TypeError - a host that others can reach
 * @throws Error - the port is taken
 */
export async function startLocalKms(options: LocalKmsServerOptions = {}): Promise<LocalKmsServer> {
  const { port = 0, host = '127.0.0.1' } = options
  if (!loopback.includes(host)) {
    throw new TypeError(`a local KMS listens to its own machine: host must be one of ${loopback.join(', ')}`)
  }
  const kms = options.kms ?? localKms(options)
  const server = createServer((request, response) => {
    // Nobody waits for it: what fails is told to the caller, or the connection is gone.
    void answer(kms, request, response)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, resolve)
  })
  const address = server.address() as { readonly port: number }
  return {
    endpoint: `http://${host === '::1' ? '[::1]' : host}:${address.port}`,
    port: address.port,
    kms,
    close() {
      return new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      })
    },
  }
}

async function answer(kms: LocalKms, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const gone = new AbortController()
  const { signal: abortSignal } = gone
  response.once('close', () => gone.abort())
  try {
    const body = await readBody(request)
    checkRequest(request)
    const call = parseRequest(request.headers, body)
    send(response, 200, encodeAnswer(await kms.call(call, { abortSignal })))
  } catch (error) {
    if (abortSignal.aborted || error instanceof UnreachableError) {
      response.destroy()
      return
    }
    const refusal = error instanceof LocalKmsError ? error : new LocalKmsError('KMSInternalException', describe(error))
    send(response, refusal.$metadata.httpStatusCode, encodeError(refusal.name, refusal.message))
  }
}

/** A page in a browser may have found a name that leads to this machine: it may not use the keys. */
function checkRequest({ method, url, headers }: IncomingMessage): void {
  const host = /^(\[[\da-f:]+\]|[^:]*)(?::\d+)?$/.exec(headers.host ?? '')?.[1]?.replace(/^\[|\]$/g, '')
  if (host === undefined || !loopback.includes(host)) {
    throw new LocalKmsError('AccessDeniedException', `the host ${JSON.stringify(headers.host)} is not this machine`)
  }
  if (method !== 'POST' || url !== '/') {
    throw new LocalKmsError('UnknownOperationException', 'a request is a POST to /, with X-Amz-Target')
  }
}

/** More than the longest request of AWS KMS, and little enough to hold. */
const longestBody = 1024 * 1024

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Uint8Array[] = []
  let length = 0
  // A request that is too long still gets its answer.
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>) {
    length += chunk.length
    if (length > longestBody) {
      throw new LocalKmsError('RequestEntityTooLargeException', `a request has at most ${longestBody} bytes`)
    }
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function send(response: ServerResponse, status: number, body: string): void {
  const bytes = Buffer.from(body)
  response.writeHead(status, {
    'Content-Type': 'application/x-amz-json-1.1',
    'Content-Length': bytes.length,
    'X-Amzn-RequestId': randomUUID(),
  })
  response.end(bytes)
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : 'no error was thrown, but something else'
}
