/**
 * A data key: secret bytes that do not show themselves.
 *
 * @module
 */

const hidden = '[data key]'

/**
 * Secret bytes that do not print, in memory of their own.
 *
 * Whoever holds it last zeroes it: materials are handed over, and the client zeroes the key once the key of the message
 * is derived. A cache hands out clones.
 */
export class DataKey {
  readonly #bytes: Uint8Array
  #zeroed = false

  /**
   * Copies the bytes; the caller keeps, or zeroes, its own.
   *
   * @throws TypeError - anything but bytes: a number would make a key of so many zeros
   */
  constructor(bytes: Uint8Array) {
    if (!(bytes instanceof Uint8Array)) throw new TypeError(`a data key is made of bytes, found ${typeof bytes}`)
    this.#bytes = new Uint8Array(bytes)
  }

  /** In bytes. */
  get length(): number {
    return this.#bytes.length
  }

  /**
   * The bytes themselves, not a copy. Do not keep, change, log or send them.
   *
   * @throws TypeError - the key has been zeroed
   */
  expose(): Uint8Array {
    if (this.#zeroed) throw new TypeError('this data key has been zeroed: take a clone before it is handed over')
    return this.#bytes
  }

  /** A key of the same bytes that is zeroed by itself. */
  clone(): DataKey {
    return new DataKey(this.expose())
  }

  /** Overwrite the bytes. May be called again. */
  zero(): void {
    for (let i = 0; i < this.#bytes.length; i++) this.#bytes[i] = 0
    this.#zeroed = true
  }

  toString(): string {
    return hidden
  }

  toJSON(): string {
    return hidden
  }
}
