import { describe, expect, it } from 'vitest'
import { isCmm } from './cmm.ts'
import { hasMethods, isKeyring } from './keyring.ts'

const method = async (): Promise<never> => Promise.reject(new Error('not called'))

/** With its methods on the prototype, as those of classes are. */
class ByClass {
  onEncrypt = method
  async onDecrypt(): Promise<never> {
    return method()
  }
}

describe('a keyring', () => {
  it('is any object with the two methods', () => {
    expect(isKeyring({ onEncrypt: method, onDecrypt: method })).toBe(true)
    expect(isKeyring(Object.assign(Object.create(null), { onEncrypt: method, onDecrypt: method }))).toBe(true)
    expect(isKeyring(new ByClass())).toBe(true)
  })

  it.each([
    ['nothing', undefined],
    ['null', null],
    ['a text', 'keyring'],
    ['an empty object', {}],
    ['only one of the methods', { onEncrypt: method }],
    ['a method that is none', { onEncrypt: method, onDecrypt: 'later' }],
    ['a materials manager', { getEncryptionMaterials: method, decryptMaterials: method }],
  ])('is not %s', (_, value) => expect(isKeyring(value)).toBe(false))
})

describe('a materials manager', () => {
  it('is any object with the two methods', () => {
    expect(isCmm({ getEncryptionMaterials: method, decryptMaterials: method })).toBe(true)
  })

  it.each([
    ['nothing', undefined],
    ['only one of the methods', { decryptMaterials: method }],
    ['a keyring', { onEncrypt: method, onDecrypt: method }],
  ])('is not %s', (_, value) => expect(isCmm(value)).toBe(false))
})

describe('hasMethods', () => {
  it('asks for all that are named', () => {
    expect(hasMethods({ a: method, b: method }, 'a', 'b')).toBe(true)
    expect(hasMethods({ a: method }, 'a', 'b')).toBe(false)
    expect(hasMethods({})).toBe(true)
    expect(hasMethods(method, 'call')).toBe(false)
  })
})
