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

import { algorithmSuite, type SuiteV1, type SuiteV2, suiteOfMessage } from './algorithm-suite.ts'
import { concat, lengthPrefixed16, u32 } from './bytes.ts'
import * as read from './decoder.ts'
import type { Decoder } from './decoder.ts'
import { type EncryptedDataKey, encodeEncryptedDataKeys, readEncryptedDataKeys } from './encrypted-data-key.ts'
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
  const versionAndSuite =
    header.version === 1
      ? Uint8Array.of(1, messageType, header.suite >>> 8, header.suite)
      : Uint8Array.of(2, header.suite >>> 8, header.suite)
  return concat(
    versionAndSuite,
    header.messageId,
    lengthPrefixed16(encodeContext(header.encryptionContext)),
    encodeEncryptedDataKeys(header.encryptedDataKeys),
    Uint8Array.of(contentTypes[header.contentType]),
    header.version === 1 ? Uint8Array.of(0, 0, 0, 0, ivLength) : new Uint8Array(0),
    u32(header.frameLength),
    header.version === 2 ? header.commitment : new Uint8Array(0),
  )
}

/** Reads a header of either version. */
export function* readHeader(limits: HeaderLimits): Decoder<MessageHeader> {
  const version = yield* read.u8()
  if (version === 1) return yield* readHeaderV1(limits)
  if (version === 2) return yield* readHeaderV2(limits)
  throw malformed(`message format version ${version}; 1 and 2 are known`)
}

function* readHeaderV1(limits: HeaderLimits): Decoder<MessageHeaderV1> {
  const type = yield* read.u8()
  if (type !== messageType) throw malformed(`message type ${type}, expected ${messageType}`)
  const suite = suiteOfMessage(1, yield* read.u16())
  const messageId = yield suite.messageIdLength
  const encryptionContext = parseContext(yield* read.bytes16())
  const encryptedDataKeys = yield* readEncryptedDataKeys(limits.maxEncryptedDataKeys)
  const contentType = yield* readContentType()
  const reserved = yield* read.u32()
  if (reserved !== 0) throw malformed('the reserved field is not zero')
  const iv = yield* read.u8()
  if (iv !== suite.ivLength) throw malformed(`IV length ${iv}, expected ${suite.ivLength}`)
  const frameLength = checkFrameLength(contentType, yield* read.u32())
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
  const suite = suiteOfMessage(2, yield* read.u16())
  const messageId = yield suite.messageIdLength
  const encryptionContext = parseContext(yield* read.bytes16())
  const encryptedDataKeys = yield* readEncryptedDataKeys(limits.maxEncryptedDataKeys)
  const contentType = yield* readContentType()
  const frameLength = checkFrameLength(contentType, yield* read.u32())
  const commitment = yield suite.commitmentLength
  return Object.freeze({
    version: 2,
    suite: suite.id,
    messageId,
    encryptionContext,
    encryptedDataKeys,
    contentType,
    frameLength,
    commitment,
  })
}

function* readContentType(): Decoder<ContentType> {
  const value = yield* read.u8()
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

