import { describe, expect, it } from 'vitest'
import { plaintext, webStream } from '../test/clients.ts'
import { atLeast, chunksOf, collect, collectAll, discard, inPieces, join, sourceOf } from './chunks.ts'

describe('the chunks of a stream', () => {
  it('are its bytes: of a stream of the web, of an iterable, of a Blob', async () => {
    expect(await collectAll(chunksOf(new Blob([plaintext(100)])))).toEqual(plaintext(100))
    expect(await collectAll(chunksOf(webStream(plaintext(100), 7)))).toEqual(plaintext(100))
    expect(await collectAll(chunksOf([plaintext(3), plaintext(2)]))).toEqual(Uint8Array.of(0, 7, 14, 0, 7))
  })

  it('end the stream when nobody wants the rest', async () => {
    let cancelled = 0
    const make = () =>
      new ReadableStream<Uint8Array>({
        pull: (controller) => controller.enqueue(plaintext(10)),
        cancel: () => {
          cancelled++
        },
      })
    for await (const chunk of chunksOf(make())) {
      expect(chunk).toEqual(plaintext(10))
      break
    }
    expect(cancelled).toBe(1)
    expect(await collect(chunksOf(make()), 25)).toBeUndefined()
    expect(cancelled).toBe(2)
    discard(make())
    expect(cancelled).toBe(3)
  })

  it('can be closed while the next one is waited for', async () => {
    let cancelled = false
    const stream = new ReadableStream<Uint8Array>({
      pull: () => new Promise(() => {}),
      cancel: () => {
        cancelled = true
      },
    })
    const chunks = chunksOf(stream)
    const reading = collectAll(chunks)
    await Promise.resolve()
    chunks.close()
    expect(await reading).toEqual(new Uint8Array(0))
    expect(cancelled).toBe(true)
  })

  it('must be bytes', async () => {
    for (const chunk of ['text', 5, null, {}]) {
      await expect(collectAll(chunksOf([chunk]))).rejects.toThrow(TypeError)
    }
    for (const stream of [undefined, null, 5, 'text', {}]) expect(() => chunksOf(stream)).toThrow(TypeError)
  })
})

describe('what callers give for a body', () => {
  it('is copied where it is bytes', async () => {
    const bytes = plaintext(10)
    const source = await sourceOf(bytes)
    bytes.fill(0)
    expect(source).toEqual({ kind: 'bytes', bytes: plaintext(10), length: 10 })
  })

  it('is as long as was said', async () => {
    await expect(sourceOf('abc', 4)).rejects.toThrow('ContentLength is 4, and the body has 3 bytes')
    expect(await sourceOf('grün')).toMatchObject({ length: 5 })
    expect(await sourceOf(plaintext(8).buffer)).toMatchObject({ length: 8 })
    expect(await sourceOf(new DataView(plaintext(8).buffer, 2, 3))).toMatchObject({ length: 3 })
    expect(await sourceOf(webStream(plaintext(8)))).toMatchObject({ kind: 'chunks', length: undefined })
    expect(await sourceOf(webStream(plaintext(8)), 8)).toMatchObject({ kind: 'chunks', length: 8 })
  })
})

describe('bytes put together', () => {
  it('are in memory of their own; the pieces are zeroed where that is asked for', () => {
    const pieces = [plaintext(3), plaintext(2)]
    const joined = join(pieces, true)
    expect(joined).toEqual(Uint8Array.of(0, 7, 14, 0, 7))
    expect(joined.buffer.byteLength).toBe(5)
    expect(pieces).toEqual([new Uint8Array(3), new Uint8Array(2)])
  })

  it('are no more than the limit', async () => {
    expect(await collect(chunksOf([plaintext(5), plaintext(5)]), 10)).toHaveLength(10)
    expect(await collect(chunksOf([plaintext(5), plaintext(6)]), 10)).toBeUndefined()
  })
})

describe('chunks of at least so many bytes', () => {
  const lengthsOf = async (least: number, lengths: readonly number[]) => {
    const found: number[] = []
    for await (const chunk of atLeast(least, chunksOf(lengths.map(plaintext)))) found.push(chunk.length)
    return found
  }

  it.each([
    [[], []],
    [[1, 16], [17]],
    [
      [10, 3, 4],
      [10, 7],
    ],
    [
      [9, 9, 9, 1],
      [18, 10],
    ],
    [
      [10, 11],
      [10, 11],
    ],
  ])('of %j: %j, where 10 are the least', async (lengths, expected) => {
    expect(await lengthsOf(10, lengths)).toEqual(expected)
  })

  it('hold the same bytes', async () => {
    const pieces = [plaintext(100).subarray(0, 3), plaintext(100).subarray(3, 50), plaintext(100).subarray(50)]
    expect(await collectAll(atLeast(20, chunksOf(pieces)))).toEqual(plaintext(100))
  })
})

describe('pieces of so many bytes', () => {
  it.each([
    [[], []],
    [[3], [3]],
    [[10], [10]],
    [
      [3, 3, 3, 2],
      [10, 1],
    ],
    [
      [25, 5],
      [10, 10, 10],
    ],
  ])('of %j: %j, where 10 are one', async (lengths, expected) => {
    const chunks = lengths.map(plaintext)
    const pieces: Uint8Array[] = []
    for await (const piece of inPieces(10, chunksOf(chunks))) pieces.push(piece)
    expect(pieces.map(({ length }) => length)).toEqual(expected)
    expect(join(pieces)).toEqual(join(chunks))
    for (const { buffer } of pieces) expect(chunks.map((chunk) => chunk.buffer)).not.toContain(buffer)
  })
})
