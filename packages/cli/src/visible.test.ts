import { describe, expect, it } from 'vitest'
import { jsonLine, shownPath, visible } from './visible.ts'

describe('a line of JSON', () => {
  it('is the same value to whoever parses it', () => {
    const value = { a: 'tab\tline\nquote"', '\u202ekey': ['\u{1F511}', '\u{E0001}', 1, null, true] }
    expect(JSON.parse(jsonLine(value))).toEqual(value)
  })

  it('holds no control character, no line end but its own, and no mark that turns text around (C7, terminal control)', () => {
    const dangerous = [
      '\u001b',
      '\u0007',
      '\u009b',
      '\u007f',
      '\u0085',
      '\u2028',
      '\u202e',
      '\u2066',
      '\u200f',
      '\ufeff',
    ]
    const line = jsonLine({ text: dangerous.join(''), '\u202e': '\u{E0001}' })
    expect(line.endsWith('\n')).toBe(true)
    expect(line.slice(0, -1)).toMatch(/^[\x20-\x7e]*$/)
    expect(line).toContain('\\u001b\\u0007\\u009b')
    // Above the basic plane, one character is two units.
    expect(line).toContain('\\udb40\\udc01')
  })
})

describe('a path that is shown (C7, terminal control)', () => {
  it.each([
    ['a/b-c_d.txt', 'a/b-c_d.txt'],
    ['übung', 'übung'],
    ['two words', '"two words"'],
    ['\u001b[31mred', '"\\u{1b}[31mred"'],
    ['\u202etxt.exe', '"\\u{202e}txt.exe"'],
    ['a\nb', '"a\\u{a}b"'],
    ['', '.'],
  ])('is %o as %s', (path, shown) => {
    expect(shownPath(path)).toBe(shown)
  })
})

describe('a text that is shown (C7, terminal control)', () => {
  it('keeps its lines, and what people read', () => {
    expect(visible('two lines\nwith ü and \u{1F511}')).toBe('two lines\nwith ü and \u{1F511}')
  })

  it.each([
    ['\u001b[2J', '\\u{1b}[2J'],
    ['a\rb', 'a\\u{d}b'],
    ['\u009b31m', '\\u{9b}31m'],
    ['\u202egnp', '\\u{202e}gnp'],
    ['a\u2028b', 'a\\u{2028}b'],
    ['\u00a0', '\\u{a0}'],
  ])('shows %o as %s', (text, shown) => {
    expect(visible(text)).toBe(shown)
  })
})
