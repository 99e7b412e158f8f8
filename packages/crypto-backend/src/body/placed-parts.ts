/**
 * Which parts of a body are there, and what each adds to its tag.
 *
 * @module
 */

import { equalInConstantTime } from '../constant-time.ts'
import { blockLength } from './block-modes.ts'
import type { FieldElement } from './field.ts'

/** The bytes of a part, cut where blocks of the body begin. Head and tail share their blocks with a neighbour. */
export interface CutPart {
  readonly head: Uint8Array
  readonly run: Uint8Array
  readonly tail: Uint8Array
}

/** Cuts a part that is at `offset` of the body; what does not reach the end of its first block is all head. */
export function cutPart(offset: number, bytes: Uint8Array): CutPart {
  const headLength = Math.min((blockLength - (offset % blockLength)) % blockLength, bytes.length)
  const tailLength = (bytes.length - headLength) % blockLength
  const runEnd = bytes.length - tailLength
  return {
    head: bytes.subarray(0, headLength),
    run: bytes.subarray(headLength, runEnd),
    tail: bytes.subarray(runEnd),
  }
}

/** A part of the ciphertext, as its tag needs it. */
export interface Part {
  readonly offset: number
  readonly length: number
  readonly head: Uint8Array
  /** What the whole blocks add to the tag; zero when there are none. */
  readonly share: FieldElement
  readonly tail: Uint8Array
}

/** What a part is to those that are there; only a `new` one is kept. */
export type Placement = 'new' | 'same' | 'other' | 'overlapping'

/** Parts in the order of the body, none of which overlap. */
export class PlacedParts {
  readonly #parts: Part[] = []

  place(part: Part): Placement {
    if (part.length === 0) return 'same'
    const index = this.#indexOf(part.offset)
    const [before, here] = [this.#parts[index - 1], this.#parts[index]]
    if (here?.offset === part.offset && here.length === part.length) {
      return haveSameBytes(here, part) ? 'same' : 'other'
    }
    if (before !== undefined && before.offset + before.length > part.offset) return 'overlapping'
    if (here !== undefined && part.offset + part.length > here.offset) return 'overlapping'
    this.#parts.splice(index, 0, part)
    return 'new'
  }

  inOrder(): readonly Part[] {
    return this.#parts
  }

  zero(): void {
    for (const { share } of this.#parts) share.fill(0)
    this.#parts.length = 0
  }

  /** Of the first part that is at `offset` or behind it. */
  #indexOf(offset: number): number {
    let [low, high] = [0, this.#parts.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#parts[middle] as Part).offset < offset) low = middle + 1
      else high = middle
    }
    return low
  }
}

/** Of parts of one place. Their shares tell: whoever made two parts with one share could make two bodies with one tag. */
function haveSameBytes(a: Part, b: Part): boolean {
  const bytesOf = ({ head, share, tail }: Part) => [new Uint8Array(share.buffer), head, tail] as const
  const [ours, theirs] = [bytesOf(a), bytesOf(b)]
  return ours.every((bytes, i) => equalInConstantTime(bytes, theirs[i] as Uint8Array))
}
