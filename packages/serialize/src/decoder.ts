/**
 * Parsers that ask for bytes.
 *
 * A decoder is written as if all bytes were there: it yields how many it wants next and is resumed with exactly that
 * many. Who drives it decides where they come from: a buffer ({@link decode}) or a stream (`ByteReader` in
 * `@esdk/client`), so there is one parser for both.
 *
 * @module
 */

import { MessageFormatError } from './errors.ts'

/** A parser without IO: yields how many bytes it wants next, is resumed with exactly that many. */
export type Decoder<Value> = Generator<number, Value, Uint8Array>

/** What was read, and the bytes it was read from. Those are what is authenticated, never a re-encoding. */
export interface Decoded<Value> {
  readonly value: Value
  readonly raw: Uint8Array
}

/**
 * Run a decoder over bytes that are all there.
 *
 * @returns the value, the bytes it was read from, and those that were left
 * @throws MessageFormatError - `ERR_ESDK_TRUNCATED` when the bytes end too early, and whatever the decoder throws
 */
export function decode<Value>(
  decoder: Decoder<Value>,
  bytes: Uint8Array,
): Decoded<Value> & { readonly rest: Uint8Array } {
  let offset = 0
  let step = decoder.next()
  while (!step.done) {
    const wanted: number = step.value
    if (wanted > bytes.length - offset) throw truncated(offset + wanted, bytes.length)
    step = decoder.next(bytes.subarray(offset, offset + wanted))
    offset += wanted
  }
  return { value: step.value, raw: bytes.subarray(0, offset), rest: bytes.subarray(offset) }
}

/** The error for a message that ends after `found` bytes where at least `wanted` were expected. */
export function truncated(wanted: number, found: number): MessageFormatError {
  return new MessageFormatError(
    'ERR_ESDK_TRUNCATED',
    `the message ends after ${found} bytes, at least ${wanted} were expected: it was cut, or is not complete yet`,
  )
}
