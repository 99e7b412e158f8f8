/**
 * The pairs of an envelope as they were found: texts that nothing has been checked of.
 *
 * @module
 */

import { decodeBase64, type EncryptionContext, quote } from '@esdk/cmm'
import { EnvelopeError } from '../errors.ts'
import { parseDescription } from './description.ts'
import { decodeHeaderText } from './header-text.ts'
import type { EnvelopeName } from './names.ts'

/** Where pairs were found. */
export type FieldsSource = 'object' | 'instruction-file'

const places = { object: 'the metadata of the object', 'instruction-file': 'the instruction file' }
const advice = {
  object: 'restore the metadata that the writer of the object stored',
  'instruction-file': 'restore the instruction file that the writer of the object stored',
}
const codes = { object: 'ERR_ESDK_S3_METADATA', 'instruction-file': 'ERR_ESDK_S3_INSTRUCTION_FILE' } as const

/** Longest part of a value that an error shows. */
const shownLength = 40

/** Reads pairs by name. An empty value counts as absent: some clients write those for what they do not use. */
export class Fields {
  readonly source: FieldsSource
  readonly #values: ReadonlyMap<string, string>

  constructor(source: FieldsSource, values: ReadonlyMap<string, string>) {
    this.source = source
    this.#values = values
  }

  has(name: EnvelopeName): boolean {
    return this.find(name) !== undefined
  }

  find(name: EnvelopeName): string | undefined {
    return this.#values.get(name) || undefined
  }

  /** Those of these names that are there. */
  among(names: readonly EnvelopeName[]): EnvelopeName[] {
    return names.filter((name) => this.has(name))
  }

  text(name: EnvelopeName): string {
    const value = this.find(name)
    if (value === undefined) throw this.refusal(`has no ${name}, it is incomplete`)
    return value
  }

  /** What strict base64 stands for. `length`: bytes it must have. */
  bytes(name: EnvelopeName, length?: number): Uint8Array {
    const bytes = decodeBase64(this.text(name))
    if (bytes === undefined) throw this.refusal(`has ${name}, which is not base64 of RFC 4648 with its padding`)
    if (length !== undefined && bytes.length !== length) {
      throw this.refusal(`has ${name} with ${bytes.length} bytes, expected ${length}`)
    }
    return bytes
  }

  /** The pairs of a JSON object of strings; those of an empty one when there is none. */
  description(name: EnvelopeName): EncryptionContext {
    const stored = this.find(name) ?? '{}'
    const json = this.source === 'object' ? decodeHeaderText(stored) : stored
    return parseDescription(json, (what) =>
      this.refusal(`has ${name}, which ${what}: expected a JSON object of strings`),
    )
  }

  /**
   * Refuses pairs that are not of the format at hand.
   *
   * @param format - what the other pairs are, such as `V2`
   */
  refuse(names: readonly EnvelopeName[], format: string): void {
    const found = this.among(names)
    if (found.length === 0) return
    throw this.refusal(`has ${found.join(', ')}, which ${format} does not have: formats are mixed`)
  }

  /** The value is none of those that are known. */
  unsupported(name: EnvelopeName): EnvelopeError {
    const value = this.text(name)
    const shown = quote(value.slice(0, shownLength)) + (value.length > shownLength ? '...' : '')
    return new EnvelopeError(
      'ERR_ESDK_S3_UNSUPPORTED',
      `${places[this.source]} has the ${name} ${shown}, which is not known: ${advice[this.source]}`,
    )
  }

  /** The error for what was found. Never with a value: it may be a wrapped key. */
  refusal(what: string): EnvelopeError {
    return new EnvelopeError(codes[this.source], `${places[this.source]} ${what}: ${advice[this.source]}`)
  }
}
