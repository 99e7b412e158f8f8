import { createCipheriv, createDecipheriv } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { hex, join, pattern } from '../testing/rule.ts'
import { unwrapAesKey } from './key-wrap.ts'

// K11 of the threat model: OpenSSL unwraps keys that are none.
describe('unwrapAesKey', () => {
  it.each([40, 64])('refuses %i bytes, which OpenSSL wraps and unwraps', (length) => {
    const wrappingKey = pattern(32)
    const cipher = createCipheriv('id-aes256-wrap', wrappingKey, hex('a6a6a6a6a6a6a6a6'))
    const wrapped = join(cipher.update(pattern(length)), cipher.final())
    const decipher = createDecipheriv('id-aes256-wrap', wrappingKey, hex('a6a6a6a6a6a6a6a6'))
    expect(join(decipher.update(wrapped), decipher.final())).toEqual(pattern(length))
    expect(unwrapAesKey(wrappingKey, wrapped)).toBeUndefined()
  })

  it.each([16, 24, 32])('gives a key of %i bytes that OpenSSL wrapped', (length) => {
    const wrappingKey = pattern(32)
    const cipher = createCipheriv('id-aes256-wrap', wrappingKey, hex('a6a6a6a6a6a6a6a6'))
    expect(unwrapAesKey(wrappingKey, join(cipher.update(pattern(length)), cipher.final()))).toEqual(pattern(length))
  })
})
