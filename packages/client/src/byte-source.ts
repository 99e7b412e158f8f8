/**
 * Where bytes come from: one shape for everything that callers have.
 *
 * @module
 */

/** What can be encrypted or decrypted as a stream. Node streams are async iterables. */
export type ByteInput =
  | Uint8Array
  | Blob
  | ReadableStream<Uint8Array>
  | AsyncIterable<Uint8Array>
  | Iterable<Uint8Array>

/** Gives chunks until there are no more. */
export interface ByteSource {
  next(): Promise<Uint8Array | undefined>
  /** Nobody will ask again: free what is behind it. Safe at any time, also while `next` waits. */
  close(reason: unknown): void
}

/**
 * A source over what a caller gave.
 *
 * @throws TypeError - a string, a stream that is locked or has been read, or anything else without chunks of bytes
 */
export function byteSource(input: ByteInput): ByteSource {
  if (input instanceof Uint8Array) return sourceOfIterator([input][Symbol.iterator](), undefined)
  if (typeof input === 'string') throw new TypeError('bytes expected, found a string: encode it with TextEncoder')
  if (typeof input !== 'object' || input === null) throw new TypeError(`bytes expected, found ${typeof input}`)
  if (typeof Blob === 'function' && input instanceof Blob) return sourceOfWebStream(input.stream())
  if ('getReader' in input) return sourceOfWebStream(input)
  checkNotSpent(input)
  if (Symbol.asyncIterator in input) return sourceOfIterator(input[Symbol.asyncIterator](), input)
  if (Symbol.iterator in input) return sourceOfIterator(input[Symbol.iterator](), input)
  throw new TypeError('bytes expected: a Uint8Array, a Blob, a stream, or an iterable of Uint8Array')
}

function sourceOfWebStream(stream: ReadableStream<Uint8Array>): ByteSource {
  if (stream.locked) throw new TypeError('the stream is locked: something else reads it already')
  const reader = stream.getReader()
  return {
    async next() {
      const { done, value } = await reader.read()
      return done ? undefined : checkChunk(value)
    },
    close(reason) {
      // A stream that has failed fails again here; its error has been seen.
      reader.cancel(reason).catch(() => {})
    },
  }
}

function sourceOfIterator(
  iterator: Iterator<Uint8Array> | AsyncIterator<Uint8Array>,
  origin: object | undefined,
): ByteSource {
  return {
    async next() {
      const step = await iterator.next()
      return step.done ? undefined : checkChunk(step.value)
    },
    close() {
      try {
        // The iterator of a Node stream would wait for a read that is under way; the stream itself does not.
        if (origin !== undefined && isDestroyable(origin)) origin.destroy()
        else Promise.resolve(iterator.return?.()).catch(() => {})
      } catch {
        // The operation has its outcome already. A generator throws here as well when it aborts while it runs.
      }
    },
  }
}

function isDestroyable(value: object): value is { destroy(): void } {
  return 'destroy' in value && typeof value.destroy === 'function'
}

/** A Node stream that has ended gives no chunks and no error: it would pass for an empty file. */
function checkNotSpent(input: object): void {
  if (
    ('readableEnded' in input && input.readableEnded === true) ||
    ('destroyed' in input && input.destroyed === true)
  ) {
    throw new TypeError('the stream has been read to its end, or destroyed: open a new one')
  }
}

function checkChunk(chunk: unknown): Uint8Array {
  if (chunk instanceof Uint8Array) {
    // Another thread could change shared memory between two looks at it.
    return isShared(chunk) ? new Uint8Array(chunk) : chunk
  }
  throw new TypeError(
    typeof chunk === 'string'
      ? 'the source gives strings, bytes expected: do not set an encoding on the stream'
      : `the source gives chunks of type ${typeof chunk}, Uint8Array expected`,
  )
}

/** Is this a view of memory that other threads can write? */
export function isShared(bytes: Uint8Array): boolean {
  return typeof SharedArrayBuffer === 'function' && bytes.buffer instanceof SharedArrayBuffer
}
