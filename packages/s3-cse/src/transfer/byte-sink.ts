/**
 * Plaintext in memory, as it comes in any order.
 *
 * @module
 */

import { BufferLimitError } from '../errors.ts'

export class ByteSink {
  readonly #maxBytes: number
  #bytes = new Uint8Array(0)
  #end = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /**
   * @param most - bytes that come at most
   * @throws BufferLimitError - they may not be held
   */
  begin(most: number): void {
    if (most > this.#maxBytes) {
      throw new BufferLimitError(
        this.#maxBytes,
        most,
        `the object has ${most} bytes, and maxBytes lets ${this.#maxBytes} be held: raise maxBytes of toBytes, or download into a file with toFile`,
      )
    }
    this.#bytes = new Uint8Array(most)
  }

  async write(offset: number, bytes: Uint8Array): Promise<void> {
    this.#bytes.set(bytes, offset)
    this.#end = Math.max(this.#end, offset + bytes.length)
  }

  /** All that came. */
  finish(): Uint8Array {
    return this.#bytes.subarray(0, this.#end)
  }

  zero(): void {
    this.#bytes.fill(0)
  }
}
