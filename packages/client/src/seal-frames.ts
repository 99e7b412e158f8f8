/**
 * The body of a message, as it is written: regular frames in runs, then the final frame.
 *
 * A body is never without a final frame, and a plaintext that fills its frames ends with a full one.
 *
 * Spec: client-apis/encrypt.md, "Construct the body"
 *
 * @module
 */

import { type AesGcmKey, type Awaitable, andThen, type NumberedBytes, type SealRun } from '@esdk/crypto-backend'
import {
  bodyAad,
  encodeFinalFramePrefix,
  encodeRegularFramePrefix,
  finalFrameOverhead,
  frameIv,
  LimitError,
  type MessageHeader,
  maxFrames,
  regularFrameOverhead,
  sequenceNumberOffset,
} from '@esdk/serialize'
import type { ByteReader } from './byte-reader.ts'
import type { Room, Step } from './parts.ts'

/** What the frames are made with. */
export interface FramesToSeal {
  readonly header: MessageHeader
  readonly contentKey: AesGcmKey
  readonly maxPlaintextLength: number
  readonly room: Room
  /** For tests of the end of the numbers; 1 otherwise. */
  readonly firstSequenceNumber?: number
}

/** Most plaintext that is sealed at once, unless one frame is longer. */
const longestRun = 256 * 1024

/** The frames of what `reader` gives, a run for each step; the final one is `done`. */
export function frameSealer(message: FramesToSeal, reader: ByteReader): () => Awaitable<Step> {
  const { header, contentKey, maxPlaintextLength, room } = message
  const { frameLength } = header
  let regular: Template | undefined
  let sequenceNumber = message.firstSequenceNumber ?? 1

  function sealRegular(): Awaitable<Step> {
    const plaintext = reader.contiguous(frameLength)
    const count = wholeFrames(plaintext.length, reader.available, frameLength)
    const length = count * frameLength
    if (sequenceNumber + count > maxFrames) throw tooManyFrames(frameLength)
    regular ??= regularFrames(header)
    const output = room(length + count * regularFrameOverhead)
    const run = runOf(regular, plaintext.subarray(0, length), count, sequenceNumber, output)
    return andThen(contentKey.sealRun(run), (parts) => {
      reader.consume(length)
      sequenceNumber += count
      return { parts, done: false }
    })
  }

  function sealFinal(): Awaitable<Step> {
    const rest = reader.available
    const output = room(rest + finalFrameOverhead)
    const run = runOf(finalFrame(header, rest), reader.contiguous(rest), 1, sequenceNumber, output)
    return andThen(contentKey.sealRun(run), (parts) => {
      reader.consume(rest)
      return { parts, done: true }
    })
  }

  return () => {
    // One byte more than a frame: only then is the frame not the last. Or one more than is allowed, which fails at once.
    const wanted = 1 + Math.min(frameLength, maxPlaintextLength - reader.consumed)
    return andThen(reader.fill(wanted), (more) => {
      checkLength(reader.consumed + reader.available, maxPlaintextLength)
      return more ? sealRegular() : sealFinal()
    })
  }
}

function runOf(
  { pieceLength, iv, aad, prefix }: Template,
  plaintext: Uint8Array,
  count: number,
  firstNumber: number,
  output: Uint8Array | undefined,
): SealRun {
  return { plaintext, pieceLength, count, firstNumber, iv, aad, prefix, output }
}

/** How many frames of `length` bytes can be sealed while at least one byte stays behind. */
function wholeFrames(length: number, available: number, frameLength: number): number {
  const whole = Math.floor(length / frameLength)
  const regular = whole * frameLength === available ? whole - 1 : whole
  return Math.min(regular, Math.max(1, Math.floor(longestRun / frameLength)))
}

const ivNumberAt: NumberedBytes['numberAt'] = [8]

type Template = Pick<SealRun, 'pieceLength' | 'iv' | 'aad' | 'prefix'>

function regularFrames({ messageId, frameLength }: MessageHeader): Template {
  const aad = bodyAad(messageId, 'regular frame', 0, frameLength)
  return {
    pieceLength: frameLength,
    iv: { bytes: frameIv(0), numberAt: ivNumberAt },
    aad: { bytes: aad, numberAt: [sequenceNumberOffset(aad)] },
    prefix: { bytes: encodeRegularFramePrefix(0), numberAt: [0, 12] },
  }
}

function finalFrame({ messageId }: MessageHeader, length: number): Template {
  const aad = bodyAad(messageId, 'final frame', 0, length)
  return {
    pieceLength: length,
    iv: { bytes: frameIv(0), numberAt: ivNumberAt },
    aad: { bytes: aad, numberAt: [sequenceNumberOffset(aad)] },
    prefix: { bytes: encodeFinalFramePrefix(0, length), numberAt: [4, 16] },
  }
}

function checkLength(length: number, maxPlaintextLength: number): void {
  if (length > maxPlaintextLength) {
    throw new LimitError('maxPlaintextLength', maxPlaintextLength, length, 'the plaintext is too long')
  }
}

function tooManyFrames(frameLength: number): LimitError {
  return new LimitError(
    'maxPlaintextLength',
    maxFrames * frameLength,
    maxFrames * frameLength + 1,
    'a message has at most 4294967295 frames: use a larger frameLength',
  )
}
