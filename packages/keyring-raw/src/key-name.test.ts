import { describe, expect, it } from 'vitest'
import { fromHex } from '../test/materials.ts'
import { checkKeyId, checkName, checkNamespace, describeKeyId, type KeyName } from './key-name.ts'

describe('a namespace', () => {
  it.each(['my-app', 'BC', 'AmazonConnect', 'aws', 'aws-crypto', 'ключи', 'raw-ecdh', ' ', '__proto__'])(
    'may be any text: %s',
    (namespace) => expect(checkNamespace(namespace)).toBe(namespace),
  )

  it.each(['aws-kms', 'aws-kms-of-mine', 'aws-kms\u202e'])('may not be one of AWS KMS: %j', (namespace) => {
    expect(() => checkNamespace(namespace)).toThrow(TypeError)
    expect(() => checkNamespace(namespace)).toThrow('belongs to AWS KMS: choose one that does not begin with "aws-kms"')
  })

  it.each([
    ['', '""'],
    [undefined, 'undefined'],
    [null, 'null'],
    [42, '42'],
  ])('must be text and not empty: not %j', (namespace, shown) => {
    expect(() => checkNamespace(namespace as unknown as string)).toThrow(
      new TypeError(`namespace must be a text that is not empty, found ${shown}`),
    )
  })

  it('must have a UTF-8 form, or its keys would be found by nobody', () => {
    expect(() => checkNamespace('app\ud800')).toThrow(
      new TypeError('the namespace "app\\u{d800}" holds half a surrogate pair: it has no UTF-8 form'),
    )
  })
})

describe('a name', () => {
  it('is written in UTF-8', () => {
    expect(checkName('clé')).toEqual(fromHex('636cc3a9'))
  })

  it('may be any bytes, which are copied', () => {
    const bytes = fromHex('00ff80')
    const name = checkName(bytes)
    bytes.fill(1)
    expect(name).toEqual(fromHex('00ff80'))
  })

  it.each([
    ['an empty text', ''],
    ['no bytes', new Uint8Array(0)],
    ['nothing', undefined],
    ['null', null],
    ['an array', [1, 2]],
    ['an ArrayBuffer', new ArrayBuffer(2)],
  ])('must be text or bytes, and not empty: not %s', (_, name) => {
    expect(() => checkName(name as unknown as KeyName)).toThrow(TypeError)
  })

  it('must have a UTF-8 form', () => {
    expect(() => checkName('\udc00')).toThrow(
      new TypeError('the name "\\u{dc00}" holds half a surrogate pair: it has no UTF-8 form'),
    )
  })
})

describe('namespace and name', () => {
  it('are checked together', () => {
    expect(checkKeyId('app', 'key')).toEqual({ namespace: 'app', name: fromHex('6b6579') })
    expect(() => checkKeyId('', 'key')).toThrow('namespace must be')
    expect(() => checkKeyId('app', '')).toThrow('name must be')
  })

  it.each([
    ['app', 'key-2026', '"app" / "key-2026"'],
    ['app', fromHex('00ff80'), '"app" / 00ff80'],
    ['a\nb', 'c\u202ed', '"a\\u{a}b" / "c\\u{202e}d"'],
  ] as const)('are shown so that they forge no line of a log: %j, %j', (namespace, name, shown) => {
    expect(describeKeyId(checkKeyId(namespace, name))).toBe(shown)
  })
})
