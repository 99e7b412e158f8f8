/**
 * A message as a pair of streams, for `pipeThrough` and `stream.pipeline`.
 *
 * @module
 */

import type { MessageHeader } from '@esdk/serialize'
import { ByteReader } from './byte-reader.ts'
import { byteSource } from './byte-source.ts'
import type { Step, Steps } from './parts.ts'
import { streamOf } from './web-stream.ts'

/** Write one side, read the other. */
export interface MessageTransform extends TransformStream<Uint8Array, Uint8Array> {
  /** Resolves when the header stands (encrypt) or has proved authentic (decrypt). */
  readonly header: Promise<MessageHeader>
}

/** What `begin` gives: the header, and the rest as it is asked for. */
export interface BegunMessage {
  readonly header: MessageHeader
  readonly steps: Steps
}

/** A transform that begins when somebody reads. */
export function transformOf(begin: (reader: ByteReader) => Promise<BegunMessage>): MessageTransform {
  const input = new TransformStream<Uint8Array, Uint8Array>()
  const reader = new ByteReader(byteSource(input.readable))
  let headerStands: (header: MessageHeader) => void = () => {}
  let headerFails: (reason: unknown) => void = () => {}
  const header = new Promise<MessageHeader>((resolve, reject) => {
    headerStands = resolve
    headerFails = reject
  })
  // Whoever does not ask for the header learns of the failure from the stream.
  header.catch(() => {})

  let steps: Steps | undefined
  async function next(): Promise<Step> {
    steps ??= await beginNow()
    return steps()
  }

  async function beginNow(): Promise<Steps> {
    try {
      const message = await begin(reader)
      headerStands(message.header)
      return message.steps
    } catch (error) {
      headerFails(error)
      reader.close(error)
      throw error
    }
  }

  return { writable: input.writable, readable: streamOf(next, (reason) => reader.close(reason)), header }
}
