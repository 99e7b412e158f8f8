/** Where there is no `node:stream`, streams are those of the web. Chosen by the `#node-stream` import. */

import type { NodeStream, SendingStream } from './node-stream.ts'

export type { NodeStream, SendingStream }

export const nodeStreamOf: ((chunks: AsyncGenerator<Uint8Array>, close: () => void) => NodeStream) | undefined =
  undefined

/** The AWS SDK for browsers writes the bytes of a stream as text: there is nothing to send but bytes. */
export const sendingStreamOf: ((chunks: AsyncGenerator<Uint8Array>) => SendingStream) | undefined = undefined

export function webStreamOfNode(): ReadableStream<Uint8Array> {
  throw new TypeError('there are no streams of Node on this platform')
}

export function bufferDecoderOf(): undefined {
  return undefined
}

export function fileLengthOf(): undefined {
  return undefined
}

export function beginReading(): null {
  return null
}
