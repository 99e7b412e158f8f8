/**
 * The header of a message, without its authentication tag.
 *
 * | field               | version 1 | version 2 | meaning                            |
 * | ------------------- | --------- | --------- | ---------------------------------- |
 * | version             | 1         | 1         | `01`, `02`                         |
 * | type                | 1         |           | `80`                               |
 * | algorithm suite     | 2         | 2         | uint16                             |
 * | message id          | 16        | 32        | random                             |
 * | context length      | 2         | 2         | uint16                             |
 * | encryption context  | as above  | as above  | see `encryption-context.ts`        |
 * | encrypted data keys | variable  | variable  | see `encrypted-data-key.ts`        |
 * | content type        | 1         | 1         | `01` non-framed, `02` framed       |
 * | reserved            | 4         |           | zero                               |
 * | IV length           | 1         |           | 12                                 |
 * | frame length        | 4         | 4         | uint32; 0 when non-framed          |
 * | commitment          |           | 32        | derived from the data key          |
 *
 * Spec: data-format/message-header.md
 *
 * @module
 */

import { type AlgorithmSuite, algorithmSuite, type SuiteV1, type SuiteV2, suiteOfMessage } from './algorithm-suite.ts'
import { ByteWriter, readU16, readU32 } from './bytes.ts'
import type { Decoder } from './decoder.ts'
import { type EncryptedDataKey, encryptedDataKeyFields, lengthOf, readEncryptedDataKeys } from './encrypted-data-key.ts'
import { type EncryptionContext, encodeContext, parseContext } from './encryption-context.ts'
import { MessageFormatError } from './errors.ts'

/** How the body is laid out. New messages are always framed. */
export type ContentType = 'framed' | 'nonframed'

interface HeaderCommon {
  readonly messageId: Uint8Array
  /** The pairs stored in the message. Required pairs (`requiredContextCmm`) are authenticated but not stored. */
  readonly encryptionContext: EncryptionContext
  readonly encryptedDataKeys: readonly EncryptedDataKey[]
  readonly contentType: ContentType
  /** Plaintext bytes in each frame but the last: 1 to 2^32 - 1; 0 when non-framed. */
  readonly frameLength: number
}

/** Header of a message without key commitment. */
export interface MessageHeaderV1 extends HeaderCommon {
  readonly version: 1
  readonly suite: SuiteV1['id']
}

/** Header of a message with key commitment. */
export interface MessageHeaderV2 extends HeaderCommon {
  readonly version: 2
  readonly suite: SuiteV2['id']
  /** 32 bytes derived from the data key: a message opens under one key only. */
  readonly commitment: Uint8Array
}

/** What stands in front of a message. `suite` is the number of the algorithm suite. */
export type MessageHeader = MessageHeaderV1 | MessageHeaderV2

/** What a reader of headers refuses. */
export interface HeaderLimits {
  /** Most encrypted data keys that are read; `Infinity` for as many as the format allows (65535). */
  readonly maxEncryptedDataKeys: number
}

/** Smallest and largest frame length, and the one used when none is given. */
export const minFrameLength = 1
export const maxFrameLength = 0xffff_ffff
export const defaultFrameLength = 4096

const ivLength = 12
const messageType = 0x80
const contentTypes = { nonframed: 1, framed: 2 } as const

/** The bytes of a header, without its tag. */
export function encodeHeader(header: MessageHeader): Uint8Array<ArrayBuffer> {
  const context = encodeContext(header.encryptionContext)
  const keyFields = encryptedDataKeyFields(header.encryptedDataKeys)
  const fixedLength = header.version === 1 ? 4 + 2 + 2 + 1 + 5 + 4 : 3 + 2 + 2 + 1 + 4 + header.commitment.length
  const writer = new ByteWriter(fixedLength + header.messageId.length + context.length + lengthOf(keyFields))
  writer.u8(header.version)
  if (header.version === 1) writer.u8(messageType)
  writer.u16(header.suite).raw(header.messageId).bytes16(context).u16(header.encryptedDataKeys.length)
  for (const field of keyFields) writer.bytes16(field)
  writer.u8(contentTypes[header.contentType])
  if (header.version === 1) writer.u32(0).u8(ivLength)
  writer.u32(header.frameLength)
  if (header.version === 2) writer.raw(header.commitment)
  return writer.bytes
}

/**
 * Reads a header of either version.
 *
 * Fields of fixed length that follow each other are asked for together.
 */
export function* readHeader(limits: HeaderLimits): Decoder<MessageHeader> {
  const version = (yield 1)[0] as number
  if (version === 1) return yield* readHeaderV1(limits)
  if (version === 2) return yield* readHeaderV2(limits)
  throw malformed(`message format version ${version}; 1 and 2 are known`)
}

function* readHeaderV1(limits: HeaderLimits): Decoder<MessageHeaderV1> {
  const start = yield 1 + 2
  if (start[0] !== messageType) throw malformed(`message type ${start[0]}, expected ${messageType}`)
  const suite = suiteOfMessage(1, readU16(start, 1))
  const { messageId, encryptionContext, encryptedDataKeys } = yield* readMiddle(suite, limits)
  const end = yield 1 + 4 + 1 + 4
  const contentType = contentTypeOf(end[0] as number)
  if (readU32(end, 1) !== 0) throw malformed('the reserved field is not zero')
  if (end[5] !== suite.ivLength) throw malformed(`IV length ${end[5]}, expected ${suite.ivLength}`)
  const frameLength = checkFrameLength(contentType, readU32(end, 6))
  return Object.freeze({
    version: 1,
    suite: suite.id,
    messageId,
    encryptionContext,
    encryptedDataKeys,
    contentType,
    frameLength,
  })
}

function* readHeaderV2(limits: HeaderLimits): Decoder<MessageHeaderV2> {
  const suite = suiteOfMessage(2, readU16(yield 2))
  const { messageId, encryptionContext, encryptedDataKeys } = yield* readMiddle(suite, limits)
  const end = yield 1 + 4 + suite.commitmentLength
  const contentType = contentTypeOf(end[0] as number)
  const frameLength = checkFrameLength(contentType, readU32(end, 1))
  return Object.freeze({
    version: 2,
    suite: suite.id,
    messageId,
    encryptionContext,
    encryptedDataKeys,
    contentType,
    frameLength,
    commitment: end.subarray(5),
  })
}

/** What the two versions have in common. */
function* readMiddle(
  suite: AlgorithmSuite,
  limits: HeaderLimits,
): Decoder<Pick<MessageHeader, 'messageId' | 'encryptionContext' | 'encryptedDataKeys'>> {
  const { messageIdLength } = suite
  const id = yield messageIdLength + 2
  const contextLength = readU16(id, messageIdLength)
  const context = yield contextLength + 2
  const encryptionContext = parseContext(context.subarray(0, contextLength))
  const encryptedDataKeys = yield* readEncryptedDataKeys(readU16(context, contextLength), limits.maxEncryptedDataKeys)
  return { messageId: id.subarray(0, messageIdLength), encryptionContext, encryptedDataKeys }
}

function contentTypeOf(value: number): ContentType {
  if (value === contentTypes.framed) return 'framed'
  if (value === contentTypes.nonframed) return 'nonframed'
  throw malformed(`content type ${value}; 1 (non-framed) and 2 (framed) are known`)
}

function checkFrameLength(contentType: ContentType, frameLength: number): number {
  if (contentType === 'nonframed' && frameLength !== 0) {
    throw malformed(`frame length ${frameLength} of a non-framed body, expected 0`)
  }
  if (contentType === 'framed' && frameLength === 0) {
    // A body that no frame can fill: the fault is the body's, though it shows here.
    throw new MessageFormatError('ERR_ESDK_BODY_MALFORMED', 'frame length 0 of a framed body, expected 1 or more')
  }
  return frameLength
}

/** Bytes of a header and its tag, as they stand in the message. */
export function headerLength(header: MessageHeader): number {
  const { tagLength } = algorithmSuite(header.suite)
  return encodeHeader(header).length + (header.version === 1 ? ivLength : 0) + tagLength
}

function malformed(what: string): MessageFormatError {
  return new MessageFormatError('ERR_ESDK_HEADER_MALFORMED', `the header is damaged or no header: ${what}`)
}
