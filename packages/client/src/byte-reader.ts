/**
 * Bytes of a source, in the lengths that are wanted.
 *
 * A chunk is used where it lies, as far as it goes. What is left of it is copied before the next chunk is asked for, so
 * that a source may use its memory again; and no more is ever held than was received, whatever a message claims.
 *
 * @module
 */

import { type Awaitable, andThen } from '@esdk/crypto-backend'
import { type Decoded, type Decoder, LimitError, truncated } from '@esdk/serialize'
import type { ByteSource } from './byte-source.ts'

const nothing = new Uint8Array(0)
const nowhere: ByteSource = { next: async () => undefined, close() {} }

/** Chunks up to this length are joined whole; of longer ones, only what completes the piece that is wanted. */
const joinedWhole = 128 * 1024

export class ByteReader {
  readonly #source: ByteSource
  /** Bytes of our own that come first, from `#carryStart` to `#carryEnd`. */
  #carry: Uint8Array = nothing
  #carryStart = 0
  #carryEnd = 0
  /** The rest of the last chunk, which comes behind. It belongs to the source. */
  #chunk: Uint8Array = nothing
  #ended = false
  /** The chunk is nobody else's: what is read of it needs no copy. */
  #owned = false
  #consumed = 0
  /** Ends the wait for a chunk. */
  #interrupt: ((reason: unknown) => void) | undefined
  /** What the source threw, or other code of the caller: an error that is not ours. */
  failure: unknown

  constructor(source: ByteSource) {
    this.#source = source
  }

  /** A reader of bytes that are all there, and belong to nobody else. It never waits. */
  static over(bytes: Uint8Array): ByteReader {
    const reader = new ByteReader(nowhere)
    reader.#chunk = bytes
    reader.#ended = true
    reader.#owned = true
    return reader
  }

  /** How many bytes have been consumed so far. */
  get consumed(): number {
    return this.#consumed
  }

  /** How many bytes are there without waiting. */
  get available(): number {
    return this.#carryEnd - this.#carryStart + this.#chunk.length
  }

  /** Is there nothing left, as far as can be told without waiting? */
  get spent(): boolean {
    return this.#ended && this.available === 0
  }

  /** Wait until that many bytes are available; `false` when the source ends before. */
  fill(length: number): Awaitable<boolean> {
    if (this.available >= length) return true
    return this.#ended ? false : this.#fillFromSource(length)
  }

  async #fillFromSource(length: number): Promise<boolean> {
    while (this.available < length) {
      if (this.#ended) return false
      await this.#pull()
    }
    return true
  }

  /**
   * Unread bytes in one piece: at least `length`, which must be available, and more where that costs little. Good until
   * the next call of `fill`, `contiguous` or `decode`.
   */
  contiguous(length: number): Uint8Array {
    const carried = this.#carryEnd - this.#carryStart
    if (carried === 0) return this.#chunk
    if (this.#chunk.length > 0 && (carried < length || this.#chunk.length <= joinedWhole)) {
      this.#append(this.#chunk.length <= joinedWhole ? this.#chunk.length : length - carried)
    }
    return this.#carry.subarray(this.#carryStart, this.#carryEnd)
  }

  consume(length: number): void {
    const carried = Math.min(length, this.#carryEnd - this.#carryStart)
    this.#carryStart += carried
    this.#chunk = this.#chunk.subarray(length - carried)
    this.#consumed += length
  }

  /**
   * Run a decoder over the next bytes and consume what it read. The bytes it is given, and `raw`, stay as they are.
   *
   * @throws LimitError - `maxHeaderLength`: the decoder wants more than `limit` bytes in all
   */
  decode<Value>(decoder: Decoder<Value>, limit: number = Number.POSITIVE_INFINITY): Awaitable<Decoded<Value>> {
    let offset = 0
    let step = decoder.next()
    const advance = (): Awaitable<Decoded<Value>> => {
      while (!step.done) {
        const end: number = offset + step.value
        if (end > limit) throw new LimitError('maxHeaderLength', limit, end, 'the header of the message is too long')
        if (this.available < end) {
          return andThen(this.fill(end), (filled) => {
            if (!filled) throw this.truncated(end)
            return advance()
          })
        }
        step = decoder.next(this.#taken(offset, end))
        offset = end
      }
      const raw = this.#taken(0, offset)
      this.consume(offset)
      return { value: step.value, raw }
    }
    return advance()
  }

  /** Bytes that will not change: copies of what belongs to the source, or is used again. */
  #taken(start: number, end: number): Uint8Array {
    const bytes = this.contiguous(end)
    return this.#owned ? bytes.subarray(start, end) : new Uint8Array(bytes.subarray(start, end))
  }

  /** The error for a source that ended where `wanted` more bytes were needed. */
  truncated(wanted: number): Error {
    return truncated(this.#consumed + wanted, this.#consumed + this.available)
  }

  /** Nothing more will be read. A wait for the source ends with `reason`. */
  close(reason: unknown): void {
    if (this.#ended) return
    this.#ended = true
    this.#interrupt?.(reason)
    this.#source.close(reason)
  }

  async #pull(): Promise<void> {
    if (this.#chunk.length > 0) this.#append(this.#chunk.length)
    const chunk = await new Promise<Uint8Array | undefined>((resolve, reject) => {
      this.#interrupt = reject
      this.#source.next().then(resolve, (error) => {
        this.#ended = true
        this.failure = error
        reject(error)
      })
    })
    this.#interrupt = undefined
    if (chunk === undefined) this.#ended = true
    else this.#chunk = chunk
  }

  /** Copy bytes of the chunk behind the carried ones. */
  #append(length: number): void {
    const carried = this.#carryEnd - this.#carryStart
    if (this.#carryEnd + length > this.#carry.length) {
      const fits = carried + length <= this.#carry.length
      const target = fits ? this.#carry : new Uint8Array(Math.max(carried + length, 2 * carried, 512))
      target.set(this.#carry.subarray(this.#carryStart, this.#carryEnd))
      this.#carry = target
      this.#carryStart = 0
      this.#carryEnd = carried
    }
    this.#carry.set(this.#chunk.subarray(0, length), this.#carryEnd)
    this.#carryEnd += length
    this.#chunk = this.#chunk.subarray(length)
  }
}

/** Close the reader when the signal is aborted. Call the result when it is not read any more. */
export function closeOnAbort(reader: ByteReader, signal: AbortSignal | undefined): () => void {
  if (signal === undefined) return () => {}
  const onAbort = () => reader.close(signal.reason)
  signal.addEventListener('abort', onAbort, { once: true })
  return () => signal.removeEventListener('abort', onAbort)
}
