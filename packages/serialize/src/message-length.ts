/**
 * How long a message is, before it is written; and how long its plaintext is, before it is read.
 *
 * Both are exact because esdk writes signatures of one fixed length for each curve.
 *
 * Spec: data-format/message-body.md, data-format/message-footer.md
 *
 * @module
 */

import { type AlgorithmSuite, algorithmSuite } from './algorithm-suite.ts'
import { finalFrameOverhead, regularFrameOverhead } from './frame.ts'
import { headerLength, type MessageHeader } from './header.ts'
import { signatureLengths } from './signature.ts'

/** Bytes of the footer that esdk writes for a suite; 0 for unsigned suites. */
export function footerLength(suite: AlgorithmSuite): number {
  return suite.signature.kind === 'none' ? 0 : 2 + signatureLengths[suite.signature.curve]
}

/**
 * Bytes of the whole message that esdk writes for `plaintextLength` bytes under this header.
 *
 * `client.encryptStream` resolves to the header before it reads the plaintext, so that a `Content-Length` is known.
 *
 * @param headerBytes - bytes of the header with its tag, where they are known
 * @throws RangeError - a length that is not a whole number of at least 0, or a non-framed header
 */
export function ciphertextLength(
  header: MessageHeader,
  plaintextLength: number,
  headerBytes: number = headerLength(header),
): number {
  checkLength(plaintextLength, 'plaintextLength')
  if (header.contentType !== 'framed') throw new RangeError('esdk writes no message without frames')
  const { frameLength } = header
  const regularFrames = Math.max(0, Math.ceil(plaintextLength / frameLength) - 1)
  const body = plaintextLength + regularFrames * regularFrameOverhead + finalFrameOverhead
  return headerBytes + body + footerLength(algorithmSuite(header.suite))
}

/**
 * Bytes of plaintext in a message of `totalLength` bytes with this header; `undefined` when no message has that length.
 *
 * Exact for unsigned messages, and for signed ones whose writer fixed the length of the signature, as esdk and the
 * AWS Encryption SDKs do. The answer is as trustworthy as the header and the length are: neither is authenticated here.
 *
 * @param headerBytes - bytes of the header with its tag, where they are known
 */
export function plaintextLength(
  header: MessageHeader,
  totalLength: number,
  headerBytes: number = headerLength(header),
): number | undefined {
  checkLength(totalLength, 'totalLength')
  const body = totalLength - headerBytes - footerLength(algorithmSuite(header.suite))
  if (header.contentType === 'nonframed') {
    const content = body - 12 - 8 - 16
    return content >= 0 ? content : undefined
  }
  const stride = header.frameLength + regularFrameOverhead
  const regularFrames = Math.max(0, Math.floor((body - finalFrameOverhead) / stride))
  const finalContent = body - finalFrameOverhead - regularFrames * stride
  if (finalContent < 0 || finalContent > header.frameLength) return undefined
  return regularFrames * header.frameLength + finalContent
}

function checkLength(length: number, name: string): void {
  if (!Number.isSafeInteger(length) || length < 0) {
    throw new RangeError(`${name} must be a whole number of bytes, found ${length}`)
  }
}
