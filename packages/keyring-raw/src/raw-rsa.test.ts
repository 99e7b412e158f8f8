import { keyringContract } from '@esdk/cmm/testing'
import { type CryptoBackend, defaultBackend, parsePem } from '@esdk/crypto-backend'
import { describe, expect, it } from 'vitest'
import { ecdhKeys, paddings, rsaKeys, shortRsaKeys } from '../test/key-pairs.ts'
import { attemptsOf, counting, fromHex, toDecrypt, toEncrypt, unwrappedBy, wrappedBy } from '../test/materials.ts'
import { blockOf, ed25519PrivateKey, ed25519PublicKey } from '../test/pem.ts'
import { type RawRsaKeyringOptions, rawRsaKeyring } from './raw-rsa.ts'

const id = { namespace: 'app', name: 'key-1' } as const
const { publicKey, privateKey } = await rsaKeys()

function keyring(changes: Partial<RawRsaKeyringOptions> = {}) {
  return rawRsaKeyring({ ...id, padding: 'oaep-sha256', publicKey, privateKey, ...changes })
}

const writer = (changes: Partial<RawRsaKeyringOptions> = {}) =>
  rawRsaKeyring({ ...id, padding: 'oaep-sha256', publicKey, ...changes })
const reader = (changes: Partial<RawRsaKeyringOptions> = {}) =>
  rawRsaKeyring({ ...id, padding: 'oaep-sha256', privateKey, ...changes })

describe.each(paddings)('a raw RSA keyring with padding %s', (padding) => {
  // Nothing of PKCS #1 v1.5 tells a changed key from a right one, and no RSA padding takes a context.
  const options = { bindsContext: false, noticesChanges: padding !== 'pkcs1' }

  it('keeps the contract of keyrings, with both keys', () => keyringContract(() => keyring({ padding }), options))

  it('keeps it with the public key alone, to encrypt', () =>
    keyringContract(() => writer({ padding }), { ...options, does: 'encrypt', partner: () => reader({ padding }) }))

  it('keeps it with the private key alone, to decrypt', () =>
    keyringContract(() => reader({ padding }), { ...options, does: 'decrypt', partner: () => writer({ padding }) }))

  it('writes its name as it is, and a ciphertext as long as the modulus', async () => {
    const { edk } = await wrappedBy(writer({ padding }))
    expect([edk.providerId, edk.providerInfo]).toEqual(['app', fromHex('6b65792d31')])
    expect(edk.ciphertext.length).toBe(256)
  })

  it.each(paddings.filter((other) => other !== padding))('does not open what was wrapped with %s', async (other) => {
    const { dataKey, edk } = await wrappedBy(writer({ padding: other }))
    // PKCS #1 v1.5 gives some bytes for every ciphertext, which may by chance be as many as a data key has.
    const found = await unwrappedBy(reader({ padding }), [edk]).catch((error: unknown) => error)
    if (found instanceof Uint8Array) expect(padding).toBe('pkcs1')
    else expect(found).toMatchObject({ code: 'ERR_ESDK_NO_DATA_KEY', attempts: [{ code: 'ERR_ESDK_UNWRAP' }] })
    expect(found).not.toEqual(dataKey)
  })

  it('refuses every ciphertext that is not as long as the modulus, in one text (P15)', async () => {
    const { edk } = await wrappedBy(writer({ padding }))
    const texts = new Set<string>()
    for (const length of [0, 1, 11, 32, 255, 257, 512]) {
      const ciphertext = new Uint8Array(length)
      ciphertext.set(edk.ciphertext.subarray(0, length))
      for (const attempt of await attemptsOf(reader({ padding }), [{ ...edk, ciphertext }])) {
        texts.add(String(attempt))
      }
    }
    expect([...texts]).toEqual([
      'UnwrapError: "app" / "key-1": it does not unwrap: another wrapping key, another encryption context, or changed bytes',
    ])
  })
})

describe('a raw RSA keyring with one of its keys', () => {
  it('encrypts with the public key alone, and says what it needs to decrypt', async () => {
    const { dataKey, edk } = await wrappedBy(writer())
    expect(await unwrappedBy(keyring(), [edk])).toEqual(dataKey)
    await expect(writer().onDecrypt(toDecrypt(), [edk])).rejects.toMatchObject({
      code: 'ERR_ESDK_KEYRING',
      message: 'this RSA keyring can only encrypt: give it a privateKey to decrypt',
    })
  })

  it('decrypts with the private key alone, takes no public key from it, and says what it needs to encrypt', async () => {
    const { dataKey, edk } = await wrappedBy(keyring())
    expect(await unwrappedBy(reader(), [edk])).toEqual(dataKey)
    await expect(reader().onEncrypt(toEncrypt())).rejects.toMatchObject({
      code: 'ERR_ESDK_KEYRING',
      message: 'this RSA keyring can only decrypt: give it a publicKey to encrypt',
    })
  })

  it('may have the public key of one and the private key of another', async () => {
    const other = await rsaKeys('other')
    const mixed = keyring({ publicKey: other.publicKey })
    const { edk } = await wrappedBy(mixed)
    expect(await attemptsOf(mixed, [edk])).toHaveLength(1)
    expect(await unwrappedBy(reader({ privateKey: other.privateKey }), [edk])).toHaveLength(32)
  })
})

describe('a raw RSA keyring that did not wrap a key', () => {
  it('does not try it: another namespace, or a name that is not the same to the last byte', async () => {
    const { edk } = await wrappedBy(writer())
    const foreign = [
      { ...edk, providerId: 'App' },
      { ...edk, providerId: 'app2' },
      { ...edk, providerInfo: fromHex('') },
      { ...edk, providerInfo: fromHex('6b65792d') },
      { ...edk, providerInfo: fromHex('6b65792d3100') },
      { ...edk, providerInfo: fromHex('6b65792d32') },
    ]
    expect(await attemptsOf(reader(), foreign)).toEqual([])
    const { dataKey, edk: own } = await wrappedBy(writer())
    expect(await unwrappedBy(reader(), [...foreign, own])).toEqual(dataKey)
  })

  it('says which keys it tried, when they have its name and another key pair made them', async () => {
    const other = await rsaKeys('other')
    const { edk } = await wrappedBy(writer({ publicKey: other.publicKey }))
    const tried = reader().onDecrypt(toDecrypt(), [edk, edk])
    await expect(tried).rejects.toMatchObject({
      code: 'ERR_ESDK_NO_DATA_KEY',
      attempts: [{ encryptedDataKey: edk }, { encryptedDataKey: edk }],
    })
    await expect(tried).rejects.toThrow('none of the encrypted data keys (2) could be unwrapped: "app" / "key-1"')
  })

  it('refuses a key of another length than the suite takes (K11)', async () => {
    const { edk } = await wrappedBy(writer(), 0x0114)
    expect(await attemptsOf(reader(), [edk])).toEqual([expect.objectContaining({ code: 'ERR_ESDK_UNWRAP' })])
    expect(await unwrappedBy(reader(), [edk], toDecrypt(0x0114))).toHaveLength(16)
  })
})

describe('the name of a raw RSA key', () => {
  it('may be any bytes', async () => {
    const name = fromHex('00ff80')
    const { dataKey, edk } = await wrappedBy(writer({ name }))
    expect(edk.providerInfo).toEqual(name)
    expect(await unwrappedBy(reader({ name }), [edk])).toEqual(dataKey)
  })
})

describe('a short RSA key', () => {
  it('wraps nothing new, and unwraps what is there', async () => {
    const short = await shortRsaKeys()
    expect(() => writer({ publicKey: short.publicKey })).toThrow(
      new RangeError('publicKey has 1024 bits, at least 2048 are needed'),
    )
    const spki = parsePem('PUBLIC KEY', short.publicKey)
    const key = await defaultBackend.rsa.importPublicKey(spki, { scheme: 'oaep', hash: 'SHA-256' })
    const ciphertext = (await key?.encrypt(counting(32))) as Uint8Array
    const edk = { providerId: 'app', providerInfo: fromHex('6b65792d31'), ciphertext }
    expect(await unwrappedBy(reader({ privateKey: short.privateKey }), [edk])).toEqual(counting(32))
  })
})

describe('what makes no raw RSA keyring', () => {
  it('has no key', () => {
    expect(() => rawRsaKeyring({ ...id, padding: 'oaep-sha256' })).toThrow(
      new TypeError('a key is missing: give publicKey to encrypt, privateKey to decrypt, or both'),
    )
  })

  it('has no namespace, no name, or one of AWS KMS', () => {
    expect(() => keyring({ namespace: '' })).toThrow('namespace must be')
    expect(() => keyring({ namespace: 'aws-kms-rsa' })).toThrow('belongs to AWS KMS')
    expect(() => keyring({ name: '' })).toThrow('name must be')
  })

  // No padding is taken for granted: PKCS #1 v1.5 has to be asked for by its name (K8).
  it.each([undefined, '', 'oaep', 'OAEP-SHA256', 'oaep-md5', '__proto__', 'toString', null, 1])(
    'has no padding of the five: %s',
    (padding) => {
      expect(() => keyring({ padding: padding as unknown as 'pkcs1' })).toThrow(
        new TypeError(
          `padding must be one of pkcs1, oaep-sha1, oaep-sha256, oaep-sha384, oaep-sha512; found ${padding}`,
        ),
      )
    },
  )

  it('has a key in a form that is not taken, and is told how to convert it', () => {
    const convert = 'openssl pkcs8 -topk8 -nocrypt'
    expect(() => reader({ privateKey: blockOf('RSA PRIVATE KEY') })).toThrow(convert)
    expect(() => reader({ privateKey: blockOf('ENCRYPTED PRIVATE KEY') })).toThrow('it has a passphrase')
    expect(() => reader({ privateKey: publicKey })).toThrow('the private key is needed here')
    expect(() => writer({ publicKey: blockOf('RSA PUBLIC KEY') })).toThrow('openssl rsa -RSAPublicKey_in')
    expect(() => writer({ publicKey: blockOf('CERTIFICATE') })).toThrow('openssl x509')
    expect(() => writer({ publicKey: privateKey })).toThrow('the public key is needed here')
    expect(() => writer({ publicKey: 'ssh-rsa AAAA' })).toThrow('no PEM block found')
    expect(() => writer({ publicKey: counting(32) as unknown as string })).toThrow('must be PEM text')
  })

  it('has a key that is not RSA', async () => {
    const ec = await ecdhKeys('P-256', 'alice')
    for (const other of [ed25519PublicKey, ec.publicKey, blockOf('PUBLIC KEY')]) {
      expect(() => writer({ publicKey: other })).toThrow(new TypeError('publicKey is not an RSA key'))
    }
    for (const other of [ed25519PrivateKey, ec.privateKey, blockOf('PRIVATE KEY')]) {
      expect(() => reader({ privateKey: other })).toThrow(new TypeError('privateKey is not an RSA key'))
    }
  })
})

describe('the platform under a raw RSA keyring', () => {
  function withRsa(rsa: Partial<CryptoBackend['rsa']>): CryptoBackend {
    return { ...defaultBackend, rsa: { ...defaultBackend.rsa, ...rsa } }
  }

  it('may have no such padding, and then says so at once (K8)', () => {
    const backend = { ...withRsa({ supports: () => false }), name: 'tiny' }
    for (const padding of ['pkcs1', 'oaep-sha1'] as const) {
      expect(() => keyring({ padding, backend })).toThrow(
        expect.objectContaining({
          code: 'ERR_ESDK_UNSUPPORTED',
          message: `the platform failed: the tiny backend has no RSA encryption with padding ${padding}`,
        }),
      )
    }
  })

  it('is asked for OAEP with one hash for both uses (K9)', async () => {
    const asked: unknown[] = []
    const backend = withRsa({
      importPublicKey(spki, padding) {
        asked.push(padding)
        return defaultBackend.rsa.importPublicKey(spki, padding)
      },
      importPrivateKey(pkcs8, padding) {
        asked.push(padding)
        return defaultBackend.rsa.importPrivateKey(pkcs8, padding)
      },
    })
    for (const [name, hash] of [
      ['oaep-sha1', 'SHA-1'],
      ['oaep-sha256', 'SHA-256'],
      ['oaep-sha384', 'SHA-384'],
      ['oaep-sha512', 'SHA-512'],
    ] as const) {
      await wrappedBy(keyring({ padding: name, backend }))
      expect(asked.splice(0)).toEqual([
        { scheme: 'oaep', hash },
        { scheme: 'oaep', hash },
      ])
    }
  })

  it('may refuse a key: the keyring then fails, and does not say that none was given', async () => {
    const backend = withRsa({ importPublicKey: () => undefined, importPrivateKey: async () => undefined })
    await expect(keyring({ backend }).onEncrypt(toEncrypt())).rejects.toMatchObject({
      code: 'ERR_ESDK_KEYRING',
      message: 'the platform cannot use the publicKey of this RSA keyring',
    })
    const { edk } = await wrappedBy(writer())
    expect(await attemptsOf(keyring({ backend }), [edk])).toEqual([
      expect.objectContaining({ message: 'the platform cannot use the privateKey of this RSA keyring' }),
    ])
  })

  it('may fail to import: whoever uses the keyring is told, and nobody else', async () => {
    const fail = () => Promise.reject(new Error('not today'))
    const backend = withRsa({ importPublicKey: fail, importPrivateKey: fail })
    await expect(keyring({ backend }).onEncrypt(toEncrypt())).rejects.toThrow('not today')
  })

  it('gets the private key in memory that is zeroed when it is imported (K2)', async () => {
    const given: Uint8Array[] = []
    const backend = withRsa({
      importPrivateKey(pkcs8, padding) {
        given.push(pkcs8)
        expect(pkcs8.some((byte) => byte !== 0)).toBe(true)
        return defaultBackend.rsa.importPrivateKey(pkcs8, padding)
      },
    })
    const { dataKey, edk } = await wrappedBy(writer())
    expect(await unwrappedBy(reader({ backend }), [edk])).toEqual(dataKey)
    expect(given.map((bytes) => bytes.every((byte) => byte === 0))).toEqual([true])
  })
})

describe('options that answer differently the second time (K3)', () => {
  it('are read once', async () => {
    const answers = { padding: ['oaep-sha256', '__proto__'], publicKey: [publicKey, 'none'] }
    const options = {
      ...id,
      get padding() {
        return answers.padding.shift() as 'oaep-sha256'
      },
      get publicKey() {
        return answers.publicKey.shift() as string
      },
    }
    const { dataKey, edk } = await wrappedBy(rawRsaKeyring(options))
    expect(await unwrappedBy(reader(), [edk])).toEqual(dataKey)
  })
})
