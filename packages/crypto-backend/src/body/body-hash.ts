/**
 * The tag of AES-GCM as a sum over runs of blocks, each of which is hashed by the platform.
 *
 * The tag of nothing with a run as AAD is ((G + L) H + mask), where G is the hash of the run, L a block with its length,
 * H the key of the hash, and mask what hides every tag of this IV. So G H, here called the share of the run, is known
 * without a hash of our own; and hashes are joined by Y' = Y H^n + G, n being the blocks of the run. All sums here are
 * kept multiplied by H, as shares are.
 *
 * Shares, sums and H reveal the key of the hash: they stay in here, and are zeroed after use.
 *
 * Spec: NIST SP 800-38D, sections 6.4 and 7.1
 *
 * @module
 */

import { type BlockModes, blockLength, counterBlock } from './block-modes.ts'
import { add, blockOf, elementOf, type FieldElement, multiply, power, zeroElement } from './field.ts'

const mostPowers = 8

/** What all runs of one body are hashed with. */
export class BodyHash {
  readonly #modes: Pick<BlockModes, 'gmac'>
  readonly #iv: Uint8Array
  readonly #aadLength: number
  #h = zeroElement()
  #mask = zeroElement()
  #aadShare = zeroElement()
  /** H to the powers that runs ask for: parts of one length have runs of at most two. */
  readonly #powers = new Map<number, FieldElement>()

  private constructor(modes: Pick<BlockModes, 'gmac'>, iv: Uint8Array, aadLength: number) {
    this.#modes = modes
    this.#iv = iv
    this.#aadLength = aadLength
  }

  static async of(modes: Omit<BlockModes, 'decryptCbc'>, iv: Uint8Array, aad: Uint8Array): Promise<BodyHash> {
    const hash = new BodyHash(modes, iv, aad.length)
    const zeros = new Uint8Array(blockLength)
    try {
      hash.#h = takeElement(await modes.ctr(zeros, 0, zeros))
      hash.#mask = takeElement(await modes.ctr(counterBlock(iv, 0), 0, zeros))
      if (aad.length > 0) hash.#aadShare = await hash.shareOf(aad)
      return hash
    } catch (error) {
      hash.zero()
      throw error
    }
  }

  /** What a run adds to the tag. It begins with a block; its end is filled up with zeros. */
  async shareOf(run: Uint8Array): Promise<FieldElement> {
    const share = takeElement(await this.#modes.gmac(this.#iv, run))
    add(share, this.#mask)
    this.#addLengths(share, run.length, 0)
    return share
  }

  /** A sum that has the AAD and nothing else so far. */
  begin(): FieldElement {
    return new Uint16Array(this.#aadShare)
  }

  /** Adds the next run to a sum. */
  addRun(sum: FieldElement, blocks: number, share: FieldElement): void {
    if (blocks === 0) return
    multiply(sum, this.#powerOf(blocks))
    add(sum, share)
  }

  /** Adds the next block to a sum. */
  addBlock(sum: FieldElement, block: Uint8Array): void {
    const element = elementOf(block)
    multiply(element, this.#h)
    add(sum, element)
    multiply(sum, this.#h)
    element.fill(0)
  }

  /** The tag of a body of `length` bytes. The sum is zero afterwards. */
  tagOf(sum: FieldElement, length: number): Uint8Array<ArrayBuffer> {
    this.#addLengths(sum, this.#aadLength, length)
    add(sum, this.#mask)
    const tag = blockOf(sum)
    sum.fill(0)
    return tag
  }

  zero(): void {
    for (const secret of [this.#h, this.#mask, this.#aadShare]) secret.fill(0)
    this.#forgetPowers()
  }

  #powerOf(blocks: number): FieldElement {
    const known = this.#powers.get(blocks)
    if (known !== undefined) return known
    if (this.#powers.size === mostPowers) this.#forgetPowers()
    const made = power(this.#h, blocks)
    this.#powers.set(blocks, made)
    return made
  }

  #forgetPowers(): void {
    for (const element of this.#powers.values()) element.fill(0)
    this.#powers.clear()
  }

  #addLengths(sum: FieldElement, aadLength: number, length: number): void {
    const block = new Uint8Array(blockLength)
    const view = new DataView(block.buffer)
    view.setBigUint64(0, BigInt(aadLength) * 8n)
    view.setBigUint64(8, BigInt(length) * 8n)
    const element = elementOf(block)
    multiply(element, this.#h)
    add(sum, element)
    element.fill(0)
  }
}

/** The block is zero afterwards. */
function takeElement(block: Uint8Array): FieldElement {
  const element = elementOf(block)
  block.fill(0)
  return element
}
