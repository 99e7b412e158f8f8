/**
 * What authenticates one frame, or a non-framed body, besides its content.
 *
 * | field           | bytes    | meaning                                    |
 * | --------------- | -------- | ------------------------------------------ |
 * | message id      | 16 or 32 | of the header                              |
 * | content         | variable | which of the three kinds this is, in ASCII |
 * | sequence number | 4        | uint32                                     |
 * | content length  | 8        | uint64, bytes of plaintext                 |
 *
 * The specification's table says 16 bytes for the message id; in version 2 it is 32.
 *
 * Spec: data-format/message-body-aad.md
 *
 * @module
 */

import { concat, u32, u64, utf8 } from './bytes.ts'

/** What a piece of the body is. */
export type BodyContent = 'regular frame' | 'final frame' | 'nonframed'

const labels: Readonly<Record<BodyContent, string>> = {
  'regular frame': 'AWSKMSEncryptionClient Frame',
  'final frame': 'AWSKMSEncryptionClient Final Frame',
  nonframed: 'AWSKMSEncryptionClient Single Block',
}

/** The additional authenticated data of one piece of the body. */
export function bodyAad(
  messageId: Uint8Array,
  content: BodyContent,
  sequenceNumber: number,
  contentLength: number,
): Uint8Array<ArrayBuffer> {
  return concat(messageId, utf8(labels[content]), u32(sequenceNumber), u64(contentLength))
}

/** Where the sequence number stands in {@link bodyAad}. */
export function sequenceNumberOffset(aad: Uint8Array): number {
  return aad.length - 12
}
