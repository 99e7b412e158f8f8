/**
 * Memory for parts, used again: what is left to the garbage collector stays for a while.
 *
 * @module
 */

export class BufferPool {
  readonly #length: number
  readonly #all: Uint8Array<ArrayBuffer>[] = []
  readonly #free: Uint8Array<ArrayBuffer>[] = []

  /** @param length - of each buffer, in bytes */
  constructor(length: number) {
    this.#length = length
  }

  /** A buffer that holds anything. */
  take(): Uint8Array<ArrayBuffer> {
    return this.#free.pop() ?? this.#add()
  }

  #add(): Uint8Array<ArrayBuffer> {
    const buffer = new Uint8Array(this.#length)
    this.#all.push(buffer)
    return buffer
  }

  /** Nobody uses it any more. */
  give(buffer: Uint8Array<ArrayBuffer>): void {
    this.#free.push(buffer)
  }

  /** Nobody uses any of them any more, and what they hold is a secret. */
  zero(): void {
    for (const buffer of this.#all) buffer.fill(0)
  }
}
