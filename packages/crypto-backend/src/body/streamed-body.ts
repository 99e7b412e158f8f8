/**
 * AES-GCM over one body from its first byte to its last, for platforms that take whole messages only.
 *
 * @module
 */

import { checkGcmIvLength, copyOf, gcmTagLength } from '../backend.ts'
import type { BodyOpener, BodySealer } from '../body-backend.ts'
import { equalInConstantTime } from '../constant-time.ts'
import { type BlockModes, blockLength, checkPlace, counterMode } from './block-modes.ts'
import { BodyHash } from './body-hash.ts'
import type { FieldElement } from './field.ts'
import { GatheredBlocks } from './gathered-blocks.ts'
import { OneBody } from './one-body.ts'

export function sealStreamed(modes: BlockModes, iv: Uint8Array, aad: Uint8Array, shortestRun: number): BodySealer {
  const body = new StreamedBody(modes, iv, aad, shortestRun, 'seal')
  return {
    update: (plaintext) => body.update(plaintext),
    async finish() {
      const { rest, tag } = await body.finish()
      const sealed = new Uint8Array(rest.length + gcmTagLength)
      sealed.set(rest)
      sealed.set(tag, rest.length)
      return sealed
    },
    zero: () => body.zero(),
  }
}

export function openStreamed(modes: BlockModes, iv: Uint8Array, aad: Uint8Array, shortestRun: number): BodyOpener {
  const body = new StreamedBody(modes, iv, aad, shortestRun, 'open')
  return {
    update: (ciphertext) => body.update(ciphertext),
    async finish(given) {
      const { rest, tag } = await body.finish()
      const isRight = equalInConstantTime(tag, given)
      tag.fill(0)
      if (isRight) return rest
      rest.fill(0)
      return undefined
    },
    zero: () => body.zero(),
  }
}

class StreamedBody {
  readonly #modes: BlockModes
  readonly #iv: Uint8Array
  readonly #aad: Uint8Array
  readonly #direction: 'seal' | 'open'
  readonly #gathered: GatheredBlocks
  readonly #body = new OneBody()
  #hash: Promise<BodyHash> | undefined
  #sum: FieldElement | undefined
  #received = 0
  #passed = 0

  constructor(modes: BlockModes, iv: Uint8Array, aad: Uint8Array, shortestRun: number, direction: 'seal' | 'open') {
    checkGcmIvLength(iv)
    this.#modes = modes
    this.#iv = copyOf(iv)
    this.#aad = copyOf(aad)
    this.#direction = direction
    this.#gathered = new GatheredBlocks(shortestRun, 0)
  }

  async update(chunk: Uint8Array): Promise<Uint8Array> {
    this.#body.goOn()
    checkPlace(this.#received, chunk.length)
    this.#received += chunk.length
    const run = this.#gathered.take(chunk)
    if (run === undefined) return new Uint8Array(0)
    try {
      return await this.#pass(run)
    } finally {
      if (run.buffer !== chunk.buffer) run.fill(0)
    }
  }

  async finish(): Promise<{ readonly rest: Uint8Array; readonly tag: Uint8Array }> {
    this.#body.finish()
    const input = this.#gathered.takeRest()
    try {
      const rest = await this.#pass(input)
      const hash = await this.#bodyHash()
      return { rest, tag: hash.tagOf(this.#sum ?? hash.begin(), this.#received) }
    } finally {
      input.fill(0)
      this.zero()
    }
  }

  zero(): void {
    this.#body.giveUp()
    this.#gathered.zero()
    this.#sum?.fill(0)
    // What fails was thrown where it was asked for.
    this.#hash?.then((hash) => hash.zero()).catch(() => undefined)
  }

  /** Encrypts or decrypts the next run, and adds its ciphertext to the sum. */
  async #pass(input: Uint8Array): Promise<Uint8Array> {
    if (input.length === 0) return new Uint8Array(0)
    const output = await counterMode(this.#modes, this.#iv, this.#passed, input)
    this.#passed += input.length
    const hash = await this.#bodyHash()
    const share = await hash.shareOf(this.#direction === 'seal' ? output : input)
    this.#sum ??= hash.begin()
    hash.addRun(this.#sum, Math.ceil(input.length / blockLength), share)
    share.fill(0)
    return output
  }

  #bodyHash(): Promise<BodyHash> {
    this.#hash ??= BodyHash.of(this.#modes, this.#iv, this.#aad)
    return this.#hash
  }
}
