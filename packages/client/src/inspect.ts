/**
 * What a message says of itself, before anything is proved.
 *
 * @module
 */

import { checkMessageStart, decode, headerLength, type MessageHeader, readHeader } from '@esdk/serialize'
import { checkBytes } from './check-bytes.ts'

/** A header that nobody has authenticated: good for tables and for choosing keys, not for decisions. */
export type InspectedHeader = MessageHeader & {
  readonly authenticated: false
  /** Bytes of the header with its tag: where the body begins. */
  readonly headerLength: number
}

/**
 * The header of a message, from its first bytes. Anybody can have written, or changed, what it says.
 *
 * @throws MessageFormatError - no message, or fewer bytes than its header has (`ERR_ESDK_TRUNCATED`)
 */
export function inspect(bytes: Uint8Array): InspectedHeader {
  checkBytes(bytes, 'inspect')
  checkMessageStart(bytes)
  const limits = { maxEncryptedDataKeys: Number.POSITIVE_INFINITY }
  const { raw } = decode(readHeader(limits), bytes)
  // Once more over a copy, so that the result does not change with the caller's bytes.
  const { value } = decode(readHeader(limits), new Uint8Array(raw))
  return Object.freeze({ ...value, authenticated: false, headerLength: headerLength(value) })
}
