import { describe, expect, it } from 'vitest'
import { plaintext, webStream } from '../../test/clients.ts'
import { type Piece, piecesOf } from './body-pieces.ts'

/** What comes of a body: numbers, bytes as text, and which is the last. */
async function cut(body: unknown, pieceLength: number, contentLength?: number) {
  const found: [number, string, boolean][] = []
  for await (const { number, bytes, last, release } of piecesOf(body, contentLength).pieces(pieceLength, 0)) {
    found.push([number, new TextDecoder().decode(bytes), last])
    release()
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

  it('have room for more behind them, in which others are when they are released', async () => {
    const pieces = piecesOf(chunks('abcd', 'efgh')).pieces(2, 3)
    const first = (await pieces.next()).value as Piece
    const second = (await pieces.next()).value as Piece
    expect(first.room.length).toBe(5)
    expect(second.room).not.toBe(first.room)
    first.release()
    const third = (await pieces.next()).value as Piece
    expect(third.room).toBe(first.room)
    expect(new TextDecoder().decode(second.bytes)).toBe('cd')
    await pieces.return(undefined)
  })

  it('do not change the bytes of the caller', async () => {
    const body = plaintext(10)
    for await (const { room } of piecesOf(body).pieces(4, 0)) room.fill(0)
    expect(body).toEqual(plaintext(10))
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
