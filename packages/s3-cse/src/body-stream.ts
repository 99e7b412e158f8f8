/**
 * Bodies as the AWS SDK takes and gives them: streams of the platform, with its methods to read them whole.
 *
 * @module
 */

import { quote } from '@esdk/cmm'
import { bufferDecoderOf, nodeStreamOf, webStreamOfNode } from '#node-stream'
import { chunksOf, collectAll } from './chunks.ts'

/** What the body of an answer of the AWS SDK can do. */
export interface ReadableBody {
  transformToByteArray(): Promise<Uint8Array>
  /** UTF-8, or the encoding that is named, as the AWS SDK has them: on Node, those of `Buffer` too. */
  transformToString(encoding?: string): Promise<string>
  transformToWebStream(): ReadableStream<Uint8Array>
}

/**
 * A body to answer with: a stream of the same kind as `origin`, the body that S3 answered with.
 *
 * @param close - called when nobody wants the rest
 */
export function answerStream(chunks: AsyncGenerator<Uint8Array>, origin: unknown, close: () => void): ReadableBody {
  if (nodeStreamOf === undefined || isWebStream(origin)) {
    return withTransforms(webStreamOf(chunks, close), (stream) => stream, textDecoderOf)
  }
  return withTransforms(nodeStreamOf(chunks, close), webStreamOfNode, (encoding) => {
    return bufferDecoderOf(encoding) ?? textDecoderOf(encoding)
  })
}

function isWebStream(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'getReader' in value
}

function webStreamOf(chunks: AsyncGenerator<Uint8Array>, close: () => void): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const next = await chunks.next()
        if (next.done) controller.close()
        else controller.enqueue(next.value)
      },
      cancel() {
        close()
        // A generator that waits for bytes ends when they come, or fail to.
        chunks.return(undefined).catch(() => {})
      },
    },
    { highWaterMark: 0 },
  )
}

function withTransforms<Stream extends object>(
  stream: Stream,
  toWebStream: (stream: Stream) => ReadableStream<Uint8Array>,
  decoderOf: (encoding: string | undefined) => (bytes: Uint8Array) => string,
): Stream & ReadableBody {
  let used = false
  const use = () => {
    if (used) throw new TypeError('the body has been read: it can be read once')
    used = true
  }
  const transformToByteArray = async () => {
    use()
    return collectAll(chunksOf(stream))
  }
  return Object.assign(stream, {
    transformToByteArray,
    async transformToString(encoding?: string) {
      const decode = decoderOf(encoding)
      return decode(await transformToByteArray())
    },
    transformToWebStream() {
      use()
      return toWebStream(stream)
    },
  })
}

/** @throws TypeError - no such encoding is known */
function textDecoderOf(encoding = 'utf-8'): (bytes: Uint8Array) => string {
  if (encoding === 'hex') return hexOf
  if (encoding === 'base64') return base64Of
  try {
    // The mark of UTF-8 says nothing, and is a character of the text; that of UTF-16 tells the order of bytes.
    const decoder = new TextDecoder(encoding, { ignoreBOM: /^utf-?8$/i.test(encoding) })
    return (bytes) => decoder.decode(bytes)
  } catch (cause) {
    throw new TypeError(
      `no encoding ${quote(encoding)} is known: name one that TextDecoder has, such as "utf-8", or "base64" or "hex"`,
      { cause },
    )
  }
}

function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

function base64Of(bytes: Uint8Array): string {
  let binary = ''
  for (let i = 0; i < bytes.length; i += 8192) binary += String.fromCharCode(...bytes.subarray(i, i + 8192))
  return btoa(binary)
}
