/**
 * One multipart upload, and the cipher that its parts share.
 *
 * Parts may come in any order, at the same time and more than once. The object is the same as one that is put at once.
 *
 * @module
 */

import type { BodyParts } from '@esdk/crypto-backend/body'
import { checkPlaintextLength } from './body.ts'
import type { WritingEnvelope } from './envelope.ts'
import { MultipartError } from './errors.ts'

/** S3 takes smaller parts only as the last one, in bytes. */
export const leastPartLength: number = 5 * 1024 * 1024

/** S3 takes no more parts. */
export const mostParts = 10_000

interface Part {
  readonly offset: number
  readonly length: number
}

/** What the upload ends with: the tag, behind the last part or as a part of its own. */
export type LastPart =
  | { readonly kind: 'again'; readonly partNumber: number; readonly body: Uint8Array }
  | { readonly kind: 'added'; readonly partNumber: number; readonly body: Uint8Array }

export class MultipartUpload {
  readonly envelope: WritingEnvelope
  readonly #body: BodyParts
  readonly #parts = new Map<number, Part>()
  /** The ciphertext of the part that can only be the last: the tag has to go behind it, into the same part. */
  #short: { readonly partNumber: number; readonly ciphertext: Uint8Array } | undefined
  /** The same, while nobody can tell where it stands. */
  #unplaced: { readonly partNumber: number; readonly plaintext: Uint8Array } | undefined
  /** S3 may have seen the tag. A second one, of a longer object, would let anybody forge a third. */
  #hasTag = false

  constructor(envelope: WritingEnvelope, body: BodyParts) {
    this.envelope = envelope
    this.#body = body
  }

  /**
   * What to send for a part: its ciphertext. For a short part whose place is not known yet, as many zeros, which
   * {@link finish} replaces.
   *
   * @throws MultipartError - the part was sent before with other bytes: whoever saw both would see what differs; or it
   * is a new one, and the tag of those before has been made
   */
  async seal(partNumber: number, plaintext: Uint8Array): Promise<Uint8Array> {
    if (this.#hasTag && !this.#parts.has(partNumber)) {
      throw new MultipartError(
        `part ${partNumber} is new, and the upload was to be completed without it: its tag is made, and there is no second one. Complete it as before, or abort it and begin another`,
      )
    }
    if (this.#isUnplaceable(partNumber, plaintext.length)) {
      this.#unplaced = { partNumber, plaintext }
      return new Uint8Array(plaintext.length)
    }
    if (this.#unplaced?.partNumber === partNumber) this.#unplaced = undefined
    return this.#sealPlaced(partNumber, plaintext)
  }

  async #sealPlaced(partNumber: number, plaintext: Uint8Array): Promise<Uint8Array> {
    const part = this.#place(partNumber, plaintext.length)
    checkPlaintextLength(part.offset + part.length)
    const ciphertext = await this.#body.seal(part.offset, plaintext).catch((cause: unknown) => {
      if (!(cause instanceof RangeError)) throw cause
      throw new MultipartError(
        `part ${partNumber} was sent before with other bytes, and one key stream must not hide both: abort this upload, and begin another`,
        { cause },
      )
    })
    if (mustBeLast(partNumber, ciphertext.length) && partNumber >= (this.#short?.partNumber ?? 0)) {
      this.#short = { partNumber, ciphertext }
    }
    return ciphertext
  }

  /** The last part, before any that says how long the parts before it are. */
  #isUnplaceable(partNumber: number, length: number): boolean {
    if (length >= leastPartLength || this.#parts.has(partNumber)) return false
    for (let number = 1; number < partNumber; number++) if (!this.#parts.has(number)) return !this.#knowsUsualLength()
    return false
  }

  #knowsUsualLength(): boolean {
    return [...this.#parts.values()].some(({ length }) => length >= leastPartLength)
  }

  /**
   * Where a part stands. Before all earlier ones are known, those that are not are taken to be as long as the longest
   * that is; {@link finish} finds out.
   */
  #place(partNumber: number, length: number): Part {
    const known = this.#parts.get(partNumber)
    if (known !== undefined) {
      if (known.length === length) return known
      throw new MultipartError(
        `part ${partNumber} was sent before with ${known.length} bytes, and has ${length} now: abort this upload, and begin another`,
      )
    }
    const usual = Math.max(length, ...Array.from(this.#parts.values(), (part) => part.length))
    let offset = 0
    for (let number = 1; number < partNumber; number++) offset += this.#parts.get(number)?.length ?? usual
    const part = { offset, length }
    // The same key stream must not hide the bytes of two parts.
    if ([...this.#parts.values()].some((other) => overlap(part, other))) {
      throw new MultipartError(
        `part ${partNumber} has ${length} bytes, for which the parts before and after it leave no room: send parts in their order, or all but the last of the same length`,
      )
    }
    this.#parts.set(partNumber, part)
    return part
  }

  /**
   * The tag, once all parts have been sealed, and where it goes.
   *
   * @param partNumbers - of the parts that make the object, in order
   * @throws MultipartError - they are not 1, 2, 3, ..., or one was encrypted for another place
   */
  async finish(partNumbers: readonly number[]): Promise<LastPart> {
    const last = partNumbers.length
    if (this.#unplaced?.partNumber === last) {
      const { plaintext } = this.#unplaced
      await this.#sealPlaced(last, plaintext)
      this.#unplaced = undefined
    }
    const length = this.#checkOrder(partNumbers)
    const tag = await this.#body.tag(length).catch((cause: unknown) => {
      throw new MultipartError('the parts that were sent are not those that the upload is to be completed with', {
        cause,
      })
    })
    this.#hasTag = true
    if (this.#short?.partNumber === last) {
      const { ciphertext } = this.#short
      const body = new Uint8Array(ciphertext.length + tag.length)
      body.set(ciphertext)
      body.set(tag, ciphertext.length)
      return { kind: 'again', partNumber: last, body }
    }
    return { kind: 'added', partNumber: last + 1, body: tag }
  }

  #checkOrder(partNumbers: readonly number[]): number {
    let offset = 0
    partNumbers.forEach((partNumber, i) => {
      const part = this.#parts.get(partNumber)
      if (partNumber !== i + 1 || part === undefined) {
        throw new MultipartError(
          `the parts of an encrypted upload are numbered 1, 2, 3, ... and sent by the same client: part ${i + 1} is ${part === undefined ? 'not known' : 'missing'}`,
        )
      }
      if (part.offset !== offset) {
        throw new MultipartError(
          `part ${partNumber} was encrypted for byte ${part.offset} and stands at byte ${offset}: send parts in their order, or all but the last of the same length`,
        )
      }
      offset += part.length
    })
    return offset
  }

  /** Forget the key. */
  zero(): void {
    this.#body.zero()
    this.#parts.clear()
    this.#short = undefined
    this.#unplaced = undefined
  }
}

function overlap(a: Part, b: Part): boolean {
  return a.offset < b.offset + b.length && b.offset < a.offset + a.length
}

function mustBeLast(partNumber: number, length: number): boolean {
  return length < leastPartLength || partNumber === mostParts
}
