/**
 * A whole result out of its parts.
 *
 * @module
 */

import type { Room, Steps } from './parts.ts'

/** Takes parts one after the other. What is going to be a part can be written in its place at once. */
export class Collector {
  #bytes: Uint8Array<ArrayBuffer>
  #length = 0

  /** @param expected - how many bytes will come, if the message is what it says */
  constructor(expected: number) {
    this.#bytes = new Uint8Array(expected)
  }

  /** Where the next part may be written, if it has that length; `undefined` when there is no room for it. */
  readonly room: Room = (length) => {
    const end = this.#length + length
    return end <= this.#bytes.length ? this.#bytes.subarray(this.#length, end) : undefined
  }

  add(part: Uint8Array): void {
    const end = this.#length + part.length
    if (end > this.#bytes.length) this.#grow(end)
    // Written in its place already?
    if (part.buffer !== this.#bytes.buffer) this.#bytes.set(part, this.#length)
    this.#length = end
  }

  /** All parts, in memory of their own. */
  finish(): Uint8Array<ArrayBuffer> {
    return this.#length === this.#bytes.length ? this.#bytes : this.#bytes.slice(0, this.#length)
  }

  /** Overwrite what was collected. */
  discard(): void {
    this.#bytes.fill(0)
  }

  #grow(needed: number): void {
    const larger = new Uint8Array(Math.max(needed, 2 * this.#length))
    larger.set(this.#bytes.subarray(0, this.#length))
    this.#bytes.fill(0)
    this.#bytes = larger
  }
}

/** All parts in one array. When they fail, what was collected is overwritten. */
export async function collect(collector: Collector, next: Steps): Promise<Uint8Array<ArrayBuffer>> {
  try {
    for (;;) {
      const { parts, done } = await next()
      for (const part of parts) collector.add(part)
      if (done) return collector.finish()
    }
  } catch (error) {
    collector.discard()
    throw error
  }
}
