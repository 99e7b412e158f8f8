/**
 * Bytes as they come: from what callers give for a body, and from the bodies that S3 answers with.
 *
 * @module
 */

import { beginReading, fileLengthOf } from '#node-stream'

/** Bytes in pieces of any length. */
export type Chunks = AsyncIterable<Uint8Array>

/** The chunks of a stream. */
export interface StreamChunks extends Chunks {
  /** Nobody wants the rest: frees what is behind the stream, even while a chunk is waited for. */
  close(): void
}

/** A body: bytes that are there, or chunks of them; `length` in bytes, where it is known. */
export type Source =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array; readonly length: number }
  | { readonly kind: 'chunks'; readonly chunks: StreamChunks; readonly length: number | undefined }

/**
 * What the AWS SDK takes for a body, as bytes or chunks. Blobs are read into memory; of files, the length is known.
 *
 * @throws TypeError - a body of another kind, or a stream that is in use or has been read
 */
export async function sourceOf(body: unknown, contentLength?: number): Promise<Source> {
  if (body === undefined || body === null) return sourceOfBytes(new Uint8Array(0), contentLength)
  if (typeof body === 'string') return sourceOfBytes(new TextEncoder().encode(body), contentLength)
  if (ArrayBuffer.isView(body)) {
    // A copy: the caller may write to its memory while the request is under way, or tried again.
    const view = new Uint8Array(body.buffer, body.byteOffset, body.byteLength)
    return sourceOfBytes(new Uint8Array(view), contentLength)
  }
  if (body instanceof ArrayBuffer) return sourceOfBytes(new Uint8Array(body.slice(0)), contentLength)
  if (typeof Blob === 'function' && body instanceof Blob) {
    return sourceOfBytes(new Uint8Array(await body.arrayBuffer()), contentLength)
  }
  return { kind: 'chunks', chunks: bodyChunksOf(body), length: contentLength ?? fileLengthOf(body) }
}

function sourceOfBytes(bytes: Uint8Array, contentLength: number | undefined): Source {
  if (contentLength !== undefined && contentLength !== bytes.length) {
    throw new TypeError(`ContentLength is ${contentLength}, and the body has ${bytes.length} bytes`)
  }
  return { kind: 'bytes', bytes, length: bytes.length }
}

/** Begins to read a stream; gives what came at once, or `null`. */
type Begin = (stream: unknown) => unknown

/** The chunks of a stream that a caller gives for a body: longer ones, where it can be asked for them. */
export function bodyChunksOf(stream: unknown): StreamChunks {
  return chunksOf(stream, beginReading)
}

/**
 * The chunks of a stream; they can be read once. Leaving the loop early closes the stream.
 *
 * @throws TypeError - no stream of bytes, one that is in use, or one that has been read
 */
export function chunksOf(stream: unknown, begin?: Begin): StreamChunks {
  if (typeof stream === 'object' && stream !== null) {
    checkUnread(stream)
    if (typeof Blob === 'function' && stream instanceof Blob) return chunksOfWebStream(stream.stream())
    if (isWebStream(stream)) return chunksOfWebStream(stream)
    if (Symbol.asyncIterator in stream || Symbol.iterator in stream) return chunksOfIterable(stream as Chunks, begin)
  }
  throw new TypeError(
    'a body is a string, a Uint8Array, a Blob, a stream or an iterable of Uint8Array: this one is none of them',
  )
}

function isWebStream(stream: object): stream is ReadableStream<Uint8Array> {
  return 'getReader' in stream && typeof stream.getReader === 'function'
}

/** A stream that was read, or ended early, gives nothing: it would pass for an empty body. */
function checkUnread(stream: object): void {
  const { readableEnded, destroyed, locked } = stream as {
    readonly readableEnded?: unknown
    readonly destroyed?: unknown
    readonly locked?: unknown
  }
  if (readableEnded === true || destroyed === true) {
    throw new TypeError('the stream has been read to its end, or destroyed: open a new one')
  }
  if (locked === true) throw new TypeError('the stream is locked: something else reads it already')
}

/** Streams of Node are iterables with more to them. */
interface NodeLike {
  on?(event: 'error', listener: () => void): unknown
  destroy?(): unknown
}

function chunksOfIterable(
  iterable: (Iterable<unknown> | AsyncIterable<unknown>) & NodeLike,
  begin: Begin | undefined,
): StreamChunks {
  // It may fail before it is read, which is told then: an error that nobody listens for ends the process.
  iterable.on?.('error', () => {})
  async function* read(): AsyncGenerator<Uint8Array> {
    const first = begin?.(iterable) ?? null
    if (first !== null) yield checkChunk(first)
    for await (const chunk of iterable) yield checkChunk(chunk)
  }
  return { [Symbol.asyncIterator]: read, close: () => iterable.destroy?.() }
}

function chunksOfWebStream(stream: ReadableStream<unknown>): StreamChunks {
  let reader: ReadableStreamDefaultReader<unknown> | undefined
  const close = () => {
    ;(reader ?? stream).cancel().catch(() => {})
  }
  async function* read(): AsyncGenerator<Uint8Array> {
    reader = stream.getReader()
    let ended = false
    try {
      for (;;) {
        const { done, value } = await reader.read()
        if (done) {
          ended = true
          return
        }
        yield checkChunk(value)
      }
    } finally {
      if (!ended) close()
    }
  }
  return { [Symbol.asyncIterator]: read, close }
}

function checkChunk(chunk: unknown): Uint8Array {
  if (chunk instanceof Uint8Array) return chunk
  if (typeof chunk === 'string') {
    throw new TypeError('the stream gives strings, bytes expected: do not set an encoding on it')
  }
  throw new TypeError(`the stream gives chunks of type ${typeof chunk}, Uint8Array expected`)
}

/** The same bytes, in chunks of which only the last may be shorter than `least`. */
export async function* atLeast(least: number, chunks: Chunks): AsyncGenerator<Uint8Array> {
  let held: Uint8Array[] = []
  let length = 0
  for await (const chunk of chunks) {
    held.push(chunk)
    length += chunk.length
    if (length < least) continue
    yield held.length === 1 ? chunk : join(held)
    held = []
    length = 0
  }
  if (length > 0) yield join(held)
}

/** The same bytes in pieces of `length`, in memory of their own; the last may be shorter. */
export async function* inPieces(length: number, chunks: Chunks): AsyncGenerator<Uint8Array> {
  let held: Uint8Array[] = []
  let heldLength = 0
  for await (const chunk of chunks) {
    let rest = chunk
    while (heldLength + rest.length >= length) {
      const end = length - heldLength
      yield join([...held, rest.subarray(0, end)])
      rest = rest.subarray(end)
      held = []
      heldLength = 0
    }
    if (rest.length > 0) held.push(rest)
    heldLength += rest.length
  }
  if (heldLength > 0) yield join(held)
}

/** All bytes in memory of their own. The chunks are zeroed, where `zeroing` is set. */
export function join(parts: readonly Uint8Array[], zeroing = false): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let offset = 0
  for (const part of parts) {
    joined.set(part, offset)
    offset += part.length
    if (zeroing) part.fill(0)
  }
  return joined
}

/**
 * All bytes of a body that has at most `limit`; `undefined` when it has more, of which no more are read.
 */
export async function collect(chunks: Chunks, limit: number): Promise<Uint8Array | undefined> {
  const parts: Uint8Array[] = []
  let length = 0
  for await (const chunk of chunks) {
    length += chunk.length
    if (length > limit) return undefined
    parts.push(chunk)
  }
  return join(parts)
}

/** All bytes of a body. */
export async function collectAll(chunks: Chunks): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array[] = []
  for await (const chunk of chunks) parts.push(chunk)
  return join(parts)
}

/** Bytes as the one chunk of a body. */
export async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  if (bytes.length > 0) yield bytes
}

/** Nobody reads this body: frees what is behind it. */
export function discard(body: unknown): void {
  if (body !== undefined) chunksOf(body).close()
}
