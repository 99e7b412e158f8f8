import { defaultBackend } from '@esdk/crypto-backend'
import { algorithmSuite } from '@esdk/serialize'
import { describe, expect, it } from 'vitest'
import { knownKeyring } from '../test/keyrings.ts'
import {
  checkClientOptions,
  checkDecryptOptions,
  checkEncryptOptions,
  type DecryptStreamOptions,
  type EncryptOptions,
} from './options.ts'

const client = checkClientOptions({})
const keyring = knownKeyring()
const cmm = {
  getEncryptionMaterials: () => Promise.reject(new Error('not asked')),
  decryptMaterials: () => Promise.reject(new Error('not asked')),
}

describe('the options of a client', () => {
  it('are the strictest policy and the platform’s own cryptography by default', () => {
    expect(client.commitmentPolicy).toBe('require-encrypt-require-decrypt')
    expect(client.backend).toBe(defaultBackend)
    expect(Object.isFrozen(client)).toBe(true)
  })

  it('are taken as they are given', () => {
    const backend = { ...defaultBackend, name: 'mine' }
    const options = checkClientOptions({
      commitmentPolicy: 'forbid-encrypt-allow-decrypt',
      maxEncryptedDataKeys: 5,
      limits: { maxFrameLength: 100 },
      backend,
    })
    expect(options).toMatchObject({
      commitmentPolicy: 'forbid-encrypt-allow-decrypt',
      limits: { maxEncryptedDataKeys: 5, maxFrameLength: 100 },
    })
    expect(options.backend).toBe(backend)
  })

  it.each(['REQUIRE_ENCRYPT_REQUIRE_DECRYPT', '', null, 3])('have no policy %s', (commitmentPolicy) => {
    expect(() => checkClientOptions({ commitmentPolicy: commitmentPolicy as 'forbid-encrypt-allow-decrypt' })).toThrow(
      new TypeError(
        `commitmentPolicy must be one of forbid-encrypt-allow-decrypt, require-encrypt-allow-decrypt, require-encrypt-require-decrypt; found ${commitmentPolicy}`,
      ),
    )
  })

  it.each([null, 'options', 7])('are an object, not %s', (options) => {
    const text = (operation: string) => new TypeError(`the options of ${operation} must be an object`)
    expect(() => checkClientOptions(options as unknown as object)).toThrow(text('createClient'))
    expect(() => checkEncryptOptions(client, options as unknown as EncryptOptions)).toThrow(text('encrypt'))
    expect(() => checkDecryptOptions(client, options as unknown as DecryptStreamOptions)).toThrow(text('decrypt'))
  })
})

describe('where keys come from', () => {
  it.each([
    [{}, 'a keyring is missing: give { keyring } or { cmm }'],
    [{ keyring, cmm }, 'give a keyring or a cmm, not both'],
    [{ keyring: {} }, 'keyring must be an object with onEncrypt and onDecrypt'],
    [{ keyring: null }, 'keyring must be an object with onEncrypt and onDecrypt'],
    [{ keyring: cmm }, 'keyring must be an object with onEncrypt and onDecrypt'],
    [{ cmm: keyring }, 'cmm must be an object with getEncryptionMaterials and decryptMaterials'],
    [{ cmm: () => cmm }, 'cmm must be an object with getEncryptionMaterials and decryptMaterials'],
  ])('is exactly one keyring or materials manager: %#', (options, text) => {
    expect(() => checkEncryptOptions(client, options as unknown as EncryptOptions)).toThrow(new TypeError(text))
    expect(() => checkDecryptOptions(client, options as unknown as DecryptStreamOptions)).toThrow(new TypeError(text))
  })

  it('is the given materials manager itself', () => {
    expect(checkEncryptOptions(client, { cmm }).cmm).toBe(cmm)
    expect(checkDecryptOptions(client, { cmm }).cmm).toBe(cmm)
  })
})

describe('the options of encryption', () => {
  it('are few by default', () => {
    const settings = checkEncryptOptions(client, { keyring })
    expect(settings.client).toBe(client)
    expect(settings).toMatchObject({
      encryptionContext: {},
      suite: undefined,
      frameLength: 4096,
      plaintextBound: undefined,
      signal: undefined,
      onProgress: undefined,
    })
  })

  it('are taken as they are given', () => {
    const { signal } = new AbortController()
    const onProgress = () => {}
    const given = { cmm, suite: 0x0478, frameLength: 1, plaintextLength: 0, signal, onProgress } as const
    const settings = checkEncryptOptions(client, given)
    expect(settings).toMatchObject({ suite: algorithmSuite(0x0478), frameLength: 1, plaintextBound: 0, onProgress })
    expect(settings.signal).toBe(signal)
    expect(checkEncryptOptions(client, { keyring, frameLength: 0xffff_ffff }).frameLength).toBe(0xffff_ffff)
  })

  it('copy the context', () => {
    const encryptionContext = { a: '1' }
    const settings = checkEncryptOptions(client, { keyring, encryptionContext })
    encryptionContext.a = '2'
    expect({ ...settings.encryptionContext }).toEqual({ a: '1' })
    expect(Object.isFrozen(settings.encryptionContext)).toBe(true)
  })

  // A body of frames without bytes would have no end: frame length 0 cannot even be written.
  it.each([0, -1, 1.5, 2 ** 32, Number.NaN, '4096', null])('have no frames of %s bytes', (frameLength) => {
    expect(() => checkEncryptOptions(client, { keyring, frameLength: frameLength as number })).toThrow(
      new RangeError(`frameLength must be a whole number from 1 to 4294967295, found ${frameLength}`),
    )
  })

  it('have no frames above the limit of the client', () => {
    const limited = checkClientOptions({ limits: { maxFrameLength: 100 } })
    expect(checkEncryptOptions(limited, { keyring, frameLength: 100 }).frameLength).toBe(100)
    expect(() => checkEncryptOptions(limited, { keyring, frameLength: 101 })).toThrow(
      expect.objectContaining({ code: 'ERR_ESDK_LIMIT', limit: 'maxFrameLength', allowed: 100, found: 101 }),
    )
  })

  it.each([0x0070, 0, 1144.5, '0x0478', null])('have no suite %s', (suite) => {
    const known = '0x0014, 0x0046, 0x0078, 0x0114, 0x0146, 0x0178, 0x0214, 0x0346, 0x0378, 0x0478, 0x0578'
    expect(() => checkEncryptOptions(client, { keyring, suite: suite as 0x0478 })).toThrow(
      new RangeError(`suite must be the number of an algorithm suite: ${known}; found ${suite}`),
    )
  })

  it('have no suite that the policy does not encrypt with', () => {
    const refusal: unknown = expect.objectContaining({ code: 'ERR_ESDK_COMMITMENT_POLICY' })
    const old = checkClientOptions({ commitmentPolicy: 'forbid-encrypt-allow-decrypt' })
    expect(() => checkEncryptOptions(client, { keyring, suite: 0x0178 })).toThrow(refusal)
    expect(() => checkEncryptOptions(old, { keyring, suite: 0x0478 })).toThrow(refusal)
    expect(checkEncryptOptions(old, { keyring, suite: 0x0178 }).suite).toBe(algorithmSuite(0x0178))
  })

  it.each([-1, 1.5, 2 ** 53, Number.POSITIVE_INFINITY, '1', null])('have no plaintextLength %s', (plaintextLength) => {
    expect(() => checkEncryptOptions(client, { keyring, plaintextLength: plaintextLength as number })).toThrow(
      new RangeError(`plaintextLength must be a whole number of bytes, found ${plaintextLength}`),
    )
  })

  it.each(['aws-crypto-public-key', 'aws-crypto-', 'aws-crypto-anything'])('have no context key %s', (key) => {
    expect(() => checkEncryptOptions(client, { keyring, encryptionContext: { [key]: 'x' } })).toThrow(
      expect.objectContaining({
        code: 'ERR_ESDK_ENCRYPTION_CONTEXT',
        message: `the encryption context key "${key}" is reserved: keys may not begin with "aws-crypto-"`,
      }),
    )
  })

  it('have no context that is too long for the format', () => {
    // 2 bytes for the count, 2 and 2 for the lengths of key and value, 1 for the key.
    const longest = 65_535 - 7
    const context = (length: number) => ({ encryptionContext: { k: 'v'.repeat(length) } })
    expect(() => checkEncryptOptions(client, { keyring, ...context(longest) })).not.toThrow()
    expect(() => checkEncryptOptions(client, { keyring, ...context(longest + 1) })).toThrow(
      new RangeError('the encryption context takes 65536 bytes, the format has room for 65535'),
    )
  })

  it.each([
    ['text', 'encryptionContext must be an object whose values are strings'],
    [['a'], 'encryptionContext must be an object whose values are strings'],
    [{ a: 1 }, 'encryptionContext["a"] must be a string, found number'],
    [{ a: '\ud800' }, 'encryptionContext["a"] holds half a surrogate pair: it has no UTF-8 form'],
  ])('have no context %j', (context, text) => {
    const encryptionContext = context as unknown as Record<string, string>
    expect(() => checkEncryptOptions(client, { keyring, encryptionContext })).toThrow(new TypeError(text))
    expect(() => checkDecryptOptions(client, { keyring, encryptionContext })).toThrow(new TypeError(text))
  })
})

describe('the options of decryption', () => {
  it('are few by default', () => {
    const settings = checkDecryptOptions(client, { keyring })
    expect(settings.client).toBe(client)
    expect(settings).toMatchObject({
      reproducedContext: {},
      unsignedOnly: false,
      signal: undefined,
      onProgress: undefined,
    })
  })

  it('are taken as they are given, and copied', () => {
    const encryptionContext = { a: '1' }
    const settings = checkDecryptOptions(client, { keyring, encryptionContext, unsignedOnly: true })
    encryptionContext.a = '2'
    expect(settings.unsignedOnly).toBe(true)
    expect({ ...settings.reproducedContext }).toEqual({ a: '1' })
  })

  it('may name the reserved pairs that a message has', () => {
    const encryptionContext = { 'aws-crypto-public-key': 'A' }
    expect(() => checkDecryptOptions(client, { keyring, encryptionContext })).not.toThrow()
  })

  it('have no unsignedOnly but true and false', () => {
    expect(() => checkDecryptOptions(client, { keyring, unsignedOnly: 'yes' as unknown as boolean })).toThrow(
      new TypeError('unsignedOnly must be true or false'),
    )
  })
})

describe('the options of both', () => {
  it.each([checkEncryptOptions, checkDecryptOptions])('have an AbortSignal and a function, if any: %o', (check) => {
    const { signal } = new AbortController()
    const onProgress = () => {}
    expect(check(client, { keyring, signal, onProgress })).toMatchObject({ onProgress })
    expect(check(client, { keyring, signal, onProgress }).signal).toBe(signal)
    expect(() => check(client, { keyring, signal: {} as AbortSignal })).toThrow(
      new TypeError('signal must be an AbortSignal'),
    )
    expect(() => check(client, { keyring, onProgress: {} as () => void })).toThrow(
      new TypeError('onProgress must be a function'),
    )
  })
})
