import { describe, expect, it } from 'vitest'
import { encodeAsciiJson, parseFlatObject } from './flat-json.ts'

const parse = (text: string) => parseFlatObject(text, (what) => new Error(what))

describe('a JSON object without depth', () => {
  it('is read as pairs, with the values that JSON has', () => {
    expect(parse('{"b":"1", "a":2 , "c":null,"d":false,"":"e"}')).toEqual([
      ['b', '1'],
      ['a', 2],
      ['c', null],
      ['d', false],
      ['', 'e'],
    ])
    expect(parse('{}')).toEqual([])
    expect(parse('{"__proto__":"a"}')).toEqual([['__proto__', 'a']])
  })

  it('may have all that JSON has in its strings', () => {
    expect(parse('{":\\"\\\\":"{\\":\\",:}\\u003a\\\\"}')).toEqual([[':"\\', '{":",:}:\\']])
  })

  it('may have colons behind escaped quotes', () => {
    expect(parse('{"a":"\\":"}')).toEqual([['a', '":']])
  })

  it.each([
    ['{"a":"1","a":"1"}', 'holds a key twice'],
    ['{"a":"1","b":":","a":"\\\\"}', 'holds a key twice'],
    ['{"__proto__":"1","__proto__":"2"}', 'holds a key twice'],
    ['{"1":"1","\\u0031":"2"}', 'holds a key twice'],
    ['{"a":{}}', 'holds an object or an array'],
    ['{"a":[]}', 'holds an object or an array'],
    ['[]', 'is not a JSON object'],
    ['"a"', 'is not a JSON object'],
    ['null', 'is not a JSON object'],
    ['', 'is not JSON'],
    ['{', 'is not JSON'],
    ['\u{feff}{}', 'is not JSON'],
    ['{"a":"\t"}', 'is not JSON'],
    ['{"a":NaN}', 'is not JSON'],
  ])('%s is none', (text, what) => {
    expect(() => parse(text)).toThrow(new Error(what))
  })

  it('is written in US-ASCII that JSON.parse reads', () => {
    expect(encodeAsciiJson({ ü: '😀', b: '=?=?', c: '\n"\\' })).toBe(
      '{"\\u00fc":"\\ud83d\\ude00","b":"\\u003d?\\u003d?","c":"\\n\\"\\\\"}',
    )
  })
})
