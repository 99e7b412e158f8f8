/**
 * Bytes that come in chunks of any length, as runs of whole blocks.
 *
 * @module
 */

import { blockLength } from './block-modes.ts'

/** Gathers chunks until there is enough for a run. Memory stays flat: a run is at most as long as chunk and rest. */
export class GatheredBlocks {
  readonly #shortest: number
  readonly #keptBack: number
  readonly #rest: Uint8Array<ArrayBuffer>
  #restLength = 0

  /**
   * @param shortest - the bytes of the shortest run, a multiple of 16
   * @param keptBack - this many bytes, 0 or 1, are never a part of a run: the last block may need another treatment
   */
  constructor(shortest: number, keptBack: 0 | 1) {
    this.#shortest = shortest
    this.#keptBack = keptBack
    this.#rest = new Uint8Array(shortest + blockLength)
  }

  /** A run, when there is enough for one. It may be a part of the chunk, otherwise the caller zeroes it. */
  take(chunk: Uint8Array): Uint8Array | undefined {
    const length = this.#restLength + chunk.length
    const ready = length - this.#keptBack
    const runLength = ready - (ready % blockLength)
    if (runLength < this.#shortest) {
      this.#rest.set(chunk, this.#restLength)
      this.#restLength = length
      return undefined
    }
    const fromChunk = runLength - this.#restLength
    const run = this.#join(chunk.subarray(0, fromChunk))
    this.#rest.set(chunk.subarray(fromChunk))
    this.#restLength = length - runLength
    return run
  }

  /** What was in no run, in memory of its own. Nothing is left. */
  takeRest(): Uint8Array<ArrayBuffer> {
    const rest = new Uint8Array(this.#rest.subarray(0, this.#restLength))
    this.zero()
    return rest
  }

  /** Forgets what was in no run. */
  zero(): void {
    this.#rest.fill(0)
    this.#restLength = 0
  }

  #join(bytes: Uint8Array): Uint8Array {
    if (this.#restLength === 0) return bytes
    const run = new Uint8Array(this.#restLength + bytes.length)
    run.set(this.#rest.subarray(0, this.#restLength))
    run.set(bytes, this.#restLength)
    return run
  }
}
