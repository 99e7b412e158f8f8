/**
 * The frames of a body.
 *
 * | field           | regular      | final    | meaning                                   |
 * | --------------- | ------------ | -------- | ----------------------------------------- |
 * | end marker      |              | 4        | `ffffffff`                                |
 * | sequence number | 4            | 4        | uint32: 1, 2, 3 ... to 2^32 - 1           |
 * | IV              | 12           | 12       | the sequence number, as esdk writes it    |
 * | content length  |              | 4        | uint32, at most the frame length          |
 * | content         | frame length | as above | encrypted                                 |
 * | tag             | 16           | 16       | AES-GCM                                   |
 *
 * Exactly one final frame ends the body. Frames are read in runs, since a promise or a generator step for each costs
 * more than its encryption: {@link countRegularFrames} tells how many whole ones stand at the start of some bytes.
 *
 * Spec: data-format/message-body.md, "Framed Data"
 *
 * @module
 */

import { ByteWriter, readU32, writeU32 } from './bytes.ts'
import type { Decoder } from './decoder.ts'
import { MessageFormatError } from './errors.ts'

/** Most frames a message can have, which is also the largest sequence number. */
export const maxFrames = 0xffff_ffff

/** Bytes of a regular frame around its content. */
export const regularFrameOverhead = 32

/** Bytes of the final frame around its content. */
export const finalFrameOverhead = 40

/** Bytes before the content of a regular frame, and where its IV stands in them. */
export const regularFramePrefixLength = 16
export const regularFrameIvOffset = 4

const endMarker = 0xffff_ffff
const ivLength = 12

/** What stands before the content of a regular frame. The IV is the sequence number, padded on the left. */
export function encodeRegularFramePrefix(sequenceNumber: number): Uint8Array<ArrayBuffer> {
  return new ByteWriter(16).u32(sequenceNumber).raw(frameIv(sequenceNumber)).bytes
}

/** What stands before the content of the final frame. */
export function encodeFinalFramePrefix(sequenceNumber: number, contentLength: number): Uint8Array<ArrayBuffer> {
  return new ByteWriter(24).u32(endMarker).u32(sequenceNumber).raw(frameIv(sequenceNumber)).u32(contentLength).bytes
}

/** The IV that esdk writes for a frame: its sequence number in 12 bytes. Readers use the one in the frame. */
export function frameIv(sequenceNumber: number): Uint8Array<ArrayBuffer> {
  const iv = new Uint8Array(ivLength)
  writeU32(iv, ivLength - 4, sequenceNumber)
  return iv
}

/** What stands before the content of the final frame. */
export interface FinalFrameHead {
  readonly sequenceNumber: number
  readonly iv: Uint8Array
  readonly contentLength: number
}

/** What the next frame has to be. */
export interface ExpectedFrame {
  readonly sequenceNumber: number
  readonly frameLength: number
}

/**
 * How many whole regular frames `bytes` begins with, numbered from `expected.sequenceNumber`. Stops at the end marker,
 * and before a frame with another number, which is then the first of the next call.
 *
 * @throws MessageFormatError - `ERR_ESDK_BODY_SEQUENCE`: the first frame has another number
 */
export function countRegularFrames(bytes: Uint8Array, expected: ExpectedFrame): number {
  const stride = expected.frameLength + regularFrameOverhead
  let count = 0
  for (let offset = 0; offset + 4 <= bytes.length; offset += stride) {
    const found = readU32(bytes, offset)
    if (found === endMarker) break
    if (found !== expected.sequenceNumber + count) {
      if (count > 0) break
      throw wrongSequence(found, expected.sequenceNumber)
    }
    if (offset + stride > bytes.length) break
    count++
  }
  return count
}

/** Does the final frame begin here? Wants at least 4 bytes. */
export function isFinalFrame(bytes: Uint8Array): boolean {
  return readU32(bytes) === endMarker
}

/**
 * Reads the final frame up to its content, which follows together with the tag: `contentLength + 16` bytes.
 *
 * The content length is checked here, before a byte of content is asked for.
 */
export function* readFinalFrameHead(expected: ExpectedFrame): Decoder<FinalFrameHead> {
  const head = yield 4 + 4 + ivLength + 4
  const sequenceNumber = readU32(head, 4)
  if (sequenceNumber !== expected.sequenceNumber) throw wrongSequence(sequenceNumber, expected.sequenceNumber)
  const iv = head.subarray(8, 8 + ivLength)
  const contentLength = readU32(head, 8 + ivLength)
  if (contentLength > expected.frameLength) {
    throw new MessageFormatError(
      'ERR_ESDK_BODY_MALFORMED',
      `final frame of ${contentLength} bytes, the frame length is ${expected.frameLength}`,
    )
  }
  return { sequenceNumber, iv, contentLength }
}

function wrongSequence(found: number, expected: number): MessageFormatError {
  return new MessageFormatError(
    'ERR_ESDK_BODY_SEQUENCE',
    `frame ${found} where frame ${expected} was expected: frames are missing, repeated or out of order`,
  )
}
