/**
 * AES-GCM over parts of one body that come in any order.
 *
 * The bytes are those of AES-CTR, which begins anywhere. The tag is a sum: each part adds a share, see `body-hash.ts`;
 * where two parts meet within a block, their bytes of it wait for the tag.
 *
 * @module
 */

import { checkGcmIvLength, copyOf } from '../backend.ts'
import type { BodyParts } from '../body-backend.ts'
import { equalInConstantTime } from '../constant-time.ts'
import { type BlockModes, blockLength, checkPlace, counterMode } from './block-modes.ts'
import { BodyHash } from './body-hash.ts'
import { type FieldElement, zeroElement } from './field.ts'
import { cutPart, type Part, PlacedParts, type Placement } from './placed-parts.ts'

export function bodyInParts(modes: BlockModes, iv: Uint8Array, aad: Uint8Array): BodyParts {
  checkGcmIvLength(iv)
  const [ownIv, ownAad] = [copyOf(iv), copyOf(aad)]
  return new PartsOfBody(modes, ownIv, (own) => BodyHash.of(own, ownIv, ownAad))
}

class PartsOfBody implements BodyParts {
  readonly #iv: Uint8Array
  readonly #makeHash: (modes: BlockModes) => Promise<BodyHash>
  readonly #placed = new PlacedParts()
  #modes: BlockModes | undefined
  #hash: Promise<BodyHash> | undefined
  #openedOtherBytes = false
  #openedAcross = false
  /** Bytes of the body whose tag was given away. */
  #tagged: number | undefined

  constructor(modes: BlockModes, iv: Uint8Array, makeHash: (modes: BlockModes) => Promise<BodyHash>) {
    this.#modes = modes
    this.#iv = iv
    this.#makeHash = makeHash
  }

  async seal(offset: number, plaintext: Uint8Array): Promise<Uint8Array> {
    checkPlace(offset, plaintext.length)
    const ciphertext = await counterMode(this.#usable(), this.#iv, offset, plaintext)
    const placement = await this.#place(offset, ciphertext)
    if (placement === 'new' || placement === 'same') return ciphertext
    ciphertext.fill(0)
    const found = placement === 'other' ? 'other bytes' : 'a part with another begin or end'
    throw new RangeError(
      `${plaintext.length} bytes at ${offset}: ${found} came for this place before, and one key stream must not hide both`,
    )
  }

  async open(offset: number, ciphertext: Uint8Array): Promise<Uint8Array> {
    checkPlace(offset, ciphertext.length)
    const [plaintext, placement] = await Promise.all([
      counterMode(this.#usable(), this.#iv, offset, ciphertext),
      this.#place(offset, ciphertext),
    ])
    if (placement === 'other') this.#openedOtherBytes = true
    if (placement === 'overlapping') this.#openedAcross = true
    return plaintext
  }

  async tag(length: number): Promise<Uint8Array> {
    const tag = await this.#tagOf(length)
    this.#tagged ??= length
    if (length === this.#tagged) return tag
    tag.fill(0)
    // Two tags of one key and IV give away the key of the hash, with which any body could be forged.
    throw new RangeError(`the tag of ${this.#tagged} bytes was given, and one key has one tag, found ${length} bytes`)
  }

  async #tagOf(length: number): Promise<Uint8Array> {
    const hash = await this.#bodyHash()
    this.#usable()
    if (this.#openedAcross || this.#openedOtherBytes) {
      throw new RangeError('parts overlap, or came for one place with other bytes: there is no tag of all of them')
    }
    const parts = this.#placed.inOrder()
    checkCover(parts, length)
    return hash.tagOf(sumOf(hash, parts), length)
  }

  async isRight(length: number, tag: Uint8Array): Promise<boolean> {
    // A tag speaks of one ciphertext, and plaintext of two was given away.
    if (this.#openedOtherBytes) return false
    const right = await this.#tagOf(length)
    const isRight = equalInConstantTime(right, tag)
    right.fill(0)
    return isRight
  }

  zero(): void {
    this.#modes = undefined
    this.#placed.zero()
    // What fails was thrown where it was asked for.
    this.#hash?.then((hash) => hash.zero()).catch(() => undefined)
  }

  async #place(offset: number, ciphertext: Uint8Array): Promise<Placement> {
    const { head, run, tail } = cutPart(offset, ciphertext)
    const edges = { head: copyOf(head), tail: copyOf(tail) }
    const hash = await this.#bodyHash()
    const share = run.length === 0 ? zeroElement() : await hash.shareOf(run)
    if (this.#modes === undefined) share.fill(0)
    this.#usable()
    const placement = this.#placed.place({ offset, length: ciphertext.length, share, ...edges })
    if (placement !== 'new') share.fill(0)
    return placement
  }

  #bodyHash(): Promise<BodyHash> {
    const modes = this.#usable()
    this.#hash ??= this.#makeHash(modes)
    return this.#hash
  }

  /**
   * @throws TypeError - all of it was zeroed
   */
  #usable(): BlockModes {
    if (this.#modes === undefined) throw new TypeError('the parts of this body were zeroed: begin another one')
    return this.#modes
  }
}

/**
 * @throws RangeError - there is a gap, or another end
 */
function checkCover(parts: readonly Part[], length: number): void {
  let end = 0
  for (const part of parts) {
    if (part.offset !== end) throw new RangeError(`there is no part for the bytes from ${end} to ${part.offset}`)
    end += part.length
  }
  if (end !== length) throw new RangeError(`the parts have ${end} bytes, expected ${length}`)
}

/** The sum over parts that follow on each other. */
function sumOf(hash: BodyHash, parts: readonly Part[]): FieldElement {
  const sum = hash.begin()
  const block = new Uint8Array(blockLength)
  let filled = 0
  for (const part of parts) {
    const { head, share, tail } = part
    block.set(head, filled)
    filled += head.length
    if (filled === blockLength) {
      hash.addBlock(sum, block)
      block.fill(0)
      filled = 0
    }
    hash.addRun(sum, (part.length - head.length - tail.length) / blockLength, share)
    block.set(tail)
    filled += tail.length
  }
  if (filled > 0) hash.addBlock(sum, block)
  return sum
}
