/**
 * The body of a message, as it is written: regular frames in runs, then the final frame.
 *
 * A body is never without a final frame, and a plaintext that fills its frames ends with a full one.
 *
 * Spec: client-apis/encrypt.md, "Construct the body"
 *
 * @module
 */

import type { AesGcmKey, NumberedBytes, SealRun } from '@esdk/crypto-backend'
import {
  LimitError,
  type MessageHeader,
  bodyAad,
  encodeFinalFramePrefix,
  encodeRegularFramePrefix,
  frameIv,
  maxFrames,
  sequenceNumberOffset,
} from '@esdk/serialize'
import type { ByteReader } from './byte-reader.ts'

/** What the frames are made with. */
export interface FramesToSeal {
  readonly header: MessageHeader
  readonly contentKey: AesGcmKey
  readonly maxPlaintextLength: number
  /** For tests of the end of the numbers; 1 otherwise. */
  readonly firstSequenceNumber?: number
}

/** Most plaintext that is sealed at once, unless one frame is longer. */
const longestRun = 256 * 1024

const iv: NumberedBytes['numberAt'] = [8]

/** The frames of what `reader` gives, each run in one or more parts. */
export async function* sealFrames(
  { header, contentKey, maxPlaintextLength, firstSequenceNumber = 1 }: FramesToSeal,
  reader: ByteReader,
): AsyncGenerator<readonly Uint8Array[], void, undefined> {
  const { frameLength } = header
  const regular = regularFrames(header)
  let sequenceNumber = firstSequenceNumber
  // One byte more than a frame: only then is the frame not the last.
  while (await reader.fill(frameLength + 1)) {
    const plaintext = reader.contiguous(frameLength)
    const count = wholeFrames(plaintext.length, reader.available, frameLength)
    checkLength(reader.consumed + count * frameLength + 1, maxPlaintextLength)
    if (sequenceNumber + count > maxFrames) throw tooManyFrames(frameLength)
    yield await contentKey.sealRun({
      ...regular,
      plaintext: plaintext.subarray(0, count * frameLength),
      count,
      firstNumber: sequenceNumber,
    })
    reader.consume(count * frameLength)
    sequenceNumber += count
  }
  const rest = reader.available
  checkLength(reader.consumed + rest, maxPlaintextLength)
  const plaintext = reader.contiguous(rest)
  yield await contentKey.sealRun({ ...finalFrame(header, rest), plaintext, count: 1, firstNumber: sequenceNumber })
  reader.consume(rest)
}

/** How many frames of `length` bytes can be sealed while at least one byte stays behind. */
function wholeFrames(length: number, available: number, frameLength: number): number {
  const whole = Math.floor(length / frameLength)
  const regular = whole * frameLength === available ? whole - 1 : whole
  return Math.min(regular, Math.max(1, Math.floor(longestRun / frameLength)))
}

type Template = Pick<SealRun, 'pieceLength' | 'iv' | 'aad' | 'prefix'>

function regularFrames({ messageId, frameLength }: MessageHeader): Template {
  const aad = bodyAad(messageId, 'regular frame', 0, frameLength)
  return {
    pieceLength: frameLength,
    iv: { bytes: frameIv(0), numberAt: iv },
    aad: { bytes: aad, numberAt: [sequenceNumberOffset(aad)] },
    prefix: { bytes: encodeRegularFramePrefix(0), numberAt: [0, 12] },
  }
}

function finalFrame({ messageId }: MessageHeader, length: number): Template {
  const aad = bodyAad(messageId, 'final frame', 0, length)
  return {
    pieceLength: length,
    iv: { bytes: frameIv(0), numberAt: iv },
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
