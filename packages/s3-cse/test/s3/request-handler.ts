/**
 * The front of a {@link MemoryS3} for the AWS SDK, without a network: in Node and in browsers.
 *
 * @module
 */

import type { MemoryS3 } from '../memory-s3.ts'
import type { S3Answer, S3Request } from './answer.ts'

/** What the AWS SDK hands to a request handler. */
interface SdkRequest {
  readonly method: string
  readonly path: string
  readonly query?: Readonly<Record<string, string | readonly string[] | null>>
  readonly headers: Readonly<Record<string, string>>
  readonly body?: unknown
}

/** Chunks of bodies, small enough that blocks and tags fall across them. */
const chunkLength = 10_007

/** For `new S3Client({ requestHandler })`. Bodies of answers are streams of the web, as `fetch` gives them. */
export function requestHandler(s3: MemoryS3) {
  return {
    metadata: { handlerProtocol: 'memory' },
    async handle(request: SdkRequest, { abortSignal }: { readonly abortSignal?: AbortSignal } = {}) {
      if (abortSignal?.aborted) throw abortError()
      const work = collectBody(request.body).then((body) => s3.handle({ ...partsOf(request), body }))
      const given = await unlessAborted(work, abortSignal)
      return {
        response: {
          statusCode: given.status,
          reason: '',
          headers: { ...given.headers },
          body: bodyStream(given, abortSignal),
        },
      }
    },
  }
}

function partsOf({ method, path, query = {}, headers }: SdkRequest): Omit<S3Request, 'body'> {
  const [, bucket = '', key = ''] = /^\/([^/]*)\/?(.*)$/s.exec(path) ?? []
  for (const [name, value] of Object.entries(headers)) {
    if (/[^\t\x20-\x7e\x80-\xff]/.test(value)) throw new TypeError(`Invalid character in header content ["${name}"]`)
  }
  return {
    method,
    bucket: decodeURIComponent(bucket),
    key: decodeURIComponent(key),
    query: Object.fromEntries(Object.entries(query).map(([name, value]) => [name, String(value ?? '')])),
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])),
  }
}

async function collectBody(body: unknown): Promise<Uint8Array> {
  if (body === undefined || body === null) return new Uint8Array(0)
  if (typeof body === 'string') return new TextEncoder().encode(body)
  if (body instanceof Uint8Array) return new Uint8Array(body)
  if (body instanceof Blob) return new Uint8Array(await body.arrayBuffer())
  const parts: Uint8Array[] = []
  for await (const chunk of body as AsyncIterable<Uint8Array | string>) {
    parts.push(typeof chunk === 'string' ? new TextEncoder().encode(chunk) : new Uint8Array(chunk))
  }
  return new Uint8Array(await new Blob(parts as BlobPart[]).arrayBuffer())
}

function bodyStream({ body, cutAfter, stallAfter }: S3Answer, signal: AbortSignal | undefined) {
  const end = cutAfter ?? stallAfter ?? body.length
  let at = 0
  let forget = () => {}
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        forget = whenAborted(signal, () => controller.error(abortError()))
      },
      pull(controller) {
        if (at < end) {
          controller.enqueue(body.slice(at, Math.min(end, at + chunkLength)))
          at += chunkLength
          return undefined
        }
        if (stallAfter !== undefined) return new Promise<void>(() => {})
        forget()
        if (cutAfter !== undefined) throw new TypeError('network error')
        controller.close()
        return undefined
      },
      cancel: () => forget(),
    },
    { highWaterMark: 0 },
  )
}

async function unlessAborted<Value>(work: Promise<Value>, signal: AbortSignal | undefined): Promise<Value> {
  let forget = () => {}
  const aborted = new Promise<never>((_, reject) => {
    forget = whenAborted(signal, () => reject(abortError()))
  })
  return Promise.race([work, aborted]).finally(forget)
}

/** What it returns forgets the callback: a signal that many requests share would keep one of each. */
function whenAborted(signal: AbortSignal | undefined, abort: () => void): () => void {
  signal?.addEventListener('abort', abort, { once: true })
  return () => signal?.removeEventListener('abort', abort)
}

function abortError(): Error {
  return Object.assign(new Error('Request aborted'), { name: 'AbortError' })
}
