import { describe, expect, it } from 'vitest'
import { columns } from './table.ts'

describe('columns', () => {
  it('puts cells under each other, two spaces apart', () => {
    expect(
      columns(
        [
          ['a', 'bb', 'c'],
          ['aaa', 'b', 'cc'],
        ],
        '> ',
      ),
    ).toEqual(['> a    bb  c', '> aaa  b   cc'])
  })

  it('counts characters, not the units of UTF-16', () => {
    expect(
      columns([
        ['\u{1F511}', 'x'],
        ['ab', 'y'],
      ]),
    ).toEqual(['\u{1F511}   x', 'ab  y'])
  })

  it('does not widen all lines for one long cell', () => {
    const [first] = columns([
      ['a', 'x'],
      ['b'.repeat(60_000), 'y'],
    ]) as [string]
    expect(first.length).toBeLessThan(100)
  })
})
