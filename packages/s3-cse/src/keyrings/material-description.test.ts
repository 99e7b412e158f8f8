import { contextOf } from '@esdk/cmm'
import { describe, expect, it } from 'vitest'
import { checkMaterialDescription, keyPicker, samePairs } from './material-description.ts'

interface Given {
  readonly materialDescription: Readonly<Record<string, string>>
  readonly wrappingKey: string
}

const own = { materialDescription: contextOf([['year', '2026']]), key: 'own' }
const pick = (additional?: readonly Given[]) => keyPicker(own, additional, (_, { wrappingKey }) => wrappingKey)

describe('the key of an object', () => {
  const keyFor = pick([
    { materialDescription: {}, wrappingKey: 'first' },
    { materialDescription: { year: '2025' }, wrappingKey: 'second' },
    { materialDescription: { year: '2025', site: 'Köln' }, wrappingKey: 'third' },
  ])

  it.each([
    [{}, 'first'],
    [{ year: '2025' }, 'second'],
    [{ site: 'Köln', year: '2025' }, 'third'],
    [{ year: '2026' }, 'own'],
    [{ year: '2024' }, 'own'],
    [{ Year: '2025' }, 'own'],
    [{ year: '2025', site: 'Koeln' }, 'own'],
    [{ year: '2025', site: 'Köln', more: '' }, 'own'],
  ])('with the description %j is the one that has exactly these pairs: %s', (description, key) => {
    expect(keyFor(contextOf(Object.entries(description)))).toBe(key)
  })

  it('is the own one where there is no other', () => {
    expect(pick()(contextOf([]))).toBe('own')
  })

  it('may be described by names that mean something to objects', () => {
    const pairs = [['__proto__', 'a']] as const
    const keyFor = pick([{ materialDescription: contextOf(pairs), wrappingKey: 'proto' }])
    expect(keyFor(contextOf(pairs))).toBe('proto')
    expect(keyFor(contextOf([]))).toBe('own')
    expect(keyFor(contextOf([['toString', 'a']]))).toBe('own')
  })
})

describe('descriptions that a caller gives', () => {
  it.each([
    ['a text', 'year'],
    ['null', null],
    ['a list', ['year']],
    ['a number as value', { year: 2026 }],
    ['half a surrogate pair', { year: '\ud800' }],
  ])('are not %s: a TypeError', (_, description) => {
    expect(() => checkMaterialDescription('materialDescription', description as never)).toThrow(TypeError)
    expect(() => checkMaterialDescription('materialDescription', description as never)).toThrow(/^materialDescription/)
  })

  it.each([
    ['no list', { materialDescription: {} }, 'additionalDecryptionKeys must be a list'],
    ['null in the list', [null], 'additionalDecryptionKeys[0] must have a materialDescription'],
    ['a key without one', [{ wrappingKey: '' }], 'additionalDecryptionKeys[0] must have a materialDescription'],
    [
      'the same twice',
      [{ materialDescription: { a: '1', b: '2' } }, { materialDescription: { b: '2', a: '1' } }],
      'additionalDecryptionKeys[1].materialDescription is that of another key of this keyring',
    ],
    [
      'that of the own key',
      [{ materialDescription: { year: '2026' } }],
      'additionalDecryptionKeys[0].materialDescription is that of another key of this keyring',
    ],
    [
      'a number as value',
      [{ materialDescription: { year: 1 } }],
      'additionalDecryptionKeys[0].materialDescription["year"] must be a string',
    ],
  ])('for further keys are not %s: a TypeError', (_, additional, says) => {
    expect(() => pick(additional as never)).toThrow(TypeError)
    expect(() => pick(additional as never)).toThrow(says)
  })

  it('are copied (K3)', () => {
    const description: Record<string, string> = { year: '2025' }
    const copy = checkMaterialDescription('materialDescription', description)
    description['year'] = '2026'
    expect({ ...copy }).toEqual({ year: '2025' })
    expect(Object.isFrozen(copy)).toBe(true)
  })
})

describe('samePairs', () => {
  it('looks at own pairs alone', () => {
    const inherits = Object.create({ a: '1' }) as Record<string, string>
    inherits['b'] = '1'
    expect(samePairs({ a: '1' }, inherits)).toBe(false)
    expect(samePairs(inherits, { a: '1' })).toBe(false)
    expect(samePairs({ toString: '1' }, {})).toBe(false)
    expect(samePairs({ a: '1', b: '2' }, { b: '2', a: '1' })).toBe(true)
  })
})
