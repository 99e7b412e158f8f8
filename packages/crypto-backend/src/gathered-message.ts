/**
 * A message that is to be signed or verified, for platforms that take whole messages only.
 *
 * Up to 1 MiB it is gathered, and left to the platform. Beyond that it is hashed as it comes, and the digest is signed
 * or verified instead. Memory stays flat either way.
 *
 * @module
 */

import type { Awaitable } from './backend.ts'

/** Takes bytes, then gives their hash. */
export interface Hasher {
  update(bytes: Uint8Array): unknown
  digest(): Uint8Array
}

/** What there is to sign when the message is complete. */
export type MessageContent =
  | { readonly kind: 'whole'; readonly bytes: Uint8Array }
  | { readonly kind: 'hashed'; readonly digest: Uint8Array }

const longestGathered = 1024 * 1024

/** Gathers a message while it is short, hashes it once it is long. */
export class GatheredMessage {
  readonly #makeHasher: () => Awaitable<Hasher>
  #gathered = new Uint8Array(4096)
  #length = 0
  #hasher: Hasher | undefined
  #content: MessageContent | undefined

  /** @param makeHasher - called when the message turns out to be long */
  constructor(makeHasher: () => Awaitable<Hasher>) {
    this.#makeHasher = makeHasher
  }

  update(bytes: Uint8Array): Awaitable<void> {
    if (this.#hasher !== undefined) this.#hasher.update(bytes)
    else if (this.#length + bytes.length > longestGathered) return this.#startHashing(bytes)
    else this.#gather(bytes)
  }

  /** The message so far. Nothing may be added afterwards. */
  content(): MessageContent {
    this.#content ??=
      this.#hasher === undefined
        ? { kind: 'whole', bytes: this.#gathered.subarray(0, this.#length) }
        : { kind: 'hashed', digest: this.#hasher.digest() }
    return this.#content
  }

  #gather(bytes: Uint8Array): void {
    const length = this.#length + bytes.length
    if (length > this.#gathered.length) {
      const larger = new Uint8Array(Math.max(length, 2 * this.#gathered.length))
      larger.set(this.#gathered.subarray(0, this.#length))
      this.#gathered = larger
    }
    this.#gathered.set(bytes, this.#length)
    this.#length = length
  }

  async #startHashing(bytes: Uint8Array): Promise<void> {
    const hasher = await this.#makeHasher()
    hasher.update(this.#gathered.subarray(0, this.#length))
    hasher.update(bytes)
    this.#hasher = hasher
    this.#gathered = new Uint8Array(0)
  }
}
