import { describe, expect, it } from 'vitest'
import { expectBytes } from '../../test/bytes.ts'
import { plaintext, webStream } from '../../test/clients.ts'
import { MiB } from '../../test/transfers.ts'
import { type Piece, piecesOf } from './body-pieces.ts'

/** What comes of a body: numbers of parts, bytes as text, and which is the last. */
async function cut(body: unknown, partLength: number, contentLength?: number) {
  const found: [number, string, boolean][] = []
  for await (const { offset, bytes, last } of piecesOf(body, contentLength).pieces(partLength, 0)) {
    found.push([offset / partLength + 1, new TextDecoder().decode(bytes), last])
  }
  return found
}

const text = (value: string) => new TextEncoder().encode(value)

async function* chunks(...values: readonly string[]) {
  for (const value of values) yield text(value)
}

const kinds = {
  'a string': (value: string) => value,
  bytes: (value: string) => text(value),
  'a DataView': (value: string) => new DataView(text(`x${value}`).buffer, 1),
  'an ArrayBuffer': (value: string) => text(value).buffer,
  'a Blob': (value: string) => new Blob([value]),
  'a stream of the web': (value: string) => webStream(text(value), 4),
  'an iterable of single bytes': (value: string) => chunks(...value),
  'an iterable with empty chunks': (value: string) =>
    chunks('', ...(value.match(/.{1,5}/g)?.flatMap((it) => [it, '']) ?? [])),
}

describe.each(Object.entries(kinds))('pieces of %s', (_, bodyOf) => {
  it.each([
    ['', [[1, '', true]]],
    ['a', [[1, 'a', true]]],
    ['abc', [[1, 'abc', true]]],
    [
      'abcd',
      [
        [1, 'abc', false],
        [2, 'd', true],
      ],
    ],
    [
      'abcdef',
      [
        [1, 'abc', false],
        [2, 'def', true],
      ],
    ],
    [
      'abcdefghijk',
      [
        [1, 'abc', false],
        [2, 'def', false],
        [3, 'ghi', false],
        [4, 'jk', true],
      ],
    ],
  ])('of %j', async (value, expected) => {
    expect(await cut(bodyOf(value), 3)).toEqual(expected)
  })
})

describe('pieces of a body', () => {
  it('have a length before they come, but for streams without one', () => {
    expect(piecesOf('abc').length).toBe(3)
    expect(piecesOf(new Blob(['ab'])).length).toBe(2)
    expect(piecesOf(chunks('abc')).length).toBeUndefined()
    expect(piecesOf(chunks('abc'), 3).length).toBe(3)
    expect(piecesOf(undefined).length).toBe(0)
  })

  it('of a stream have memory of its own for the first part, and share another', async () => {
    const pieces = piecesOf(chunks('abcd', 'efgh')).pieces(2, 3)
    const [first, second, third] = [await pieces.next(), await pieces.next(), await pieces.next()]
    expect((first.value as Piece).room?.length).toBe(5)
    expect((first.value as Piece).bytes.buffer).toBe((first.value as Piece).room?.buffer)
    expect(new TextDecoder().decode((first.value as Piece).bytes)).toBe('ab')
    expect((second.value as Piece).room).toBeUndefined()
    expect((third.value as Piece).bytes.buffer).toBe((second.value as Piece).bytes.buffer)
    expect(new TextDecoder().decode((third.value as Piece).bytes)).toBe('ef')
    await pieces.return(undefined)
  })

  it('of a stream are 1 MiB, or what is left of their part, behind the first part', async () => {
    const [partLength, length] = [2.5 * MiB, 6.25 * MiB]
    const found: [number, number, boolean][] = []
    for await (const { offset, bytes, last } of piecesOf(webStream(plaintext(length), 70_001)).pieces(partLength, 0)) {
      expectBytes(bytes, plaintext(length).subarray(offset, offset + bytes.length))
      found.push([offset / MiB, bytes.length / MiB, last])
    }
    expect(found).toEqual([
      [0, 2.5, false],
      [2.5, 1, false],
      [3.5, 1, false],
      [4.5, 0.5, false],
      [5, 1, false],
      [6, 0.25, true],
    ])
  })

  it.each([
    ['another length of bytes', 'abc', 4, TypeError],
    ['a number', 7, undefined, TypeError],
    ['a stream that gives text', ['text'], undefined, TypeError],
  ])('are refused: %s', async (_, body, contentLength, error) => {
    await expect(cut(body, 3, contentLength)).rejects.toThrow(error)
  })

  it.each([5, 7])('of a stream end with an error when %i bytes were announced, and 6 come', async (announced) => {
    await expect(cut(chunks('abc', 'def'), 100, announced)).rejects.toMatchObject({
      code: 'ERR_ESDK_S3_BODY_LENGTH',
      expected: announced,
    })
  })
})
