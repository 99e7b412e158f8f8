/**
 * Memory for parts, used again: what is left to the garbage collector stays for a while.
 *
 * @module
 */

export class BufferPool {
  readonly #length: number
  readonly #free: Uint8Array<ArrayBuffer>[] = []

  /** @param length - of each buffer, in bytes */
  constructor(length: number) {
    this.#length = length
  }

  /** A buffer that holds anything. */
  take(): Uint8Array<ArrayBuffer> {
    return this.#free.pop() ?? new Uint8Array(this.#length)
  }

  /** Nobody uses it any more. */
  give(buffer: Uint8Array<ArrayBuffer>): void {
    this.#free.push(buffer)
  }
}
