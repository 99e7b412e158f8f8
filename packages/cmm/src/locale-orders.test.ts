import { contextOf } from '@esdk/serialize'
import { afterEach, describe, expect, it } from 'vitest'
import { localeOrders } from './locale-orders.ts'

/** The keys in the order in which they stand in an encoded context whose values are empty. */
function keysOf(encoded: Uint8Array): readonly string[] {
  const keys: string[] = []
  for (let offset = 2; offset < encoded.length; ) {
    const length = (encoded[offset] as number) * 256 + (encoded[offset + 1] as number)
    keys.push(new TextDecoder().decode(encoded.subarray(offset + 2, offset + 2 + length)))
    offset += 2 + length + 2
  }
  return keys
}

function ordersOf(...keys: readonly string[]): readonly (readonly string[])[] {
  return localeOrders(contextOf(keys.map((key) => [key, '']))).map(keysOf)
}

const { Collator } = Intl

/** Runs as if the locale here were another. */
function inLocale(locale: string): void {
  class CollatorHere extends Collator {
    constructor(locales?: Intl.LocalesArgument) {
      super(locales ?? locale)
    }
  }
  Intl.Collator = CollatorHere as unknown as typeof Intl.Collator
}

afterEach(() => {
  Intl.Collator = Collator
})

describe('contexts in the order of a locale', () => {
  it('are none where it is that of the bytes', () => {
    expect(ordersOf()).toEqual([])
    expect(ordersOf('tenant')).toEqual([])
    expect(ordersOf('purpose', 'tenant')).toEqual([])
  })

  it.each([
    ['a before B', ['B', 'a'], ['a', 'B']],
    ['letters before ~, and _ before them', ['a', '~', '_', 'Z'], ['_', '~', 'a', 'Z']],
    ['accents beside their letters', ['ez', 'éa', 'z'], ['éa', 'ez', 'z']],
  ])('are that of English: %s', (_, keys, expected) => {
    inLocale('en')
    expect(ordersOf(...keys)).toEqual([expected])
  })

  it('are that of the locale here first, then that of English', () => {
    // In Czech, ch is a letter behind h; in bytes, and in English, it comes before d. C is before all in bytes.
    inLocale('cs')
    expect(ordersOf('C', 'ch', 'd', 'a')).toEqual([
      ['a', 'C', 'd', 'ch'],
      ['a', 'C', 'ch', 'd'],
    ])
  })

  it('leave out that of English where the bytes have it already', () => {
    inLocale('cs')
    expect(ordersOf('ch', 'd')).toEqual([['d', 'ch']])
  })

  it('keep keys that a locale holds for the same in the order of their bytes', () => {
    inLocale('en')
    // NUL has no weight in any locale: both keys are the same to it.
    expect(new Collator('en').compare('a\0', 'a')).toBe(0)
    expect(ordersOf('b', 'a\0', 'a', 'B')).toEqual([['a', 'a\0', 'b', 'B']])
  })

  it('are made again for a context that could have been changed, and kept for one that cannot', () => {
    inLocale('en')
    const open: Record<string, string> = { B: '', a: '' }
    expect(localeOrders(open).map(keysOf)).toEqual([['a', 'B']])
    open['b'] = ''
    expect(localeOrders(open).map(keysOf)).toEqual([['a', 'b', 'B']])
    const fixed = contextOf(Object.entries(open))
    expect(localeOrders(fixed)).toBe(localeOrders(fixed))
    expect(localeOrders(fixed).map(keysOf)).toEqual([['a', 'b', 'B']])
  })

  it('hold the same pairs, with their values', () => {
    inLocale('en')
    const [encoded] = localeOrders(
      contextOf([
        ['B', 'one'],
        ['a', ''],
      ]),
    )
    // 0002, a and its empty value, B and "one".
    expect(encoded).toEqual(Uint8Array.of(0, 2, 0, 1, 0x61, 0, 0, 0, 1, 0x42, 0, 3, 0x6f, 0x6e, 0x65))
  })
})
