import { describe, expect, it } from 'vitest'
import { UsageError } from './cli-error.ts'
import {
  contextPairs,
  parseContextArgument,
  parseCount,
  parseFrameLength,
  parseLength,
  parsePolicy,
  parseSuffix,
  parseSuite,
} from './values.ts'

describe('lengths', () => {
  it.each([
    ['0', 0],
    ['4096', 4096],
    ['64K', 65536],
    ['64kib', 65536],
    ['1MB', 1048576],
    ['1MiB', 1048576],
    ['2g', 2147483648],
    ['1T', 1099511627776],
  ])('reads %s as %i bytes', (text, length) => {
    expect(parseLength('--max-length', text)).toBe(length)
  })

  it.each(['', '-1', '1.5', '1X', 'KiB', '0x10', '9999999999999999T', '1e3'])('refuses %o', (text) => {
    expect(() => parseLength('--max-length', text)).toThrow(UsageError)
  })

  it.each(['0', '4294967296'])('refuses a frame length of %s', (text) => {
    expect(() => parseFrameLength(text)).toThrow('--frame-length must be from 1 to 4294967295 bytes')
  })

  it('takes the longest frame of the format', () => {
    expect(parseFrameLength('4294967295')).toBe(4294967295)
  })
})

describe('counts', () => {
  it('are whole and at least 1', () => {
    expect(parseCount('--n', '10')).toBe(10)
    for (const text of ['0', '-1', '1.0', '', 'many']) expect(() => parseCount('--n', text)).toThrow(UsageError)
  })
})

describe('suites', () => {
  it.each([
    '0x0578',
    '0578',
    '0X0578',
    'AES_256_GCM_HKDF_SHA512_COMMIT_KEY_ECDSA_P384',
    'aes_256_gcm_hkdf_sha512_commit_key_ecdsa_p384',
  ])('knows 0578 as %s', (text) => {
    expect(parseSuite(text)).toBe(0x0578)
  })

  it.each(['1400', '0x0070', 'AES', '', '0x578'])('refuses %o, and names those there are', (text) => {
    expect(() => parseSuite(text)).toThrow(
      expect.objectContaining({
        hint: expect.stringContaining('0x0478  AES_256_GCM_HKDF_SHA512_COMMIT_KEY\n') as string,
      }),
    )
  })
})

describe('policies and suffixes', () => {
  it('are one of three, and no path', () => {
    expect(parsePolicy('require-encrypt-allow-decrypt')).toBe('require-encrypt-allow-decrypt')
    expect(() => parsePolicy('none')).toThrow(UsageError)
    expect(parseSuffix('.enc')).toBe('.enc')
    for (const text of ['/x', '..\\x', 'a\0']) expect(() => parseSuffix(text)).toThrow(UsageError)
  })
})

describe('the encryption context', () => {
  it('is parted at the first =', () => {
    expect(parseContextArgument('a=b=c')).toEqual({ key: 'a', value: 'b=c' })
    expect(parseContextArgument('a=')).toEqual({ key: 'a', value: '' })
    expect(parseContextArgument('a')).toEqual({ key: 'a' })
  })

  it.each(['', '=v'])('refuses %o, which has no key', (text) => {
    expect(() => parseContextArgument(text)).toThrow(UsageError)
  })

  it('has each key once', () => {
    const twice = [
      { key: 'a', value: '1' },
      { key: 'a', value: '2' },
    ]
    expect(() => contextPairs(twice)).toThrow('has the key "a" twice')
  })

  it('takes __proto__ for a key like others', () => {
    const pairs = contextPairs([{ key: '__proto__', value: 'x' }, { key: 'only-a-key' }])
    expect(Object.entries(pairs)).toEqual([['__proto__', 'x']])
  })
})
