/**
 * The footer of a signed message.
 *
 * | field            | bytes    | meaning                |
 * | ---------------- | -------- | ---------------------- |
 * | signature length | 2        | uint16                 |
 * | signature        | as above | ECDSA signature in DER |
 *
 * Unsigned suites have no footer at all.
 *
 * Spec: data-format/message-footer.md
 *
 * @module
 */

import { ByteWriter, concat, readU16 } from './bytes.ts'
import type { Decoder } from './decoder.ts'
import { MessageFormatError } from './errors.ts'

/** The bytes of a footer. */
export function encodeFooter(signature: Uint8Array): Uint8Array<ArrayBuffer> {
  return new ByteWriter(2 + signature.length).bytes16(signature).bytes
}

/**
 * Reads the footer and gives the signature.
 *
 * A second final frame in its place, which would read as a length of 65535, is told apart: no signature in DER begins
 * with `ffff`.
 */
export function* readFooter(): Decoder<Uint8Array> {
  const length = readU16(yield 2)
  if (length !== 0xffff) return yield length
  const start = yield 2
  if (readU16(start) === 0xffff) {
    throw new MessageFormatError('ERR_ESDK_TRAILING_BYTES', 'a second final frame follows the final frame')
  }
  return concat(start, yield length - 2)
}
