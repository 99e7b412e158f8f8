import { type AesGcmKey, defaultBackend } from '@esdk/crypto-backend'
import { hex, type MessageHeader, readU32 } from '@esdk/serialize'
import { describe, expect, it } from 'vitest'
import { chunksOf, firstDifference, joined, pattern, slowly } from '../test/chunks.ts'
import { knownEdk } from '../test/keyrings.ts'
import { containing } from '../test/matchers.ts'
import { framesOf, sealMessage } from '../test/sealed-message.ts'
import { ByteReader } from './byte-reader.ts'
import { type ByteInput, byteSource } from './byte-source.ts'
import { Collector } from './collect.ts'
import { noRoom, type Step } from './parts.ts'
import { type FramesToSeal, frameSealer } from './seal-frames.ts'

const contentKey: AesGcmKey = await defaultBackend.importAesGcmKey(pattern(32))

function headerWith(frameLength: number): MessageHeader {
  return {
    version: 1,
    suite: 0x0078,
    messageId: pattern(16),
    encryptionContext: {},
    encryptedDataKeys: [knownEdk],
    contentType: 'framed',
    frameLength,
  }
}

/** The frames after the header and its tag, as the specification lays them out. */
async function expectedFrames(plaintext: Uint8Array, frameLength: number): Promise<Uint8Array> {
  const start = { suite: 0x0078, key: pattern(32), messageId: pattern(16), frameLength } as const
  const message = await sealMessage({ ...start, pieces: framesOf(plaintext, frameLength) })
  const { length } = await sealMessage({ ...start, pieces: [] })
  return message.subarray(length)
}

function sealerOf(input: ByteInput, frameLength: number, options: Partial<FramesToSeal> = {}) {
  const reader = new ByteReader(byteSource(input))
  const limits = { maxPlaintextLength: Number.POSITIVE_INFINITY, room: noRoom }
  return frameSealer({ header: headerWith(frameLength), contentKey, ...limits, ...options }, reader)
}

async function allOf(next: () => Step | Promise<Step>): Promise<Step[]> {
  const steps: Step[] = []
  for (;;) {
    const step = await next()
    steps.push(step)
    if (step.done) return steps
  }
}

function bytesOf(steps: readonly Step[]): Uint8Array {
  return joined(steps.flatMap(({ parts }) => parts))
}

describe('frames', () => {
  it.each([
    [0, 16],
    [16, 16],
    [17, 16],
    [100, 1],
    [100_000, 16_384],
    [100_000, 16_385],
  ])('of %i bytes, %i in each, are those of the specification', async (length, frameLength) => {
    const plaintext = pattern(length)
    const expected = await expectedFrames(plaintext, frameLength)
    for (const input of [plaintext, slowly(chunksOf(plaintext, 333))]) {
      expect(firstDifference(bytesOf(await allOf(sealerOf(input, frameLength))), expected)).toBe(-1)
    }
  })

  it('are sealed in runs of up to 256 KiB, and one by one where they are longer', async () => {
    const plaintext = pattern(1024 * 1024 + 1)
    for (const [frameLength, frames] of [
      [4096, 64],
      [262_144, 1],
      [300_000, 1],
    ] as const) {
      const steps = await allOf(sealerOf(plaintext, frameLength))
      const [first] = steps
      expect(bytesOf([first as Step])).toHaveLength(frames * (frameLength + 32))
    }
  })

  it('are written into the room that there is', async () => {
    const plaintext = pattern(1000)
    const expected = await expectedFrames(plaintext, 64)
    const collector = new Collector(expected.length)
    const next = sealerOf(plaintext, 64, { room: collector.room })
    for (let done = false; !done; ) {
      const step = await next()
      for (const part of step.parts) {
        expect(part.buffer).toBe((collector.room(0) as Uint8Array).buffer)
        collector.add(part)
      }
      done = step.done
    }
    expect(collector.finish()).toEqual(expected)
  })

  it('have an IV each, none of them that of the header', async () => {
    const stride = 16 + 32
    const sealed = bytesOf(await allOf(sealerOf(pattern(600 * 16), 16)))
    const ivs = new Set([hex(new Uint8Array(12))])
    for (let i = 0; i < 599; i++) ivs.add(hex(sealed.subarray(i * stride + 4, i * stride + 16)))
    ivs.add(hex(sealed.subarray(599 * stride + 8, 599 * stride + 20)))
    expect(ivs.size).toBe(601)
  })
})

describe('the numbers of frames', () => {
  const last = 0xffff_ffff

  it('go up to 2^32 - 1', async () => {
    const steps = await allOf(sealerOf(pattern(40), 16, { firstSequenceNumber: last - 2 }))
    const sealed = bytesOf(steps)
    expect(readU32(sealed, 0)).toBe(last - 2)
    expect(readU32(sealed, 48)).toBe(last - 1)
    // The final frame: the marker, then its number.
    expect(readU32(sealed, 96)).toBe(0xffff_ffff)
    expect(readU32(sealed, 100)).toBe(last)
  })

  it.each([
    ['one frame more', 33, last - 1],
    ['the final frame', 17, last],
    ['frames of one run', 160, last - 3],
  ])('go no further, not for %s: an IV would be used again', async (_, length, firstSequenceNumber) => {
    let sealed = 0
    const counting: AesGcmKey = {
      ...contentKey,
      sealRun(run) {
        sealed++
        return contentKey.sealRun(run)
      },
    }
    const next = sealerOf(pattern(length), 16, { firstSequenceNumber, contentKey: counting })
    await expect(allOf(next)).rejects.toMatchObject({
      code: 'ERR_ESDK_LIMIT',
      limit: 'maxPlaintextLength',
      message: containing('use a larger frameLength'),
    })
    expect(sealed).toBe(0)
  })
})

describe('a bound of the plaintext', () => {
  it.each([10, 16, 40])('of %i bytes lets as many through', async (maxPlaintextLength) => {
    const plaintext = pattern(maxPlaintextLength)
    const steps = await allOf(sealerOf(chunksOf(plaintext, 1), 16, { maxPlaintextLength }))
    expect(bytesOf(steps)).toEqual(await expectedFrames(plaintext, 16))
  })

  it.each([10, 16, 40])(
    'of %i bytes fails with the first byte more, without waiting for a whole frame',
    async (bound) => {
      async function* oneByteMore() {
        yield* chunksOf(pattern(bound + 1), 1)
        await new Promise(() => {})
      }
      const next = sealerOf(oneByteMore(), 16, { maxPlaintextLength: bound })
      await expect(allOf(next)).rejects.toMatchObject({
        code: 'ERR_ESDK_LIMIT',
        limit: 'maxPlaintextLength',
        allowed: bound,
        found: bound + 1,
      })
    },
  )
})
