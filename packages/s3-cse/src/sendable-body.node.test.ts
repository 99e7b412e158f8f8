import type { Readable } from 'node:stream'
import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { plaintext } from '../test/clients.ts'
import type { SendingStream } from './node-stream.ts'
import { sendableBody } from './sendable-body.ts'

/** The lengths of what is sent at a time. */
async function sentLengths(lengths: readonly number[]): Promise<number[]> {
  async function* chunks() {
    for (const length of lengths) {
      yield plaintext(length)
      await turn()
    }
  }
  const { Body } = await sendableBody(chunks())
  const stream = Body as unknown as Readable & SendingStream
  const sent: number[] = []
  stream.on('data', (chunk: Uint8Array) => sent.push(chunk.length))
  stream.startWith(undefined)
  await new Promise((resolve) => stream.on('end', resolve))
  return sent
}

describe('a body that is sent', () => {
  // S3: "Only the last chunk is allowed to have a size less than 8192 bytes" (InvalidChunkSizeError).
  it('has no chunk below 8192 bytes before the last, so that a tag does not come behind a short one', async () => {
    expect(await sentLengths([1, 16])).toEqual([17])
    expect(await sentLengths([65_536, 10, 16])).toEqual([65_536, 26])
    expect(await sentLengths([8191, 1, 16])).toEqual([8192, 16])
  })
})
