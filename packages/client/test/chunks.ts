/**
 * Bytes for tests, and the ways in which they arrive and are taken.
 *
 * @module
 */

/** `length` bytes that differ from their neighbours, from frame to frame, and from zero. */
export function pattern(length: number, seed = 1): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length)
  for (let i = 0; i < length; i++) bytes[i] = ((i * 7 + (i >>> 8) * 13 + seed) % 255) | (i % 64 === 0 ? 0x80 : 0x01)
  return bytes
}

/** Copies of the pieces, in turn of these lengths. */
export function* chunksOf(bytes: Uint8Array, ...lengths: readonly number[]): Generator<Uint8Array<ArrayBuffer>, void> {
  for (let offset = 0, i = 0; offset < bytes.length; i++) {
    const length = lengths[i % lengths.length] as number
    yield bytes.slice(offset, offset + length)
    offset += length
  }
}

/** The pieces as an async iterable. */
export async function* slowly(chunks: Iterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) {
    await Promise.resolve()
    yield chunk
  }
}

/** The pieces as a web stream that makes each one when it is asked. (`ReadableStream.from` is not everywhere.) */
export function webStream(chunks: Iterable<Uint8Array>): ReadableStream<Uint8Array> {
  const iterator: Iterator<Uint8Array, unknown> = chunks[Symbol.iterator]()
  return new ReadableStream(
    {
      pull(controller) {
        const step = iterator.next()
        if (step.done) controller.close()
        else controller.enqueue(step.value)
      },
    },
    { highWaterMark: 0 },
  )
}

/** What a stream gave before it ended or failed. */
export interface Taken {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly chunks: readonly Uint8Array[]
  /** Did it end? */
  readonly ended: boolean
  /** What it failed with. */
  readonly error: unknown
}

/** Reads to the end, or to the failure. */
export async function take(stream: ReadableStream<Uint8Array>): Promise<Taken> {
  const chunks: Uint8Array[] = []
  const reader = stream.getReader()
  try {
    for (let read = await reader.read(); !read.done; read = await reader.read()) chunks.push(read.value)
    return { bytes: joined(chunks), chunks, ended: true, error: undefined }
  } catch (error) {
    return { bytes: joined(chunks), chunks, ended: false, error }
  }
}

/** Reads to the end; rejects when there is none. */
export async function readAll(stream: ReadableStream<Uint8Array>): Promise<Uint8Array<ArrayBuffer>> {
  const { bytes, ended, error } = await take(stream)
  if (!ended) throw error
  return bytes
}

/** All bytes, one after the other. */
export function joined(chunks: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0))
  let offset = 0
  for (const chunk of chunks) {
    bytes.set(chunk, offset)
    offset += chunk.length
  }
  return bytes
}

/** Resolves when the condition holds: after each turn of the event loop it is looked at again. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await turn()
}

/** One turn of the event loop. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0))
}

/**
 * Where two arrays differ first; -1 when they are the same. `toEqual` takes seconds for a megabyte, so long arrays are
 * compared like this.
 */
export function firstDifference(a: Uint8Array, b: Uint8Array): number {
  const shorter = Math.min(a.length, b.length)
  for (let i = 0; i < shorter; i++) if (a[i] !== b[i]) return i
  return a.length === b.length ? -1 : shorter
}
