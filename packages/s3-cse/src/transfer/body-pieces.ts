/**
 * A body in pieces of one length, of which the last may be shorter.
 *
 * @module
 */

import { fileLengthOf } from '#node-stream'
import { bodyChunksOf, type Chunks, type StreamChunks } from '../chunks.ts'
import { BodyLengthError } from '../errors.ts'
import { BufferPool } from './buffer-pool.ts'

export interface Piece {
  /** From 1 on. */
  readonly number: number
  readonly bytes: Uint8Array
  /** Memory for the bytes and what is added to them, which may be where the bytes are. */
  readonly room: Uint8Array<ArrayBuffer>
  readonly last: boolean
  /** Neither the bytes nor the room are needed any more: other pieces use their memory. */
  release(): void
}

export interface BodyPieces {
  /** Bytes of the body, where they are known. */
  readonly length: number | undefined
  /**
   * At least one; only the last one of an empty body has no bytes.
   *
   * @param added - bytes of room behind those of a piece
   * @throws BodyLengthError - the body has another length than was announced
   */
  pieces(pieceLength: number, added: number): AsyncGenerator<Piece>
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
  async function* pieces(pieceLength: number, added: number): AsyncGenerator<Piece> {
    const pool = new BufferPool(Math.min(size, pieceLength) + added)
    for (let first = 0, number = 1; first === 0 || first < size; first += pieceLength, number++) {
      const end = Math.min(size, first + pieceLength)
      const room = pool.take()
      yield { number, bytes: await read(first, end), room, last: end === size, release: () => pool.give(room) }
    }
  }
  return { length: size, pieces, close: () => {} }
}

function piecesOfStream(chunks: StreamChunks, length: number | undefined): BodyPieces {
  return {
    length,
    pieces: (pieceLength, added) => gathered(announced(chunks, length), pieceLength, added),
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

async function* gathered(chunks: Chunks, pieceLength: number, added: number): AsyncGenerator<Piece> {
  const pool = new BufferPool(pieceLength + added)
  let room = pool.take()
  let filled = 0
  let number = 1
  const piece = (last: boolean): Piece => {
    const full = room
    return { number: number++, bytes: full.subarray(0, filled), room: full, last, release: () => pool.give(full) }
  }
  for await (const chunk of chunks) {
    for (let rest = chunk; rest.length > 0; ) {
      // Only when more comes: a full piece may be the last one.
      if (filled === pieceLength) {
        yield piece(false)
        room = pool.take()
        filled = 0
      }
      const taken = rest.subarray(0, pieceLength - filled)
      room.set(taken, filled)
      filled += taken.length
      rest = rest.subarray(taken.length)
    }
  }
  yield piece(true)
}
