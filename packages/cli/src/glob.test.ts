import { describe, expect, it } from 'vitest'
import { isGlob, parseGlob } from './glob.ts'

function matches(pattern: string, name: string, platform: NodeJS.Platform = 'linux'): boolean {
  const [part] = parseGlob(pattern, platform)
  return part?.kind === 'pattern' && part.matches(name)
}

describe('patterns for names', () => {
  it.each(['*', 'a?', '[ab]c', 'x/**/y'])('takes %s for a pattern', (text) => {
    expect(isGlob(text)).toBe(true)
  })

  it.each(['a.txt', 'a{b,c}', 'x/y', ''])('takes %o for a name', (text) => {
    expect(isGlob(text)).toBe(false)
  })

  it.each([
    ['*.txt', 'a.txt', true],
    ['*.txt', '.txt', false],
    ['*.txt', 'a.txt.encrypted', false],
    ['*', '', true],
    ['*', '.hidden', false],
    ['.*', '.hidden', true],
    ['a*b*c', 'a-b-b-c', true],
    ['a*b*c', 'a-b-b', false],
    ['?', '\u{1F511}', true],
    ['?', '', false],
    ['[a-c]x', 'bx', true],
    ['[a-c]x', 'dx', false],
    ['[!a-c]x', 'dx', true],
    ['[^a-c]x', 'bx', false],
    ['[]]', ']', true],
    ['[a-]?', '-x', true],
    ['[abc', '[abc', true],
    ['\\*?', '*x', true],
    ['\\*?', 'ax', false],
    ['A*', 'abc', false],
  ])('%s and %s: %s', (pattern, name, expected) => {
    expect(matches(pattern, name)).toBe(expected)
  })

  it('ignores case, and takes backslashes for separators, on Windows', () => {
    expect(matches('*.TXT', 'a.txt', 'win32')).toBe(true)
    expect(parseGlob('a\\*.txt', 'win32').map(({ kind }) => kind)).toEqual(['name', 'pattern'])
  })

  it('parts a path at its slashes, and knows ** from *', () => {
    expect(parseGlob('/logs/**/[0-9]*', 'linux')).toMatchObject([
      { kind: 'name', name: '' },
      { kind: 'name', name: 'logs' },
      { kind: 'folders' },
      { kind: 'pattern' },
    ])
  })

  it('does not take time that grows like a power of the stars', () => {
    const before = performance.now()
    expect(matches(`${'*a'.repeat(40)}b`, 'a'.repeat(250))).toBe(false)
    expect(performance.now() - before).toBeLessThan(1000)
  })
})
