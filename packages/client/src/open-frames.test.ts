import { type AesGcmKey, defaultBackend } from '@esdk/crypto-backend'
import { decode, type MessageHeader, readHeader } from '@esdk/serialize'
import { describe, expect, it } from 'vitest'
import { chunksOf, firstDifference, joined, pattern } from '../test/chunks.ts'
import { containing } from '../test/matchers.ts'
import { framesOf, type PieceToSeal, sealMessage } from '../test/sealed-message.ts'
import { ByteReader } from './byte-reader.ts'
import { byteSource } from './byte-source.ts'
import { Collector } from './collect.ts'
import { checkLimits, type Limits } from './limits.ts'
import { type BodyToOpen, bodyOpener } from './open-frames.ts'
import { noRoom, type Step } from './parts.ts'

const contentKey: AesGcmKey = await defaultBackend.importAesGcmKey(pattern(32))

interface Body {
  readonly header: MessageHeader
  readonly bytes: Uint8Array<ArrayBuffer>
}

async function bodyOf(pieces: readonly PieceToSeal[], frameLength: number): Promise<Body> {
  const message = await sealMessage({ suite: 0x0078, key: pattern(32), frameLength, pieces })
  const { value: header, raw } = decode(readHeader({ maxEncryptedDataKeys: 1 }), message)
  return { header, bytes: message.slice(raw.length + 12 + 16) }
}

interface Opened {
  readonly steps: readonly Step[]
  readonly bytes: Uint8Array
  readonly read: Uint8Array
  readonly error: unknown
}

/** Opens a body that comes in these chunks. */
async function open(
  { header, bytes }: Body,
  lengths: readonly number[] = [bytes.length || 1],
  { limits = {}, ...body }: Partial<Omit<BodyToOpen, 'limits'>> & { readonly limits?: Limits } = {},
): Promise<Opened> {
  const read: Uint8Array[] = []
  const steps: Step[] = []
  const opened = (error?: unknown): Opened => ({
    steps,
    bytes: joined(steps.flatMap(({ parts }) => parts)),
    read: joined(read),
    error,
  })
  const onRead = (part: Uint8Array) => void read.push(part.slice())
  const given = { header, contentKey, limits: checkLimits(undefined, limits), room: noRoom, onRead, ...body }
  const next = bodyOpener(given, new ByteReader(byteSource(chunksOf(bytes, ...lengths))))
  try {
    do steps.push(await next())
    while (!steps.at(-1)?.done)
    return opened()
  } catch (error) {
    return opened(error)
  }
}

describe('a body of frames', () => {
  it.each([0, 1, 15, 16, 17, 32, 33, 1000])('of %i bytes opens, however it comes', async (length) => {
    const plaintext = pattern(length)
    const body = await bodyOf(framesOf(plaintext, 16), 16)
    for (const lengths of [[body.bytes.length], [1], [47], [48], [49], [5, 100]]) {
      const { bytes, read, error } = await open(body, lengths)
      expect(error).toBeUndefined()
      expect(bytes).toEqual(plaintext)
      // Every byte is read once, for the signature.
      expect(read).toEqual(body.bytes)
    }
  })

  it('is opened in runs of up to 256 KiB, and frame by frame where they are longer', async () => {
    const plaintext = pattern(1024 * 1024 + 1)
    for (const [frameLength, first] of [
      [4096, 262_144],
      [262_144, 262_144],
      [300_000, 300_000],
    ] as const) {
      const { steps, bytes } = await open(await bodyOf(framesOf(plaintext, frameLength), frameLength))
      expect(joined(steps[0]?.parts ?? [])).toHaveLength(first)
      expect(firstDifference(bytes, plaintext)).toBe(-1)
    }
  })

  it('is written into the room that there is', async () => {
    const plaintext = pattern(1000)
    const collector = new Collector(1000)
    const { header, bytes } = await bodyOf(framesOf(plaintext, 64), 64)
    const { room } = collector
    const body = { header, contentKey, limits: checkLimits(undefined), room, onRead: () => {} }
    const next = bodyOpener(body, ByteReader.over(bytes))
    for (let done = false; !done; ) {
      const step = await next()
      for (const part of step.parts) {
        expect(part.buffer).toBe((room(0) as Uint8Array).buffer)
        collector.add(part)
      }
      done = step.done
    }
    expect(collector.finish()).toEqual(plaintext)
  })

  it('uses the IVs that stand in the frames', async () => {
    // Writers of a time before SDK 1.3.0 chose them at random.
    const pieces = framesOf(pattern(40), 16).map((piece, i) => ({ ...piece, iv: pattern(12, 50 + i) }))
    expect((await open(await bodyOf(pieces, 16), [9])).bytes).toEqual(pattern(40))
  })

  it('releases what opened before the frame that does not, and names that frame', async () => {
    for (const [frame, message] of [
      [0, 'frame 1'],
      [2, 'frame 3'],
      [4, 'final frame'],
    ] as const) {
      const body = await bodyOf(framesOf(pattern(80), 16), 16)
      const changed = body.bytes.slice()
      const offset = frame * 48 + 20 + (frame === 4 ? 8 : 0)
      changed[offset] = (changed[offset] as number) ^ 1
      for (const lengths of [[changed.length], [1]]) {
        const { bytes, error } = await open({ ...body, bytes: changed }, lengths)
        expect(bytes).toEqual(pattern(80).subarray(0, frame * 16))
        expect(error).toMatchObject({ code: 'ERR_ESDK_BODY_AUTH', message: containing(`(${message})`) })
      }
    }
  })

  it('may hold as much plaintext as the limit, and no frame more', async () => {
    const body = await bodyOf(framesOf(pattern(40), 16), 16)
    expect((await open(body, [1], { limits: { maxPlaintextLength: 40 } })).bytes).toEqual(pattern(40))
    for (const [maxPlaintextLength, released] of [
      [39, 32],
      [31, 16],
      [1, 0],
    ] as const) {
      const { bytes, error } = await open(body, [1], { limits: { maxPlaintextLength } })
      expect(error).toMatchObject({
        code: 'ERR_ESDK_LIMIT',
        limit: 'maxPlaintextLength',
        allowed: maxPlaintextLength,
        message: containing('the message holds too much plaintext'),
      })
      expect(bytes).toHaveLength(released)
    }
  })
})

describe('a body without frames', () => {
  it.each([0, 1, 5000])('of %i bytes opens', async (length) => {
    const body = await bodyOf([{ kind: 'nonframed', content: pattern(length) }], 0)
    for (const lengths of [[body.bytes.length], [1000], [7]]) {
      const { bytes, read } = await open(body, lengths)
      expect(bytes).toEqual(pattern(length))
      expect(read).toEqual(body.bytes)
    }
  })

  it('is refused when it was changed', async () => {
    const body = await bodyOf([{ kind: 'nonframed', content: pattern(50) }], 0)
    body.bytes[30] = (body.bytes[30] as number) ^ 1
    const { bytes, error } = await open(body, [9])
    expect(bytes).toHaveLength(0)
    expect(error).toMatchObject({
      code: 'ERR_ESDK_BODY_AUTH',
      message: 'the body is not authentic: the message was changed (non-framed body)',
    })
  })

  it('is held whole, and so counts as one frame', async () => {
    const body = await bodyOf([{ kind: 'nonframed', content: pattern(50) }], 0)
    const { error } = await open(body, [9], { limits: { maxFrameLength: 49 } })
    expect(error).toMatchObject({ code: 'ERR_ESDK_LIMIT', limit: 'maxFrameLength', allowed: 49, found: 50 })
    const { error: other } = await open(body, [9], { limits: { maxPlaintextLength: 49 } })
    expect(other).toMatchObject({ code: 'ERR_ESDK_LIMIT', limit: 'maxPlaintextLength', allowed: 49, found: 50 })
    expect((await open(body, [9], { limits: { maxFrameLength: 50, maxPlaintextLength: 50 } })).bytes).toHaveLength(50)
  })

  it.each([2n ** 36n - 31n, 2n ** 53n + 1n, 2n ** 64n - 1n])('has at most 2^36 - 32 bytes, not %i', async (claimed) => {
    const body = await bodyOf([{ kind: 'nonframed', content: pattern(50) }], 0)
    new DataView(body.bytes.buffer).setBigUint64(12, claimed)
    expect((await open(body)).error).toMatchObject({
      code: 'ERR_ESDK_BODY_MALFORMED',
      message: `non-framed body of ${claimed} bytes, AES-GCM allows 68719476704`,
    })
  })
})

describe('a body that ends too early', () => {
  it.each(['framed', 'nonframed'] as const)('%s: at every byte', async (kind) => {
    const pieces = kind === 'framed' ? framesOf(pattern(40), 16) : [{ kind, content: pattern(40) }]
    const body = await bodyOf(pieces, kind === 'framed' ? 16 : 0)
    for (let length = 0; length < body.bytes.length; length++) {
      const { steps, error } = await open({ ...body, bytes: body.bytes.slice(0, length) }, [48])
      expect(error).toMatchObject({ code: 'ERR_ESDK_TRUNCATED' })
      expect(steps.every(({ done }) => !done)).toBe(true)
    }
  })
})
