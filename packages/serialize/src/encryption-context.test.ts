import * as fc from 'fast-check'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { beginnings, fromHex, thrownBy } from '../test/bytes.ts'
import { utf8 } from './bytes.ts'
import {
  compareUtf8,
  contextOf,
  copyContext,
  type EncryptionContext,
  emptyContext,
  encodeContext,
  encodePairs,
  mayBeTooLong,
  parseContext,
  publicKeyContextKey,
  reservedContextPrefix,
} from './encryption-context.ts'
import { MessageFormatError } from './errors.ts'

/** As framework/structures.md lays it out: count; then key length, key, value length, value of each pair. */
const oneTwo = contextOf([
  ['one', '1'],
  ['two', '22'],
])
const oneTwoBytes = fromHex('0002  0003 6f6e65 0001 31  0003 74776f 0002 3232')

/** Names that mean something to objects of JavaScript. */
const objectMembers = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf', 'prototype', 'length', '0']

const wellFormed = fc.string({ unit: 'binary', maxLength: 20 })
const pairs = fc.uniqueArray(fc.tuple(fc.oneof(wellFormed, fc.constantFrom(...objectMembers)), wellFormed), {
  selector: ([key]) => key,
  maxLength: 12,
})

function pair(key: string, value = ''): readonly [Uint8Array, Uint8Array] {
  return [utf8(key), utf8(value)]
}

describe('the bytes of a context', () => {
  it('are a count, then keys and values behind their lengths', () => {
    expect(encodeContext(oneTwo)).toEqual(oneTwoBytes)
    expect({ ...parseContext(oneTwoBytes) }).toEqual({ one: '1', two: '22' })
  })

  it('are none at all when it is empty, not even a count', () => {
    expect(encodeContext({})).toEqual(new Uint8Array(0))
    expect(encodeContext(emptyContext)).toEqual(new Uint8Array(0))
    expect(encodePairs([])).toEqual(new Uint8Array(0))
    expect(parseContext(new Uint8Array(0))).toBe(emptyContext)
  })

  it('hold empty keys and empty values', () => {
    const context = parseContext(fromHex('0002  0000 0001 78  0001 61 0000'))
    expect({ ...context }).toEqual({ '': 'x', a: '' })
    expect(encodeContext(context)).toEqual(fromHex('0002  0000 0001 78  0001 61 0000'))
  })

  it('come back as the same context, whatever is in it', () => {
    fc.assert(
      fc.property(pairs, (entries) => {
        const context = parseContext(encodeContext(contextOf(entries)))
        expect(Object.keys(context).length).toBe(entries.length)
        for (const [key, value] of entries) expect(context[key]).toBe(value)
      }),
      { numRuns: 500 },
    )
  })

  it('are the same in whatever order the pairs were given', () => {
    fc.assert(
      fc.property(pairs, fc.infiniteStream(fc.nat()), (entries, random) => {
        const shuffled = entries
          .map((entry) => [random.next().value as number, entry] as const)
          .sort(([a], [b]) => a - b)
          .map(([, entry]) => entry)
        expect(encodeContext(contextOf(shuffled))).toEqual(encodeContext(contextOf(entries)))
      }),
    )
  })

  it('hold characters of every plane of Unicode (P8)', () => {
    for (let plane = 0; plane <= 16; plane++) {
      const text = String.fromCodePoint(plane * 0x10000 + 0x0021, plane * 0x10000 + 0xe000, plane * 0x10000 + 0xffff)
      const context = contextOf([[text, `value of ${text}`]])
      expect({ ...parseContext(encodeContext(context)) }).toEqual({ [text]: `value of ${text}` })
    }
  })

  it('keep U+FEFF at the start of keys and values (P8)', () => {
    const context = contextOf([['\ufeffkey', '\ufeff']])
    expect(encodeContext(context)).toEqual(fromHex('0001  0006 efbbbf6b6579  0003 efbbbf'))
    expect({ ...parseContext(encodeContext(context)) }).toEqual({ '\ufeffkey': '\ufeff' })
  })
})

describe('the order of the pairs (P9)', () => {
  afterEach(() => {
    vi.restoreAllMocks()
  })

  /** The keys in the order in which they are written. */
  function writtenOrder(keys: readonly string[]): readonly string[] {
    const bytes = encodeContext(contextOf(keys.map((key) => [key, ''])))
    const order: string[] = []
    for (let offset = 2; offset < bytes.length; ) {
      const length = (bytes[offset] as number) * 256 + (bytes[offset + 1] as number)
      order.push(new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes.subarray(offset + 2, offset + 2 + length)))
      offset += 2 + length + 2
    }
    return order
  }

  it.each([
    ['upper case before lower case', ['B', 'a', 'A'], ['A', 'B', 'a']],
    ['U+FFFF before U+10000, whose UTF-16 begins with D800', ['\u{10000}', '\uffff'], ['\uffff', '\u{10000}']],
    ['U+E000 before U+1F600', ['\u{1f600}', '\ue000'], ['\ue000', '\u{1f600}']],
    ['decomposed before composed letters', ['\u00e9', 'e\u0301'], ['e\u0301', '\u00e9']],
    ['a key before those that it begins', ['ab', 'a', ''], ['', 'a', 'ab']],
    ['digits as text', ['10', '9', '1', '-1'], ['-1', '1', '10', '9']],
    ['z before ä, as no Swede or German would have it', ['ä', 'z', 'å'], ['z', 'ä', 'å']],
  ])('is that of the UTF-8 bytes: %s', (_, given, expected) => {
    expect(writtenOrder(given)).toEqual(expected)
    expect([...given].sort(compareUtf8)).toEqual(expected)
  })

  it('asks no locale', () => {
    const collator = vi.spyOn(Intl, 'Collator')
    const localeCompare = vi.spyOn(String.prototype, 'localeCompare')
    expect(writtenOrder(['B', 'a', 'ä', 'A'])).toEqual(['A', 'B', 'a', 'ä'])
    expect(collator).not.toHaveBeenCalled()
    expect(localeCompare).not.toHaveBeenCalled()
  })

  it('is that of code points, for all keys: UTF-8 was made to sort like them', () => {
    const codePoints = (text: string): number[] => Array.from(text, (character) => character.codePointAt(0) as number)
    fc.assert(
      fc.property(wellFormed, wellFormed, (a, b) => {
        const [left, right] = [codePoints(a), codePoints(b)]
        const at = left.findIndex((codePoint, i) => codePoint !== right[i])
        // Where one begins with the other, the shorter is first.
        const expected = at === -1 ? left.length - right.length : (left[at] as number) - (right[at] ?? -1)
        expect(Math.sign(compareUtf8(a, b))).toBe(Math.sign(expected))
      }),
      { numRuns: 1000 },
    )
  })

  it('is not asked of what is read: pairs in any order are taken', () => {
    const context = parseContext(fromHex('0002  0003 74776f 0002 3232  0003 6f6e65 0001 31'))
    expect({ ...context }).toEqual({ one: '1', two: '22' })
    expect(encodeContext(context)).toEqual(oneTwoBytes)
  })

  it('can be given to encodePairs by those who read what others wrote', () => {
    expect(encodePairs([pair('two', '22'), pair('one', '1')])).toEqual(
      fromHex('0002  0003 74776f 0002 3232  0003 6f6e65 0001 31'),
    )
  })
})

describe('a context that was encoded before', () => {
  it('is given as bytes of its own each time', () => {
    const context = contextOf([['tenant', '42']])
    const first = encodeContext(context)
    first.fill(0xff)
    const second = encodeContext(context)
    expect(second).toEqual(fromHex('0001  0006 74656e616e74  0002 3432'))
    second.fill(0xff)
    expect(encodeContext(context)).toEqual(fromHex('0001  0006 74656e616e74  0002 3432'))
  })

  it('does not depend on the bytes that it was parsed from', () => {
    const bytes = oneTwoBytes.slice()
    const context = parseContext(bytes)
    bytes.fill(0)
    expect(encodeContext(context)).toEqual(oneTwoBytes)
  })

  it('is encoded again when it could have been changed', () => {
    const context: Record<string, string> = { tenant: '42' }
    encodeContext(context)
    context['tenant'] = '43'
    expect(encodeContext(context)).toEqual(fromHex('0001  0006 74656e616e74  0002 3433'))
  })
})

describe('a context that does not add up (P8)', () => {
  it.each([
    ['one byte', '00', 'is shorter than its count'],
    ['a count of 0', '0000', 'is not empty, yet counts no pairs'],
    ['a count of 0 before a pair', '0000 0001 61 0001 62', 'is not empty, yet counts no pairs'],
    ['no pair where one is counted', '0001', 'ends within pair 1 of 1'],
    ['fewer pairs than are counted', '0002 0001 61 0001 62', 'ends within pair 2 of 2'],
    ['more pairs than are counted', '0001 0001 61 0001 62 0001 63 0001 64', 'has 6 bytes after its last pair'],
    ['a byte behind the last pair', '0001 0001 61 0001 62 00', 'has 1 bytes after its last pair'],
    ['a key longer than what is there', '0001 0005 61 0001 62', 'ends within pair 1 of 1'],
    ['a key of 65535 bytes that is not there', '0001 ffff 61 0001 62', 'ends within pair 1 of 1'],
    ['a value longer than what is there', '0001 0001 61 0002 62', 'ends within pair 1 of 1'],
    ['half a length', '0001 0001 61 00', 'ends within pair 1 of 1'],
    ['65535 pairs of which one is there', 'ffff 0001 61 0001 62', 'ends within pair 2 of 65535'],
    ['the same key twice', '0002 0001 61 0001 62 0001 61 0001 63', 'holds the key "a" twice'],
    ['the same pair twice', '0002 0001 61 0001 62 0001 61 0001 62', 'holds the key "a" twice'],
    [
      '__proto__ twice',
      '0002 0009 5f5f70726f746f5f5f 0000 0009 5f5f70726f746f5f5f 0000',
      'holds the key "__proto__" twice',
    ],
    ['a key that is not UTF-8', '0001 0001 ff 0001 62', 'holds bytes that are not UTF-8, in pair 1'],
    [
      'a value that is not UTF-8',
      '0002 0001 61 0001 62 0001 62 0002 c080',
      'holds bytes that are not UTF-8, in pair 2',
    ],
    ['half a surrogate pair', '0001 0003 eda080 0000', 'holds bytes that are not UTF-8, in pair 1'],
    ['a character cut at the end of its field', '0001 0001 c3 0001 a9', 'holds bytes that are not UTF-8, in pair 1'],
  ])('is refused: %s', (_, bytes, what) => {
    expect(thrownBy(() => parseContext(fromHex(bytes)))).toMatchObject({
      name: 'MessageFormatError',
      code: 'ERR_ESDK_HEADER_MALFORMED',
      message: `the encryption context ${what}`,
    })
  })

  it('is refused at every place where it may be cut', () => {
    for (const beginning of beginnings(oneTwoBytes).slice(1)) {
      expect(thrownBy(() => parseContext(beginning))).toMatchObject({ code: 'ERR_ESDK_HEADER_MALFORMED' })
    }
  })

  it('is refused with an error of ours, or gives what it holds: no other way (P16, native errors)', () => {
    const bytes = encodeContext(
      contextOf([
        ['__proto__', 'p'],
        ['tenant', '42'],
        ['ключ', '🎉'],
      ]),
    )
    const change = fc.tuple(fc.nat({ max: bytes.length - 1 }), fc.nat({ max: 255 }))
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), fc.nat({ max: 3 }), (changes, cut) => {
        const changed = bytes.slice()
        for (const [at, value] of changes) changed[at] = value
        const given = changed.subarray(0, bytes.length - cut)
        try {
          const context = parseContext(given)
          // What was read is all that is there: written again, it takes as many bytes.
          expect(encodeContext(context).length).toBe(given.length)
        } catch (error) {
          expect(error).toBeInstanceOf(MessageFormatError)
        }
      }),
      { numRuns: 5000 },
    )
  })
})

describe('a context as an object (P10)', () => {
  it('has no prototype, cannot be changed, and holds names of object members as plain data', () => {
    const written = contextOf(objectMembers.map((key) => [key, `value of ${key}`]))
    for (const context of [written, parseContext(encodeContext(written)), copyContext(written)]) {
      expect(Object.getPrototypeOf(context)).toBe(null)
      expect(Object.isFrozen(context)).toBe(true)
      expect(Object.keys(context).sort()).toEqual([...objectMembers].sort())
      for (const key of objectMembers) expect(context[key]).toBe(`value of ${key}`)
    }
  })

  it('has no members that were not written', () => {
    const context = parseContext(oneTwoBytes)
    for (const key of objectMembers) expect(key in context).toBe(false)
    expect(emptyContext['constructor']).toBe(undefined)
    expect(Object.getPrototypeOf(emptyContext)).toBe(null)
  })

  it('leaves Object.prototype as it was, whatever was parsed', () => {
    const before = Object.getOwnPropertyNames(Object.prototype).sort()
    const key = fc.constantFrom('__proto__', 'constructor', '__proto__.x', 'prototype', '__defineGetter__')
    fc.assert(
      fc.property(fc.uniqueArray(key, { minLength: 1 }), wellFormed, (keys, value) => {
        const bytes = encodePairs(keys.map((name) => pair(name, value)))
        expect(Object.keys(parseContext(bytes)).length).toBe(keys.length)
      }),
    )
    expect(Object.getOwnPropertyNames(Object.prototype).sort()).toEqual(before)
    expect(({} as Record<string, unknown>)['x']).toBe(undefined)
  })
})

describe('how long a context may be', () => {
  const longestValue = 'x'.repeat(0xffff - 2 - 4 - 1)

  it('is 65535 bytes in all', () => {
    const context = { k: longestValue }
    expect(encodeContext(context).length).toBe(0xffff)
    expect({ ...parseContext(encodeContext(context)) }).toEqual(context)
  })

  it.each([
    ['in one value', { k: `${longestValue}x` }],
    ['in UTF-8, not in UTF-16', { k: longestValue.replace(/xx$/, 'é€') }],
  ])('and not one more: %s', (_, context) => {
    expect(thrownBy(() => encodeContext(context))).toBeInstanceOf(RangeError)
    expect(mayBeTooLong(context)).toBe(true)
  })

  it('says how many bytes there are', () => {
    expect(thrownBy(() => encodeContext({ k: `${longestValue}xx` }))).toMatchObject({
      message: 'the encryption context takes 65537 bytes, the format has room for 65535',
    })
  })

  it('is guessed without encoding, and the guess is right when it says no', () => {
    expect(mayBeTooLong({})).toBe(false)
    expect(mayBeTooLong({ tenant: '42' })).toBe(false)
    // 2 for the count, 4 for the lengths, 3 for each UTF-16 unit: 2 + 4 + 3 · 21843 = 65535.
    expect(mayBeTooLong({ k: '€'.repeat(21842) })).toBe(false)
    expect(encodeContext({ k: '€'.repeat(21842) }).length).toBe(2 + 4 + 1 + 3 * 21842)
    expect(mayBeTooLong({ k: 'x'.repeat(21843) })).toBe(true)
  })

  it('may be as many pairs as have room, 10,922 of six bytes, which are read in linear time (R4, event loop)', () => {
    const keys = Array.from({ length: 10_922 }, (_, i) => String.fromCharCode(i >> 7, i & 0x7f))
    const bytes = encodePairs(keys.map((key) => pair(key)))
    expect(bytes.length).toBe(2 + 6 * 10_922)
    const started = performance.now()
    expect(Object.keys(parseContext(bytes)).length).toBe(10_922)
    // A quadratic reader takes seconds.
    expect(performance.now() - started).toBeLessThan(500)
  })
})

describe('what a caller gives', () => {
  it('is copied: later changes are not seen', () => {
    const given: Record<string, string> = { tenant: '42' }
    const copy = copyContext(given)
    given['tenant'] = '43'
    given['role'] = 'admin'
    expect({ ...copy }).toEqual({ tenant: '42' })
  })

  it('is read once: a getter cannot answer differently the second time (K3)', () => {
    let asked = 0
    const shifty = {
      get tenant() {
        asked++
        return asked === 1 ? '42' : (undefined as unknown as string)
      },
    }
    expect({ ...copyContext(shifty) }).toEqual({ tenant: '42' })
    expect(asked).toBe(1)
  })

  it('may be an object with or without a prototype, whose own pairs count', () => {
    expect({ ...copyContext(Object.assign(Object.create({ inherited: 'x' }) as object, { own: '1' })) }).toEqual({
      own: '1',
    })
    expect({ ...copyContext(JSON.parse('{"__proto__":"p"}') as EncryptionContext) }).toEqual(
      JSON.parse('{"__proto__":"p"}'),
    )
  })

  it.each([
    ['null', null],
    ['a string', 'tenant=42'],
    ['undefined', undefined],
    ['an array', [['tenant', '42']]],
    ['a function', () => ({})],
  ])('must be an object: not %s', (_, given) => {
    expect(() => copyContext(given as unknown as EncryptionContext)).toThrow(
      new TypeError('encryptionContext must be an object whose values are strings'),
    )
  })

  it('is called in errors what its caller calls it', () => {
    expect(() => copyContext({ tenant: 42 } as unknown as EncryptionContext, 'description')).toThrow(
      new TypeError('description["tenant"] must be a string, found number'),
    )
  })

  it.each([
    [42, 'number'],
    [null, 'object'],
    [undefined, 'undefined'],
    [{ toString: () => '42' }, 'object'],
  ])('must have strings for values: not %j', (value, type) => {
    expect(() => copyContext({ 'ten"ant': value } as unknown as EncryptionContext)).toThrow(
      new TypeError(`encryptionContext["ten\\"ant"] must be a string, found ${type}`),
    )
  })

  it.each([{ '\ud800': 'x' }, { key: '\udc00' }])('must have a UTF-8 form: not %j', (given) => {
    expect(() => copyContext(given)).toThrow(/^encryptionContext\["[^"]+"\] holds half a surrogate pair/)
    expect(() => copyContext(given)).toThrow(TypeError)
  })
})

describe('contextOf', () => {
  it('takes the last value of a key that is there twice', () => {
    expect({
      ...contextOf([
        ['a', '1'],
        ['a', '2'],
      ]),
    }).toEqual({ a: '2' })
  })
})

describe('the names of the format', () => {
  it('are reserved under one prefix', () => {
    expect(reservedContextPrefix).toBe('aws-crypto-')
    expect(publicKeyContextKey).toBe('aws-crypto-public-key')
  })
})
