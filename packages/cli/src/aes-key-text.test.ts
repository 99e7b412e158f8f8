import { describe, expect, it } from 'vitest'
import { parseAesKey } from './aes-key-text.ts'

/** 00 01 02 ... */
function keyOf(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => i)
}

const hex128 = '000102030405060708090a0b0c0d0e0f'
const base64of128 = 'AAECAwQFBgcICQoLDA0ODw=='

function text(content: string): Uint8Array {
  return new TextEncoder().encode(content)
}

describe('AES keys in files', () => {
  it.each([16, 24, 32])('are %i bytes as they are', (length) => {
    expect(parseAesKey(keyOf(length))).toEqual(keyOf(length))
  })

  it.each([hex128, hex128.toUpperCase(), `${hex128}\n`, ` ${hex128}\r\n`])('are hexadecimal: %o', (content) => {
    expect(parseAesKey(text(content))).toEqual(keyOf(16))
  })

  it.each([base64of128, `${base64of128}\n`])('are base64: %o', (content) => {
    expect(parseAesKey(text(content))).toEqual(keyOf(16))
  })

  it('are what the encoding says, where 32 characters could be either', () => {
    expect(parseAesKey(text(hex128))).toEqual(keyOf(16))
    expect(parseAesKey(text(hex128), 'binary')).toEqual(text(hex128))
    expect(parseAesKey(text(hex128), 'hex')).toEqual(keyOf(16))
    expect(parseAesKey(text(hex128), 'base64')).toHaveLength(24)
  })

  it.each([0, 15, 17, 31, 33, 64])('are not %i bytes', (length) => {
    expect(parseAesKey(keyOf(length))).toBeUndefined()
  })

  it('are not what the encoding does not fit', () => {
    expect(parseAesKey(keyOf(32), 'hex')).toBeUndefined()
    expect(parseAesKey(text('AAECAwQFBgcICQoLDA0ODw'), 'base64')).toBeUndefined()
  })
})
