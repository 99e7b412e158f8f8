/**
 * The body without frames, of old messages. esdk reads it and never writes it.
 *
 * | field          | bytes    | meaning                     |
 * | -------------- | -------- | --------------------------- |
 * | IV             | 12       |                             |
 * | content length | 8        | uint64, at most 2^36 - 32   |
 * | content        | as above | encrypted                   |
 * | tag            | 16       | AES-GCM                     |
 *
 * Spec: data-format/message-body.md, "Non-Framed Data"
 *
 * @module
 */

import { readU32 } from './bytes.ts'
import type { Decoder } from './decoder.ts'
import { LimitError, MessageFormatError } from './errors.ts'

/** Most bytes that one AES-GCM call can encrypt. */
export const maxNonFramedLength: number = 2 ** 36 - 32

/** What stands before the content. */
export interface NonFramedBodyHead {
  readonly iv: Uint8Array
  readonly contentLength: number
}

/**
 * Reads a body without frames up to its content, which follows together with the tag: `contentLength + 16` bytes.
 *
 * The length is checked here, before a byte of content is asked for.
 */
export function* readNonFramedBodyHead(maxContentLength: number): Decoder<NonFramedBodyHead> {
  const head = yield 12 + 8
  const iv = head.subarray(0, 12)
  const claimed = BigInt(readU32(head, 12)) * 0x1_0000_0000n + BigInt(readU32(head, 16))
  if (claimed > BigInt(maxNonFramedLength)) {
    throw new MessageFormatError(
      'ERR_ESDK_BODY_MALFORMED',
      `non-framed body of ${claimed} bytes, AES-GCM allows ${maxNonFramedLength}`,
    )
  }
  const contentLength = Number(claimed)
  if (contentLength > maxContentLength) {
    throw new LimitError('maxFrameLength', maxContentLength, contentLength, 'the non-framed body has to be held whole')
  }
  return { iv, contentLength }
}
