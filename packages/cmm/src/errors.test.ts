import { type EncryptedDataKey, EsdkError, utf8 } from '@esdk/serialize'
import { describe, expect, it } from 'vitest'
import {
  describeKey,
  EncryptionContextError,
  KeyringError,
  MaterialsError,
  NoDataKeyError,
  PlatformError,
  PublicKeyError,
  UnwrapError,
} from './errors.ts'

function edk(providerId: string, providerInfo: Uint8Array | string): EncryptedDataKey {
  const info = typeof providerInfo === 'string' ? utf8(providerInfo) : providerInfo
  return { providerId, providerInfo: info, ciphertext: utf8('wrapped') }
}

describe('errors', () => {
  it.each([
    [new UnwrapError(edk('a', 'b'), 'why'), 'UnwrapError', 'ERR_ESDK_UNWRAP'],
    [new NoDataKeyError([], []), 'NoDataKeyError', 'ERR_ESDK_NO_DATA_KEY'],
    [new KeyringError('why'), 'KeyringError', 'ERR_ESDK_KEYRING'],
    [new MaterialsError('why'), 'MaterialsError', 'ERR_ESDK_MATERIALS'],
    [new EncryptionContextError('why'), 'EncryptionContextError', 'ERR_ESDK_ENCRYPTION_CONTEXT'],
    [new PublicKeyError('why'), 'PublicKeyError', 'ERR_ESDK_PUBLIC_KEY'],
    [new PlatformError(new Error('why')), 'PlatformError', 'ERR_ESDK_PLATFORM'],
  ])('have stable names and codes: %s', (error, name, code) => {
    expect(error).toBeInstanceOf(EsdkError)
    expect(error).toMatchObject({ name, code })
  })

  it('keep the original as their cause', () => {
    const cause = new Error('the vault is closed')
    expect(new UnwrapError(edk('a', 'b'), 'it does not open', { cause }).cause).toBe(cause)
    expect(new KeyringError('it cannot wrap', [], { cause }).cause).toBe(cause)
    expect(new MaterialsError('it failed', { cause }).cause).toBe(cause)
    expect(new PlatformError(cause).cause).toBe(cause)
  })
})

describe('a key, described', () => {
  it.each([
    ['by provider and name', edk('vault', 'orders'), '"vault" / "orders"'],
    [
      'by the name of a raw AES key, which 20 bytes of binary follow',
      edk('app', aesInfo('key-2026')),
      '"app" / "key-2026"',
    ],
    ['by the number of bytes, where they are no text', edk('app', Uint8Array.of(0xff, 0xfe)), '"app" / 2 bytes'],
    [
      'by the number of bytes, where the name before the zeros is no text',
      edk('app', aesInfo('\xff')),
      '"app" / 21 bytes',
    ],
    [
      'by the number of bytes, where a zero stands by chance',
      edk('app', Uint8Array.of(0x3b, 0, 0xff, 0xfe, 0xfd)),
      '"app" / 5 bytes',
    ],
    ['by the number of bytes, where nothing is before the zeros', edk('app', aesInfo('')), '"app" / 20 bytes'],
    ['with nothing in it', edk('', ''), '"" / ""'],
    ['with what would forge a line spelled out (C7)', edk('a\nb', 'c\u202ed'), '"a\\u{a}b" / "c\\u{202e}d"'],
  ])('%s', (_, key, text) => expect(describeKey(key)).toBe(text))

  /** Name in Latin-1, tag length, IV length, and an IV that is no UTF-8. */
  function aesInfo(name: string): Uint8Array {
    const start = Array.from(name, (character) => character.charCodeAt(0))
    return Uint8Array.of(...start, 0, 0, 0, 128, 0, 0, 0, 12, ...new Uint8Array(12).fill(0xfe))
  }
})

describe('a key that could not be unwrapped', () => {
  it('is named, and kept', () => {
    const key = edk('vault', 'orders')
    const error = new UnwrapError(key, 'it does not open')
    expect(error.message).toBe('"vault" / "orders": it does not open')
    expect(error.encryptedDataKey).toBe(key)
  })
})

describe('no data key', () => {
  it('because no key belongs to the keyring: says whose they are', () => {
    const error = new NoDataKeyError([edk('vault', 'orders'), edk('aws-kms', 'arn')], [])
    expect(error.attempts).toEqual([])
    expect(error.message).toBe(
      'no encrypted data key of the message belongs to this keyring; the message was encrypted for "vault" / "orders"; "aws-kms" / "arn"',
    )
  })

  it('says what the keyring was for, where that is known', () => {
    expect(new NoDataKeyError([edk('vault', 'orders')], [], '"vault" / "bills"').message).toBe(
      'no encrypted data key of the message belongs to this keyring ("vault" / "bills"); the message was encrypted for "vault" / "orders"',
    )
  })

  it('because none opened: gives one attempt for each that was tried', () => {
    const attempts = [new UnwrapError(edk('vault', 'orders'), 'it does not open'), 'a text', 7]
    const error = new NoDataKeyError([edk('vault', 'orders')], attempts, 'not shown here')
    expect(error.attempts).toEqual(attempts)
    expect(error.message).toBe(
      'none of the encrypted data keys (1) could be unwrapped: "vault" / "orders": it does not open; a text; 7',
    )
  })

  it('keeps attempts that nobody can change', () => {
    const attempts = [new Error('one')]
    const error = new NoDataKeyError([], attempts)
    attempts.push(new Error('two'))
    expect(error.attempts.length).toBe(1)
    expect(Object.isFrozen(error.attempts)).toBe(true)
  })

  it('names eight keys, and counts the rest', () => {
    const keys = Array.from({ length: 10 }, (_, i) => edk('vault', `${i}`))
    const named =
      '"vault" / "0"; "vault" / "1"; "vault" / "2"; "vault" / "3"; "vault" / "4"; "vault" / "5"; "vault" / "6"; "vault" / "7"'
    expect(new NoDataKeyError(keys, []).message).toContain(`${named}; and 2 more`)
    expect(new NoDataKeyError(keys.slice(0, 8), []).message.endsWith(named)).toBe(true)
  })
})

describe('a keyring that failed', () => {
  it('says so, with the errors of its parts if it has parts', () => {
    expect(new KeyringError('it can only decrypt').message).toBe('it can only decrypt')
    expect(new KeyringError('it can only decrypt').attempts).toEqual([])
    const attempts = [new Error('closed'), new Error('away')]
    const error = new KeyringError('2 of 3 keyrings could not wrap', attempts)
    expect(error.message).toBe('2 of 3 keyrings could not wrap: closed; away')
    expect(error.attempts).toEqual(attempts)
    expect(Object.isFrozen(error.attempts)).toBe(true)
  })
})

describe('a platform that failed', () => {
  it('is told with its own words', () => {
    expect(new PlatformError(new Error('no entropy')).message).toBe('the platform failed: no entropy')
    expect(new PlatformError('no entropy').message).toBe('the platform failed: no entropy')
  })

  it('has a code of its own for what it does not have', () => {
    const unsupported = Object.assign(new Error('no PKCS #1'), { code: 'ERR_ESDK_UNSUPPORTED' })
    expect(new PlatformError(unsupported).code).toBe('ERR_ESDK_UNSUPPORTED')
    const another = Object.assign(new Error('no PKCS #1'), { code: 'ERR_OSSL' })
    expect(new PlatformError(another).code).toBe('ERR_ESDK_PLATFORM')
    expect(new PlatformError({ code: 'ERR_ESDK_UNSUPPORTED' }).code).toBe('ERR_ESDK_PLATFORM')
  })
})
