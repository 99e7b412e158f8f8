import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { quote } from './quote.ts'

describe('quoted text', () => {
  it.each([
    ['tenant', '"tenant"'],
    ['two words', '"two words"'],
    ['', '""'],
    ['ключ 键 🔑', '"ключ 键 🔑"'],
    ['say "hi"', '"say \\"hi\\""'],
    ['back\\slash', '"back\\\\slash"'],
  ])('shows %j as %s', (text, quoted) => expect(quote(text)).toBe(quoted))

  // C7, terminal control: what changes lines, colours or the direction of text is spelled out.
  it.each([
    ['a line end', '\n', '\\u{a}'],
    ['a carriage return', '\r', '\\u{d}'],
    ['a tab', '\t', '\\u{9}'],
    ['NUL', '\0', '\\u{0}'],
    ['ESC, which begins colours', '\u001b[31m', '\\u{1b}[31m'],
    ['BEL', '\u0007', '\\u{7}'],
    ['a backspace', '\b', '\\u{8}'],
    ['DEL', '\u007f', '\\u{7f}'],
    ['a control of the second half of Latin-1', '\u009b', '\\u{9b}'],
    ['a mark that turns text around', '\u202e', '\\u{202e}'],
    ['an isolate', '\u2066', '\\u{2066}'],
    ['a right-to-left mark', '\u200f', '\\u{200f}'],
    ['a space of no width', '\u200b', '\\u{200b}'],
    ['a line separator', '\u2028', '\\u{2028}'],
    ['a paragraph separator', '\u2029', '\\u{2029}'],
    ['a space that does not break', '\u00a0', '\\u{a0}'],
    ['a mark of byte order', '\ufeff', '\\u{feff}'],
    ['a tag character', '\u{e0041}', '\\u{e0041}'],
    ['half a surrogate pair', '\ud800', '\\u{d800}'],
    ['a character for private use', '\ue000', '\\u{e000}'],
  ])('spells out %s', (_, text, escaped) => {
    expect(quote(`a${text}b`)).toBe(`"a${escaped}b"`)
  })

  it('is one line of characters that can be seen, and stands for one text only', () => {
    const text = fc.string({ unit: 'binary', maxLength: 30 })
    fc.assert(
      fc.property(text, (given) => {
        const quoted = quote(given)
        expect(quoted).toMatch(/^"(?:[^\p{C}\p{Z}"\\]| |\\["\\]|\\u\{[0-9a-f]+\})*"$/u)
        const back = quoted
          .slice(1, -1)
          .replace(/\\(?:u\{([0-9a-f]+)\}|(.))/g, (_, code?: string, plain?: string) =>
            code === undefined ? (plain as string) : String.fromCodePoint(Number.parseInt(code, 16)),
          )
        expect(back).toBe(given)
      }),
      { numRuns: 1000 },
    )
  })
})
