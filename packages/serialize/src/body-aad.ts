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

import { ByteWriter, utf8 } from './bytes.ts'

/** What a piece of the body is. */
export type BodyContent = 'regular frame' | 'final frame' | 'nonframed'

const labels: Readonly<Record<BodyContent, Uint8Array>> = {
  'regular frame': /* @__PURE__ */ utf8('AWSKMSEncryptionClient Frame'),
  'final frame': /* @__PURE__ */ utf8('AWSKMSEncryptionClient Final Frame'),
  nonframed: /* @__PURE__ */ utf8('AWSKMSEncryptionClient Single Block'),
}

/** The additional authenticated data of one piece of the body. */
export function bodyAad(
  messageId: Uint8Array,
  content: BodyContent,
  sequenceNumber: number,
  contentLength: number,
): Uint8Array<ArrayBuffer> {
  const label = labels[content]
  return new ByteWriter(messageId.length + label.length + 12)
    .raw(messageId)
    .raw(label)
    .u32(sequenceNumber)
    .u32(Math.floor(contentLength / 0x1_0000_0000))
    .u32(contentLength % 0x1_0000_0000).bytes
}

/** Where the sequence number stands in {@link bodyAad}. */
export function sequenceNumberOffset(aad: Uint8Array): number {
  return aad.length - 12
}
