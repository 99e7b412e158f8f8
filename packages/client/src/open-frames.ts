/**
 * The body of a message, as it is read: every piece is released only when its tag is right.
 *
 * Spec: client-apis/decrypt.md, "Decrypt the message body"
 *
 * @module
 */

import type { AesGcmKey, OpenRun } from '@esdk/crypto-backend'
import {
  LimitError,
  type MessageHeader,
  bodyAad,
  countRegularFrames,
  isFinalFrame,
  readFinalFrameHead,
  readNonFramedBodyHead,
  regularFrameIvOffset,
  regularFrameOverhead,
  regularFramePrefixLength,
  sequenceNumberOffset,
} from '@esdk/serialize'
import type { ByteReader } from './byte-reader.ts'
import { NotAuthenticError } from './errors.ts'
import type { CheckedLimits } from './limits.ts'

/** What a body is read with. */
export interface BodyToOpen {
  readonly header: MessageHeader
  readonly contentKey: AesGcmKey
  readonly limits: CheckedLimits
  /** Gets all bytes of the body, in order; for the signature. */
  readonly onRead: (bytes: Uint8Array) => void | Promise<void>
}

/** Authentic plaintext in parts. `last` marks what a signed message must hold back until its signature is known. */
export interface OpenedParts {
  readonly parts: readonly Uint8Array[]
  readonly last: boolean
}

/** Most content that is opened at once, unless one frame is longer. */
const longestRun = 256 * 1024

const tagLength = 16

/** The plaintext of the body that `reader` gives. The last item is the one that is `last`. */
export function openBody(body: BodyToOpen, reader: ByteReader): AsyncGenerator<OpenedParts, void, undefined> {
  return body.header.contentType === 'framed' ? openFrames(body, reader) : openNonFramed(body, reader)
}

async function* openFrames(body: BodyToOpen, reader: ByteReader): AsyncGenerator<OpenedParts, void, undefined> {
  const { header, contentKey, limits, onRead } = body
  const { frameLength } = header
  const stride = frameLength + regularFrameOverhead
  const mostFrames = Math.max(1, Math.floor(longestRun / frameLength))
  const template = regularFrames(header)
  let sequenceNumber = 1
  for (;;) {
    const bytes = await nextFrames(reader, stride)
    const count = countRegularFrames(bytes.subarray(0, mostFrames * stride), { sequenceNumber, frameLength })
    if (count === 0) break
    const sealed = bytes.subarray(0, count * stride)
    checkLength((sequenceNumber - 1 + count) * frameLength, limits)
    const { plaintext, opened } = await contentKey.openRun({ ...template, sealed, count, firstNumber: sequenceNumber })
    await onRead(sealed)
    if (plaintext.length > 0) yield { parts: plaintext, last: false }
    if (opened < count) throw new NotAuthenticError('body', `frame ${sequenceNumber + opened}`)
    reader.consume(count * stride)
    sequenceNumber += count
  }
  yield { parts: [await openFinalFrame(body, reader, sequenceNumber)], last: true }
}

/** Bytes that begin with a whole regular frame, or with the final one. */
async function nextFrames(reader: ByteReader, stride: number): Promise<Uint8Array> {
  if (!(await reader.fill(4))) throw reader.truncated(4)
  if (isFinalFrame(reader.contiguous(4))) return reader.contiguous(4)
  if (!(await reader.fill(stride))) throw reader.truncated(stride)
  return reader.contiguous(stride)
}

async function openFinalFrame(
  { header, contentKey, limits, onRead }: BodyToOpen,
  reader: ByteReader,
  sequenceNumber: number,
): Promise<Uint8Array> {
  const { frameLength, messageId } = header
  const { value: head, raw } = await reader.decode(readFinalFrameHead({ sequenceNumber, frameLength }))
  await onRead(raw)
  checkLength((sequenceNumber - 1) * frameLength + head.contentLength, limits)
  const aad = bodyAad(messageId, 'final frame', sequenceNumber, head.contentLength)
  return openPiece(contentKey, head, aad, reader, onRead, 'final frame')
}

async function* openNonFramed(
  { header, contentKey, limits, onRead }: BodyToOpen,
  reader: ByteReader,
): AsyncGenerator<OpenedParts, void, undefined> {
  const { value: head, raw } = await reader.decode(readNonFramedBodyHead(limits.maxFrameLength))
  await onRead(raw)
  checkLength(head.contentLength, limits)
  const aad = bodyAad(header.messageId, 'nonframed', 1, head.contentLength)
  yield { parts: [await openPiece(contentKey, head, aad, reader, onRead, 'non-framed body')], last: true }
}

/** Content and tag that follow the head of a piece. */
async function openPiece(
  contentKey: AesGcmKey,
  head: { readonly iv: Uint8Array; readonly contentLength: number },
  aad: Uint8Array,
  reader: ByteReader,
  onRead: BodyToOpen['onRead'],
  what: string,
): Promise<Uint8Array> {
  const length = head.contentLength + tagLength
  if (!(await reader.fill(length))) throw reader.truncated(length)
  const sealed = reader.contiguous(length).subarray(0, length)
  const plaintext = await contentKey.open(head.iv, aad, sealed)
  if (plaintext === undefined) throw new NotAuthenticError('body', what)
  await onRead(sealed)
  reader.consume(length)
  return plaintext
}

function regularFrames({
  messageId,
  frameLength,
}: MessageHeader): Pick<OpenRun, 'pieceLength' | 'prefixLength' | 'ivAt' | 'aad'> {
  const aad = bodyAad(messageId, 'regular frame', 0, frameLength)
  return {
    pieceLength: frameLength,
    prefixLength: regularFramePrefixLength,
    ivAt: regularFrameIvOffset,
    aad: { bytes: aad, numberAt: [sequenceNumberOffset(aad)] },
  }
}

function checkLength(length: number, { maxPlaintextLength }: CheckedLimits): void {
  if (length > maxPlaintextLength) {
    throw new LimitError('maxPlaintextLength', maxPlaintextLength, length, 'the message holds too much plaintext')
  }
}
