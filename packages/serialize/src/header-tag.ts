/**
 * The authentication tag behind the header.
 *
 * | field | version 1 | version 2 | meaning                       |
 * | ----- | --------- | --------- | ----------------------------- |
 * | IV    | 12        |           | zero when written, used as read |
 * | tag   | 16        | 16        | AES-GCM tag over no plaintext |
 *
 * Spec: data-format/message-header.md, "Header Authentication"
 *
 * @module
 */

import type { AlgorithmSuite } from './algorithm-suite.ts'
import { concat } from './bytes.ts'
import type { Decoder } from './decoder.ts'
import { contextOf, type EncryptionContext, encodeContext } from './encryption-context.ts'

/** The tag of a header, and the IV it was made with. */
export interface HeaderTag {
  readonly iv: Uint8Array
  readonly tag: Uint8Array
}

/** The bytes behind a header. The IV of version 2 is zero and not written. */
export function encodeHeaderTag(suite: AlgorithmSuite, { iv, tag }: HeaderTag): Uint8Array<ArrayBuffer> {
  return suite.messageVersion === 1 ? concat(iv, tag) : new Uint8Array(tag)
}

/** Reads the tag, and in version 1 the IV. */
export function* readHeaderTag(suite: AlgorithmSuite): Decoder<HeaderTag> {
  if (suite.messageVersion === 2) return { iv: new Uint8Array(suite.ivLength), tag: yield suite.tagLength }
  const bytes = yield suite.ivLength + suite.tagLength
  return { iv: bytes.subarray(0, suite.ivLength), tag: bytes.subarray(suite.ivLength) }
}

/**
 * What the tag authenticates: the header as it stands in the message, then the pairs that are not stored in it.
 *
 * Spec: client-apis/encrypt.md and decrypt.md, "encryption context to only authenticate"
 */
export function headerAad(
  rawHeader: Uint8Array,
  context: EncryptionContext,
  requiredKeys: ReadonlySet<string>,
): Uint8Array {
  if (requiredKeys.size === 0) return rawHeader
  const required = Object.entries(context).filter(([key]) => requiredKeys.has(key))
  return concat(rawHeader, encodeContext(contextOf(required)))
}
