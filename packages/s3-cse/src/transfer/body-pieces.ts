/**
 * A body in pieces, which make parts of one length; the last part may be shorter.
 *
 * @module
 */

import { fileLengthOf } from '#node-stream'
import { bodyChunksOf, type Chunks, type StreamChunks } from '../chunks.ts'
import { BodyLengthError } from '../errors.ts'

export interface Piece {
  /** Within the body. */
  readonly offset: number
  /** Until the next piece is asked for, which may be put where they are. */
  readonly bytes: Uint8Array
  /** Memory that begins with the bytes, for the part that they begin: nobody else needs it. */
  readonly room?: Uint8Array<ArrayBuffer>
  readonly last: boolean
}

export interface BodyPieces {
  /** Bytes of the body, where they are known. */
  readonly length: number | undefined
  /**
   * At least one; only the last one of an empty body has no bytes. The first one is a whole part, and none is of two.
   *
   * @param added - bytes of room behind those of a part
   * @throws BodyLengthError - the body has another length than was announced
   */
  pieces(partLength: number, added: number): AsyncGenerator<Piece>
  /** Nobody wants the rest: frees what is behind it. */
  close(): void
}

/**
 * What the AWS SDK takes for a body. Bytes and Blobs are read piece by piece, and must not change meanwhile.
 *
 * @throws TypeError - a body of another kind, a stream that is in use or has been read, or another length than announced
 */
export function piecesOf(body: unknown, contentLength?: number): BodyPieces {
  const whole = wholeOf(body)
  if (whole === undefined) return piecesOfStream(bodyChunksOf(body), contentLength ?? fileLengthOf(body))
  if (contentLength !== undefined && contentLength !== whole.size) {
    throw new TypeError(`ContentLength is ${contentLength}, and the body has ${whole.size} bytes`)
  }
  return piecesOfWhole(whole)
}

/** Bytes that can be read from anywhere. */
interface Whole {
  readonly size: number
  read(first: number, end: number): Uint8Array | Promise<Uint8Array>
}

function wholeOf(body: unknown): Whole | undefined {
  if (body === undefined || body === null) return wholeOfBytes(new Uint8Array(0))
  if (typeof body === 'string') return wholeOfBytes(new TextEncoder().encode(body))
  if (ArrayBuffer.isView(body)) return wholeOfBytes(new Uint8Array(body.buffer, body.byteOffset, body.byteLength))
  if (body instanceof ArrayBuffer) return wholeOfBytes(new Uint8Array(body))
  if (typeof Blob !== 'function' || !(body instanceof Blob)) return undefined
  return {
    size: body.size,
    read: async (first, end) => new Uint8Array(await body.slice(first, end).arrayBuffer()),
  }
}

function wholeOfBytes(bytes: Uint8Array): Whole {
  return { size: bytes.length, read: (first, end) => bytes.subarray(first, end) }
}

function piecesOfWhole({ size, read }: Whole): BodyPieces {
  async function* pieces(partLength: number): AsyncGenerator<Piece> {
    for (let offset = 0; offset === 0 || offset < size; offset += partLength) {
      const end = Math.min(size, offset + partLength)
      yield { offset, bytes: await read(offset, end), last: end === size }
    }
  }
  return { length: size, pieces, close: () => {} }
}

function piecesOfStream(chunks: StreamChunks, length: number | undefined): BodyPieces {
  return {
    length,
    pieces: (partLength, added) => gathered(announced(chunks, length), partLength, added),
    close: () => chunks.close(),
  }
}

/** @throws BodyLengthError - another length than was announced */
async function* announced(chunks: StreamChunks, expected: number | undefined): AsyncGenerator<Uint8Array> {
  let length = 0
  for await (const chunk of chunks) {
    length += chunk.length
    if (expected !== undefined && length > expected) throw new BodyLengthError(expected, length)
    yield chunk
  }
  if (expected !== undefined && length < expected) throw new BodyLengthError(expected, length)
}

/** Bytes that are gathered before they go elsewhere. */
const sliceLength = 1024 * 1024

/** The first part may be all there is, which is seen when it is there as a whole. Of the others, no more is held. */
async function* gathered(chunks: Chunks, partLength: number, added: number): AsyncGenerator<Piece> {
  const room = new Uint8Array(partLength + added)
  const slice = new Uint8Array(Math.min(sliceLength, partLength))
  let target = room.subarray(0, partLength)
  let [offset, filled] = [0, 0]
  const piece = (last: boolean): Piece => ({
    offset,
    bytes: target.subarray(0, filled),
    ...(offset === 0 && { room }),
    last,
  })
  for await (const chunk of chunks) {
    for (let rest = chunk; rest.length > 0; ) {
      // Only when more comes: a full piece may be the last one.
      if (filled === target.length) {
        yield piece(false)
        offset += filled
        target = slice.subarray(0, partLength - (offset % partLength))
        filled = 0
      }
      const taken = rest.subarray(0, target.length - filled)
      target.set(taken, filled)
      filled += taken.length
      rest = rest.subarray(taken.length)
    }
  }
  yield piece(true)
}
