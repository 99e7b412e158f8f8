import { describe, expect, it } from 'vitest'
import { pattern } from '../testing/rule.ts'
import { elementOf } from './field.ts'
import { cutPart, type Part, PlacedParts } from './placed-parts.ts'

const none = new Uint8Array(0)

function part(offset: number, length: number, seed = 1): Part {
  return { offset, length, head: none, share: elementOf(pattern(16, seed)), tail: none }
}

describe('a part that is cut into blocks of the body', () => {
  it.each([
    { offset: 0, length: 48, head: 0, run: 48, tail: 0 },
    { offset: 0, length: 15, head: 0, run: 0, tail: 15 },
    { offset: 16, length: 33, head: 0, run: 32, tail: 1 },
    { offset: 1, length: 15, head: 15, run: 0, tail: 0 },
    { offset: 1, length: 47, head: 15, run: 32, tail: 0 },
    { offset: 17, length: 40, head: 15, run: 16, tail: 9 },
    { offset: 30, length: 5, head: 2, run: 0, tail: 3 },
    { offset: 5, length: 3, head: 3, run: 0, tail: 0 },
    { offset: 5, length: 0, head: 0, run: 0, tail: 0 },
    { offset: 2 ** 36 - 48 + 15, length: 17, head: 1, run: 16, tail: 0 },
  ])('of $length bytes at $offset is $head, $run and $tail bytes', ({ offset, length, ...lengths }) => {
    const { head, run, tail } = cutPart(offset, pattern(length))
    expect({ head: head.length, run: run.length, tail: tail.length }).toEqual(lengths)
    expect(Uint8Array.of(...head, ...run, ...tail)).toEqual(pattern(length))
  })
})

describe('placed parts', () => {
  it('are in the order of the body, whatever the order they came in', () => {
    const placed = new PlacedParts()
    for (const offset of [300, 0, 400, 100, 200]) expect(placed.place(part(offset, 100))).toBe('new')
    expect(placed.inOrder().map(({ offset }) => offset)).toEqual([0, 100, 200, 300, 400])
  })

  it('know one that is there already from one that is another', () => {
    const placed = new PlacedParts()
    const first: Part = { ...part(5, 40), head: pattern(11, 5), tail: pattern(13, 6) }
    expect(placed.place(first)).toBe('new')
    expect(placed.place({ ...first })).toBe('same')
    expect(placed.place({ ...first, share: elementOf(pattern(16, 2)) })).toBe('other')
    expect(placed.place({ ...first, head: pattern(11, 7) })).toBe('other')
    expect(placed.place({ ...first, tail: pattern(13, 7) })).toBe('other')
    expect(placed.inOrder()).toEqual([first])
  })

  it.each([
    [99, 1, 'new'],
    [99, 2, 'overlapping'],
    [100, 99, 'overlapping'],
    [100, 101, 'overlapping'],
    [150, 10, 'overlapping'],
    [199, 10, 'overlapping'],
    [200, 10, 'new'],
    [0, 1000, 'overlapping'],
  ] as const)('take %i, of %i bytes, beside 100 to 200 as %s', (offset, length, expected) => {
    const placed = new PlacedParts()
    placed.place(part(100, 100))
    expect(placed.place(part(offset, length))).toBe(expected)
    expect(placed.inOrder()).toHaveLength(expected === 'new' ? 2 : 1)
  })

  it('do not keep what is empty, wherever it is', () => {
    const placed = new PlacedParts()
    placed.place(part(100, 100))
    for (const offset of [0, 100, 150, 200]) expect(placed.place(part(offset, 0))).toBe('same')
    expect(placed.inOrder()).toHaveLength(1)
  })

  it('are zero and gone when they are zeroed', () => {
    const placed = new PlacedParts()
    const one = part(0, 16)
    placed.place(one)
    placed.zero()
    expect(one.share).toEqual(new Uint16Array(8))
    expect(placed.inOrder()).toEqual([])
  })
})
