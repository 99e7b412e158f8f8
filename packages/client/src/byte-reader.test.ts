import type { Decoder } from '@esdk/serialize'
import { describe, expect, it } from 'vitest'
import { chunksOf, firstDifference, joined, pattern, turn } from '../test/chunks.ts'
import { ByteReader, closeOnAbort } from './byte-reader.ts'
import { type ByteSource, byteSource } from './byte-source.ts'

function readerOf(chunks: Iterable<Uint8Array>): ByteReader {
  return new ByteReader(byteSource(chunks))
}

/** Chunks in memory that is used again, as a source may do. */
function* reused(bytes: Uint8Array, length: number): Generator<Uint8Array> {
  const memory = new Uint8Array(length)
  for (let offset = 0; offset < bytes.length; offset += length) {
    const part = bytes.subarray(offset, offset + length)
    memory.set(part)
    yield memory.subarray(0, part.length)
    memory.fill(0xee)
  }
}

/** Three fields, of 1, 2 and `length` bytes. */
function* threeFields(length: number): Decoder<readonly Uint8Array[]> {
  return [yield 1, yield 2, yield length]
}

describe('a reader', () => {
  it.each([
    [5000, 1],
    [5000, 7],
    [5000, 100],
    [400_000, 10_000],
    [400_000, 131_073],
  ])('gives %i bytes that come in chunks of %i, in any lengths', async (total, length) => {
    const bytes = pattern(total)
    for (const wanted of [1, 5, 4096, 200_000]) {
      const reader = readerOf(reused(bytes, length))
      const pieces: Uint8Array[] = []
      // The last bytes are asked for as they are left.
      const next = () => Math.min(wanted, bytes.length - reader.consumed)
      while (next() > 0 && (await reader.fill(next()))) {
        pieces.push(reader.contiguous(next()).slice(0, next()))
        reader.consume(next())
      }
      expect(firstDifference(joined(pieces), bytes)).toBe(-1)
      expect(await reader.fill(1)).toBe(false)
      expect(reader.spent).toBe(true)
    }
  })

  it('knows that it is spent only when the source has said so', async () => {
    const reader = readerOf([Uint8Array.of(1)])
    expect(reader.spent).toBe(false)
    await reader.fill(1)
    reader.consume(1)
    expect(reader.spent).toBe(false)
    expect(await reader.fill(1)).toBe(false)
    expect(reader.spent).toBe(true)
    expect(reader.fill(1)).toBe(false)
  })

  it('uses a chunk where it lies, and copies what is left of it before it asks for the next', async () => {
    const [first, second] = [pattern(10), pattern(10, 9)]
    const reader = readerOf([first, second])
    await reader.fill(6)
    expect(reader.contiguous(6).buffer).toBe(first.buffer)
    reader.consume(6)
    await reader.fill(8)
    const joint = reader.contiguous(8)
    expect(joint).toEqual(joined([first.subarray(6), second]))
    expect(joint.buffer).not.toBe(first.buffer)
    expect(joint.buffer).not.toBe(second.buffer)
  })

  it('copies of a long chunk only what completes the wanted piece, and goes on with it where it lies', async () => {
    const long = pattern(200_000)
    const reader = readerOf([Uint8Array.of(1, 2), long])
    await reader.fill(10)
    expect(reader.contiguous(10)).toEqual(joined([Uint8Array.of(1, 2), long.subarray(0, 8)]))
    reader.consume(10)
    expect(reader.contiguous(1).buffer).toBe(long.buffer)
    expect(reader.contiguous(1)).toHaveLength(199_992)
  })

  it('consumes across what it holds and the last chunk', async () => {
    const reader = readerOf([Uint8Array.of(1, 2, 3), Uint8Array.of(4, 5, 6)])
    await reader.fill(5)
    reader.consume(4)
    expect(reader.contiguous(2)).toEqual(Uint8Array.of(5, 6))
    expect(reader.available).toBe(2)
    expect(reader.consumed).toBe(4)
  })

  it('over bytes that are all there never waits', () => {
    const reader = ByteReader.over(pattern(10))
    expect(reader.fill(10)).toBe(true)
    expect(reader.fill(11)).toBe(false)
    reader.consume(10)
    expect(reader.spent).toBe(true)
    expect(() => reader.close(undefined)).not.toThrow()
  })
})

describe('decoding from a reader', () => {
  const bytes = pattern(20)

  it.each([1, 2, 3, 19, 20])('gives a decoder what it wants out of chunks of %i', async (length) => {
    const reader = readerOf(reused(bytes, length))
    const { value, raw } = await reader.decode(threeFields(9))
    expect(value).toEqual([bytes.slice(0, 1), bytes.slice(1, 3), bytes.slice(3, 12)])
    expect(raw).toEqual(bytes.slice(0, 12))
    expect(reader.consumed).toBe(12)
    const rest = await reader.decode(threeFields(5))
    expect(rest.raw).toEqual(bytes.slice(12))
    // What was given out stays as it is, though the source has used its memory again.
    expect(joined([...value, ...rest.value])).toEqual(bytes)
    expect(raw).toEqual(bytes.slice(0, 12))
  })

  it('copies nothing of bytes that belong to nobody else', async () => {
    const own = bytes.slice()
    const { value, raw } = await ByteReader.over(own).decode(threeFields(17))
    for (const part of [...value, raw]) expect(part.buffer).toBe(own.buffer)
  })

  it('fails when the source ends first, and tells how much there was', async () => {
    const reader = readerOf(chunksOf(bytes, 6))
    await reader.decode(threeFields(3))
    await expect((async () => reader.decode(threeFields(100)))()).rejects.toMatchObject({
      code: 'ERR_ESDK_TRUNCATED',
      message: 'the message ends after 20 bytes, at least 109 were expected: it was cut, or is not complete yet',
    })
  })

  it('fails at the limit, before the bytes are asked for', async () => {
    let asked = 0
    const source: ByteSource = {
      next: async () => [bytes.slice(0, 3), bytes.slice(3)][asked++],
      close() {},
    }
    const decoding = (async () => new ByteReader(source).decode(threeFields(98), 100))()
    await expect(decoding).rejects.toMatchObject({
      code: 'ERR_ESDK_LIMIT',
      limit: 'maxHeaderLength',
      allowed: 100,
      found: 101,
    })
    expect(asked).toBe(1)
    expect(ByteReader.over(pattern(100)).decode(threeFields(97), 100)).toMatchObject({ raw: pattern(100) })
  })
})

describe('closing a reader', () => {
  function hanging(): { readonly source: ByteSource; readonly reasons: unknown[] } {
    const reasons: unknown[] = []
    return { reasons, source: { next: () => new Promise(() => {}), close: (reason) => void reasons.push(reason) } }
  }

  it('closes the source once, and ends a wait for it', async () => {
    const { source, reasons } = hanging()
    const reader = new ByteReader(source)
    const waiting = reader.fill(1)
    reader.close('enough')
    reader.close('again')
    await expect(waiting).rejects.toBe('enough')
    expect(reasons).toEqual(['enough'])
    expect(reader.fill(1)).toBe(false)
  })

  it('leaves a source alone that has ended or failed by itself', async () => {
    for (const next of [async () => undefined, () => Promise.reject(new Error('fault'))]) {
      const { source, reasons } = hanging()
      const reader = new ByteReader({ ...source, next })
      await Promise.resolve(reader.fill(1)).catch(() => {})
      reader.close('enough')
      expect(reasons).toEqual([])
    }
  })

  it('remembers what the source failed with, and passes it on', async () => {
    const fault = new Error('fault')
    const reader = new ByteReader({ next: () => Promise.reject(fault), close() {} })
    expect(reader.failure).toBeUndefined()
    await expect(reader.fill(1)).rejects.toBe(fault)
    expect(reader.failure).toBe(fault)
  })

  it('is quiet about a source that fails after it was closed', async () => {
    let fail: (error: unknown) => void = () => {}
    const pending = new Promise<never>((_, reject) => {
      fail = reject
    })
    const reader = new ByteReader({ next: () => pending, close() {} })
    const waiting = reader.fill(1)
    reader.close('enough')
    fail(new Error('too late'))
    await expect(waiting).rejects.toBe('enough')
    await turn()
  })

  it('happens when a signal is aborted, unless nobody listens any more', () => {
    const [first, second] = [hanging(), hanging()]
    const controller = new AbortController()
    closeOnAbort(new ByteReader(first.source), controller.signal)
    const stop = closeOnAbort(new ByteReader(second.source), controller.signal)
    stop()
    controller.abort('stop it')
    expect(first.reasons).toEqual(['stop it'])
    expect(second.reasons).toEqual([])
    expect(() => closeOnAbort(new ByteReader(first.source), undefined)()).not.toThrow()
  })
})
