/**
 * The body of a message, as it is read: every piece is released only when its tag is right.
 *
 * Spec: client-apis/decrypt.md, "Decrypt the message body"
 *
 * @module
 */

import { type AesGcmKey, type Awaitable, andThen, type OpenRun } from '@esdk/crypto-backend'
import {
  bodyAad,
  countRegularFrames,
  isFinalFrame,
  LimitError,
  type MessageHeader,
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
import type { Room, Step } from './parts.ts'

/** What a body is read with. */
export interface BodyToOpen {
  readonly header: MessageHeader
  readonly contentKey: AesGcmKey
  readonly limits: CheckedLimits
  readonly room: Room
  /** Gets all bytes of the body, in order; for the signature. */
  readonly onRead: (bytes: Uint8Array) => Awaitable<void>
}

/** Most content that is opened at once, unless one frame is longer. */
const longestRun = 256 * 1024

const tagLength = 16

/**
 * The plaintext of the body that `reader` gives, a run of pieces for each step. The last piece, which a signed message
 * must hold back until its signature is known, is `done`.
 */
export function bodyOpener(body: BodyToOpen, reader: ByteReader): () => Awaitable<Step> {
  return body.header.contentType === 'framed' ? frameOpener(body, reader) : () => openNonFramed(body, reader)
}

function frameOpener(body: BodyToOpen, reader: ByteReader): () => Awaitable<Step> {
  const { frameLength } = body.header
  const stride = frameLength + regularFrameOverhead
  const mostFrames = Math.max(1, Math.floor(longestRun / frameLength))
  let regular: Template | undefined
  let sequenceNumber = 1
  let failure: NotAuthenticError | undefined

  function openRegular(sealed: Uint8Array, count: number): Awaitable<Step> {
    const { header, contentKey, limits, room, onRead } = body
    checkLength((sequenceNumber - 1 + count) * frameLength, limits)
    regular ??= regularFrames(header)
    const output = room(count * frameLength)
    const opening = contentKey.openRun(runOf(regular, sealed, count, sequenceNumber, output))
    return andThen(opening, ({ plaintext, opened }) =>
      andThen(onRead(sealed), () => {
        // What opened is released first.
        if (opened < count) failure = new NotAuthenticError('body', `frame ${sequenceNumber + opened}`)
        reader.consume(sealed.length)
        sequenceNumber += count
        return { parts: plaintext, done: false }
      }),
    )
  }

  return () => {
    if (failure !== undefined) throw failure
    return andThen(nextFrames(reader, stride), (bytes) => {
      const count = countRegularFrames(bytes.subarray(0, mostFrames * stride), { sequenceNumber, frameLength })
      return count > 0 ? openRegular(bytes.subarray(0, count * stride), count) : openFinal(body, reader, sequenceNumber)
    })
  }
}

/** Bytes that begin with a whole regular frame, or with the final one. */
function nextFrames(reader: ByteReader, stride: number): Awaitable<Uint8Array> {
  return andThen(reader.fill(4), (begun) => {
    if (!begun) throw reader.truncated(4)
    if (isFinalFrame(reader.contiguous(4))) return reader.contiguous(4)
    return andThen(reader.fill(stride), (whole) => {
      if (!whole) throw reader.truncated(stride)
      return reader.contiguous(stride)
    })
  })
}

function openFinal(body: BodyToOpen, reader: ByteReader, sequenceNumber: number): Awaitable<Step> {
  const { header, limits } = body
  const { frameLength } = header
  return andThen(reader.decode(readFinalFrameHead({ sequenceNumber, frameLength })), ({ value: head, raw }) => {
    checkLength((sequenceNumber - 1) * frameLength + head.contentLength, limits)
    const aad = bodyAad(header.messageId, 'final frame', sequenceNumber, head.contentLength)
    return openLast(body, head, raw, aad, reader)
  })
}

function openNonFramed(body: BodyToOpen, reader: ByteReader): Awaitable<Step> {
  const { header, limits } = body
  return andThen(reader.decode(readNonFramedBodyHead(limits.maxFrameLength)), ({ value: head, raw }) => {
    checkLength(head.contentLength, limits)
    return openLast(body, head, raw, bodyAad(header.messageId, 'nonframed', 1, head.contentLength), reader)
  })
}

/** Content and tag that follow the head of the last piece. */
function openLast(
  { header, contentKey, room, onRead }: BodyToOpen,
  { iv, contentLength }: { readonly iv: Uint8Array; readonly contentLength: number },
  rawHead: Uint8Array,
  aad: Uint8Array,
  reader: ByteReader,
): Awaitable<Step> {
  const length = contentLength + tagLength
  return andThen(reader.fill(length), (whole) => {
    if (!whole) throw reader.truncated(length)
    const sealed = reader.contiguous(length).subarray(0, length)
    const template = { pieceLength: contentLength, prefixLength: 0, iv, aad: { bytes: aad, numberAt: [] } }
    const opening = contentKey.openRun(runOf(template, sealed, 1, 0, room(contentLength)))
    return andThen(opening, ({ plaintext, opened }) => {
      if (opened === 0) {
        throw new NotAuthenticError('body', header.contentType === 'framed' ? 'final frame' : 'non-framed body')
      }
      return andThen(onRead(rawHead), () =>
        andThen(onRead(sealed), () => {
          reader.consume(length)
          return { parts: plaintext, done: true }
        }),
      )
    })
  })
}

type Template = Pick<OpenRun, 'pieceLength' | 'prefixLength' | 'iv' | 'aad'>

function runOf(
  { pieceLength, prefixLength, iv, aad }: Template,
  sealed: Uint8Array,
  count: number,
  firstNumber: number,
  output: Uint8Array | undefined,
): OpenRun {
  return { sealed, pieceLength, count, firstNumber, aad, prefixLength, iv, output }
}

function regularFrames({ messageId, frameLength }: MessageHeader): Template {
  const aad = bodyAad(messageId, 'regular frame', 0, frameLength)
  return {
    pieceLength: frameLength,
    prefixLength: regularFramePrefixLength,
    iv: regularFrameIvOffset,
    aad: { bytes: aad, numberAt: [sequenceNumberOffset(aad)] },
  }
}

function checkLength(length: number, { maxPlaintextLength }: CheckedLimits): void {
  if (length > maxPlaintextLength) {
    throw new LimitError('maxPlaintextLength', maxPlaintextLength, length, 'the message holds too much plaintext')
  }
}
