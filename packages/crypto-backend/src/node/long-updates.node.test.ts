import { createCipheriv } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { expectOwnMemory, join, pattern } from '../testing/rule.ts'
import { piecesOf, updateAll } from './long-updates.ts'

const cipher = () => createCipheriv('aes-256-ctr', pattern(32), new Uint8Array(16))

// A piece has 1 GiB; here it has a few bytes.
describe('bytes that are longer than one call of a cipher takes', () => {
  it.each([
    [0, []],
    [9, [9]],
    [10, [10]],
    [11, [10, 1]],
    [30, [10, 10, 10]],
  ])('are taken in pieces: %i of them', (length, lengths) => {
    const pieces = piecesOf(pattern(length), 10)
    expect(pieces.map((piece) => piece.length)).toEqual(lengths)
    expect(join(...pieces)).toEqual(pattern(length))
  })

  it.each([0, 9, 10, 11, 30, 100])('come out as one: %i of them', (length) => {
    const output = updateAll(cipher(), pattern(length), 10)
    expect(output).toEqual(new Uint8Array(cipher().update(pattern(length))))
    expectOwnMemory(output, `${length} bytes`)
  })

  it('are none up to 1 GiB', () => {
    expect(piecesOf(new Uint8Array(2 ** 20))).toHaveLength(1)
  })
})
