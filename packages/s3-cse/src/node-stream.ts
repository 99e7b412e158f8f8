/** Streams of `node:stream`, which the AWS SDK takes and gives on Node. Chosen by the `#node-stream` import. */

import { ReadStream, statSync } from 'node:fs'
import { Readable } from 'node:stream'

/** What is used of a stream of Node beyond its chunks. */
export interface NodeStream extends AsyncIterable<Uint8Array> {
  pipe: unknown
  destroy(error?: Error): unknown
}

/** A stream to send, that begins to read when its request is ready. */
export interface SendingStream extends NodeStream {
  startWith(requestBody: unknown): void
}

/** A stream of Node over chunks. Whatever ends it calls `close` at once. */
export const nodeStreamOf: ((chunks: AsyncGenerator<Uint8Array>, close: () => void) => NodeStream) | undefined = (
  chunks,
  close,
) => new ChunkStream(chunks, close)

export const sendingStreamOf: ((chunks: AsyncGenerator<Uint8Array>) => SendingStream) | undefined = (chunks) =>
  new SendingChunkStream(chunks)

/** Like `Readable.from`, which waits for the next chunk before it lets itself be destroyed. */
class ChunkStream extends Readable {
  readonly #chunks: AsyncGenerator<Uint8Array>
  readonly #close: () => void

  constructor(chunks: AsyncGenerator<Uint8Array>, close: () => void) {
    super({ highWaterMark: 65536 })
    this.#chunks = chunks
    this.#close = close
  }

  override _read(): void {
    this.#chunks.next().then(
      ({ done, value }) => this.push(done ? null : value),
      (error: Error) => this.destroy(error),
    )
  }

  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    this.#close()
    this.#chunks.return(undefined).catch(() => {})
    callback(error)
  }
}

/**
 * The AWS SDK pipes a body into its request: when the body fails, the request would stay open, and the error would be
 * nobody's. So nothing is read before the request is ready, which is ended then together with its body.
 */
class SendingChunkStream extends ChunkStream {
  #started = false
  #wanted = false

  constructor(chunks: AsyncGenerator<Uint8Array>) {
    super(chunks, () => {})
  }

  override _read(): void {
    this.#wanted = true
    if (this.#started) super._read()
  }

  /** @param requestBody - this stream, or the one that the AWS SDK has made of it */
  startWith(requestBody: unknown): void {
    if (requestBody instanceof Readable) endRequestWith(requestBody)
    this.#started = true
    if (this.#wanted) super._read()
  }
}

function endRequestWith(body: Readable): void {
  const pipe = body.pipe.bind(body)
  body.pipe = (request, options) => {
    body.once('error', (error) => (request as { destroy?(error: Error): unknown }).destroy?.(error))
    return pipe(request, options)
  }
}

export function webStreamOfNode(stream: NodeStream): ReadableStream<Uint8Array> {
  return Readable.toWeb(stream as Readable) as ReadableStream<Uint8Array>
}

/** The encodings that a `Buffer` has, as streams of Node in the AWS SDK do; `undefined` for others. */
export function bufferDecoderOf(encoding = 'utf-8'): ((bytes: Uint8Array) => string) | undefined {
  if (!Buffer.isEncoding(encoding)) return undefined
  return ({ buffer, byteOffset, length }) => Buffer.from(buffer, byteOffset, length).toString(encoding)
}

/**
 * Bytes that a stream over a file will give; `undefined` for other streams.
 *
 * @throws Error - of the file system, such as `ENOENT`
 */
export function fileLengthOf(stream: unknown): number | undefined {
  if (!(stream instanceof ReadStream) || typeof stream.path !== 'string') return undefined
  const { start = 0, end = Number.POSITIVE_INFINITY } = stream as { readonly start?: number; readonly end?: number }
  const stats = statSync(stream.path)
  return stats.isFile() ? Math.max(0, Math.min(stats.size, end + 1) - start) : undefined
}

/** Bytes that a stream of Node is asked for at a time. */
const readLength = 256 * 1024

/**
 * Has a stream of Node give longer chunks than the 64 KiB of a file, as each of them costs a read, a call of the cipher
 * and a write. What comes at once is given back; `null` is nothing yet.
 */
export function beginReading(stream: unknown): unknown {
  if (!(stream instanceof Readable) || stream.readableObjectMode || stream.readableEnded) return null
  return stream.readableHighWaterMark < readLength ? stream.read(readLength) : null
}
