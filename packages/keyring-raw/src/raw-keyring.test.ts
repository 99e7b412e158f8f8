import { type EncryptedDataKey, type Keyring, NoDataKeyError } from '@esdk/cmm'
import { keyringContract } from '@esdk/cmm/testing'
import { defaultBackend } from '@esdk/crypto-backend'
import { describe, expect, it } from 'vitest'
import { rsaKeys } from '../test/key-pairs.ts'
import { attemptsOf, counting, fromHex, toDecrypt, toEncrypt, unwrappedBy, wrappedBy } from '../test/materials.ts'
import { ed25519PublicKey } from '../test/pem.ts'
import { rawAesKeyring } from './raw-aes.ts'
import { type RawKeyringOptions, type RawWrappingKey, rawKeyring } from './raw-keyring.ts'
import { rawRsaKeyring } from './raw-rsa.ts'

const namespace = 'vault'
const { publicKey, privateKey } = await rsaKeys()

/** The keys that there are, by the text of their ids. */
const keys: Readonly<Record<string, RawWrappingKey>> = {
  'aes-1': { wrappingKey: counting(32, 1) },
  'aes-2': { wrappingKey: counting(16, 2) },
  'rsa-1': { padding: 'oaep-sha256', publicKey, privateKey },
}

function lookUp(id: Uint8Array): RawWrappingKey | undefined {
  return keys[new TextDecoder().decode(id)]
}

function keyring(encryptWith: readonly string[] = [], changes: Partial<RawKeyringOptions> = {}): Keyring {
  return rawKeyring({ namespace, resolve: lookUp, encryptWith, ...changes })
}

function flipped({ ciphertext, ...key }: EncryptedDataKey): EncryptedDataKey {
  const copy = ciphertext.slice()
  copy[0] = (copy[0] as number) ^ 1
  return { ...key, ciphertext: copy }
}

describe('a keyring of keys that are looked up', () => {
  it.each([['aes-1'], ['aes-1', 'aes-2']])('keeps the contract of keyrings with %s', (...names) =>
    keyringContract(() => keyring(names)),
  )

  it.each([[['rsa-1']], [['aes-1', 'rsa-1']], [['rsa-1', 'aes-2', 'aes-1']]])(
    'keeps it with RSA among its keys: %j',
    (names) => keyringContract(() => keyring(names), { bindsContext: false }),
  )

  it('keeps it when the keys come by and by', () =>
    keyringContract(() => keyring(['aes-1'], { resolve: async (id) => lookUp(id) })))

  it('keeps it without encryptWith, to decrypt', () =>
    keyringContract(() => keyring(), { does: 'decrypt', partner: () => keyring(['aes-1']) }))

  it('writes what the raw AES and RSA keyrings write, and opens what they wrote', async () => {
    const aes = rawAesKeyring({ namespace, name: 'aes-1', wrappingKey: counting(32, 1) })
    const rsa = rawRsaKeyring({ namespace, name: 'rsa-1', padding: 'oaep-sha256', publicKey, privateKey })
    const { dataKey, encryptedDataKeys } = await keyring(['aes-1', 'rsa-1']).onEncrypt(toEncrypt())
    expect(encryptedDataKeys).toHaveLength(2)
    for (const reader of [aes, rsa]) expect(await unwrappedBy(reader, encryptedDataKeys)).toEqual(dataKey.expose())
    for (const writer of [aes, rsa]) {
      const wrapped = await wrappedBy(writer)
      expect(await unwrappedBy(keyring(), [wrapped.edk])).toEqual(wrapped.dataKey)
    }
  })

  it('wraps one data key with each of encryptWith, in their order', async () => {
    const asked: string[] = []
    const resolve = (id: Uint8Array) => {
      asked.push(new TextDecoder().decode(id))
      return lookUp(id)
    }
    const { dataKey, encryptedDataKeys } = await keyring(['aes-2', 'rsa-1', 'aes-1'], { resolve }).onEncrypt(
      toEncrypt(),
    )
    expect(asked).toEqual(['aes-2', 'rsa-1', 'aes-1'])
    expect(encryptedDataKeys.map(({ providerId }) => providerId)).toEqual([namespace, namespace, namespace])
    for (const edk of encryptedDataKeys) expect(await unwrappedBy(keyring(), [edk])).toEqual(dataKey.expose())
  })

  it('looks up no key before it is needed, and asks once for each key of a message, until one opens', async () => {
    const asked: string[] = []
    const resolve = (id: Uint8Array) => {
      asked.push(new TextDecoder().decode(id))
      return lookUp(id)
    }
    const { encryptedDataKeys } = await keyring(['aes-1', 'rsa-1', 'aes-2']).onEncrypt(toEncrypt())
    const [aes1, rsa1, aes2] = encryptedDataKeys as unknown as EncryptedDataKey[]
    const lazy = keyring(['aes-1'], { resolve })
    expect(asked).toEqual([])
    const others = { ...(aes1 as EncryptedDataKey), providerId: 'another' }
    await unwrappedBy(lazy, [others, flipped(aes2 as EncryptedDataKey), rsa1, aes1] as EncryptedDataKey[])
    expect(asked).toEqual(['aes-2', 'rsa-1'])
  })

  it('may have ids of any bytes, which are copied for each call (K3)', async () => {
    const id = fromHex('00ff80')
    const seen: Uint8Array[] = []
    const resolve = (given: Uint8Array) => {
      seen.push(new Uint8Array(given))
      given.fill(0)
      return keys['aes-1']
    }
    const given = new Uint8Array(id)
    const mine = rawKeyring({ namespace, resolve, encryptWith: [given] })
    given.fill(1)
    const { dataKey, edk } = await wrappedBy(mine)
    expect(edk.providerInfo.subarray(0, 3)).toEqual(id)
    expect(await unwrappedBy(mine, [edk])).toEqual(dataKey)
    expect(await unwrappedBy(mine, [edk])).toEqual(dataKey)
    expect(seen).toEqual([id, id, id])
  })

  it('leaves the keys that it was given as they are (K2)', async () => {
    const wrappingKey = counting(32, 1)
    const mine = keyring(['aes-1'], { resolve: () => ({ wrappingKey }) })
    const { edk } = await wrappedBy(mine)
    await unwrappedBy(mine, [edk])
    expect(wrappingKey).toEqual(counting(32, 1))
  })

  it('passes the options of the call on', async () => {
    const seen: unknown[] = []
    const { signal } = new AbortController()
    const mine = keyring(['aes-1'], {
      resolve(id, options) {
        seen.push(options)
        return lookUp(id)
      },
    })
    const { encryptedDataKeys } = await mine.onEncrypt(toEncrypt(), { signal })
    await mine.onDecrypt(toDecrypt(), encryptedDataKeys, { signal })
    await mine.onDecrypt(toDecrypt(), encryptedDataKeys)
    expect(seen).toEqual([{ signal }, { signal }, {}])
  })
})

describe('a key that is not found', () => {
  it.each([undefined, null, false, ''])('is skipped to decrypt: %j', async (nothing) => {
    const { edk } = await wrappedBy(keyring(['aes-1']))
    const mine = keyring([], { resolve: () => nothing as undefined })
    expect(await attemptsOf(mine, [edk])).toEqual([])
    await expect(mine.onDecrypt(toDecrypt(), [edk])).rejects.toThrow(
      'no encrypted data key of the message belongs to this keyring (namespace "vault"); the message was encrypted for "vault" / "aes-1"',
    )
  })

  it('fails to encrypt, and is named', async () => {
    await expect(keyring(['aes-1', 'none\n']).onEncrypt(toEncrypt())).rejects.toMatchObject({
      code: 'ERR_ESDK_KEYRING',
      message: 'resolve found no key for "vault" / "none\\u{a}"',
    })
  })

  it('is one of the other kind: AES where the message has RSA, or the reverse', async () => {
    const { encryptedDataKeys } = await keyring(['aes-1', 'rsa-1']).onEncrypt(toEncrypt())
    const crossed = keyring([], {
      resolve: (id) => keys[new TextDecoder().decode(id) === 'aes-1' ? 'rsa-1' : 'aes-1'],
    })
    expect(await attemptsOf(crossed, encryptedDataKeys)).toEqual([])
  })

  it('is needed by name: without encryptWith the keyring only decrypts, and says so', async () => {
    await expect(keyring().onEncrypt(toEncrypt())).rejects.toMatchObject({
      code: 'ERR_ESDK_KEYRING',
      message: 'this keyring can only decrypt: name keys in encryptWith to encrypt',
    })
  })
})

describe('a key that cannot be used', () => {
  const halves: readonly (readonly [what: string, found: unknown, reason: string])[] = [
    ['bytes', counting(32), '{ wrappingKey } expected, or { padding, publicKey, privateKey }'],
    ['text', 'key', '{ wrappingKey } expected, or { padding, publicKey, privateKey }'],
    ['a number', 1, '{ wrappingKey } expected, or { padding, publicKey, privateKey }'],
    ['another object', { key: 1 }, '{ wrappingKey } expected, or { padding, publicKey, privateKey }'],
    ['a key of 8 bytes', { wrappingKey: counting(8) }, 'wrappingKey must have 16, 24 or 32 bytes, found 8'],
    [
      'a key in base64',
      { wrappingKey: 'AAEC' },
      'wrappingKey must be bytes, found string: decode a text in base64 or hexadecimal first',
    ],
    [
      'an RSA key without padding',
      { padding: undefined, publicKey, privateKey },
      'padding must be one of pkcs1, oaep-sha1, oaep-sha256, oaep-sha384, oaep-sha512; found undefined',
    ],
    [
      'RSA without keys',
      { padding: 'oaep-sha256' },
      'a key is missing: give publicKey to encrypt, privateKey to decrypt, or both',
    ],
    ['a key that is not RSA', { padding: 'oaep-sha256', publicKey: ed25519PublicKey }, 'publicKey is not an RSA key'],
  ]

  it.each(halves)('fails to encrypt, and is named: %s', async (_, found, reason) => {
    const mine = keyring(['aes-1'], { resolve: async () => found as RawWrappingKey })
    await expect(mine.onEncrypt(toEncrypt())).rejects.toMatchObject({
      code: 'ERR_ESDK_KEYRING',
      message: `resolve gave no usable key for "vault" / "aes-1": ${reason}`,
      cause: expect.any(Error) as Error,
    })
  })

  it.each(halves)('is an attempt to decrypt, and the next key is tried: %s', async (_, found, reason) => {
    const { dataKey, encryptedDataKeys } = await keyring(['aes-1', 'aes-2']).onEncrypt(toEncrypt())
    const resolve = (id: Uint8Array) =>
      new TextDecoder().decode(id) === 'aes-1' ? (found as RawWrappingKey) : lookUp(id)
    expect(await unwrappedBy(keyring([], { resolve }), encryptedDataKeys)).toEqual(dataKey.expose())
    expect(await attemptsOf(keyring([], { resolve }), encryptedDataKeys.slice(0, 1))).toEqual([
      expect.objectContaining({
        code: 'ERR_ESDK_KEYRING',
        message: `resolve gave no usable key for "vault" / "aes-1": ${reason}`,
      }),
    ])
  })

  it('is told in the words of esdk where the platform has no such padding', async () => {
    const backend = { ...defaultBackend, rsa: { ...defaultBackend.rsa, supports: () => false } }
    await expect(keyring(['rsa-1'], { backend }).onEncrypt(toEncrypt())).rejects.toMatchObject({
      code: 'ERR_ESDK_UNSUPPORTED',
    })
  })

  it('is an attempt when it only encrypts', async () => {
    const { edk } = await wrappedBy(keyring(['rsa-1']))
    const resolve = (): RawWrappingKey => ({ padding: 'oaep-sha256', publicKey })
    expect(await attemptsOf(keyring([], { resolve }), [edk])).toEqual([
      expect.objectContaining({ message: 'this RSA keyring can only encrypt: give it a privateKey to decrypt' }),
    ])
  })

  it('is zeroed with its data key: one that was made and could not be wrapped by all (K2)', async () => {
    const made: Uint8Array[] = []
    const backend = {
      ...defaultBackend,
      async importAesGcmKey(bytes: Uint8Array) {
        const key = await defaultBackend.importAesGcmKey(bytes)
        return {
          ...key,
          seal(...[iv, aad, plaintext]: Parameters<typeof key.seal>) {
            made.push(plaintext)
            return key.seal(iv, aad, plaintext)
          },
        }
      },
    }
    await expect(keyring(['aes-1', 'none'], { backend }).onEncrypt(toEncrypt())).rejects.toThrow('found no key')
    expect(made).toEqual([new Uint8Array(32)])
  })

  it('leaves a data key alone that was given: it is another’s', async () => {
    const ready = await keyring(['aes-1']).onEncrypt(toEncrypt())
    await expect(keyring(['aes-2', 'none']).onEncrypt(ready)).rejects.toThrow('found no key')
    expect(await unwrappedBy(keyring(), ready.encryptedDataKeys)).toEqual(ready.dataKey.expose())
  })
})

describe('a resolve that fails', () => {
  const down = new Error('the vault is down')

  it.each([
    [
      'throws',
      () => {
        throw down
      },
    ],
    ['rejects', () => Promise.reject(down)],
  ])('and %s: is named to encrypt, and an attempt to decrypt', async (_, resolve) => {
    const { edk } = await wrappedBy(keyring(['aes-1']))
    const failed = {
      code: 'ERR_ESDK_KEYRING',
      message: 'resolve gave no usable key for "vault" / "aes-1": the vault is down',
      cause: down,
    }
    await expect(keyring(['aes-1'], { resolve }).onEncrypt(toEncrypt())).rejects.toMatchObject(failed)
    expect(await attemptsOf(keyring([], { resolve }), [edk])).toEqual([expect.objectContaining(failed)])
  })

  it('with something that is no error', async () => {
    const resolve = () => Promise.reject('closed')
    await expect(keyring(['aes-1'], { resolve }).onEncrypt(toEncrypt())).rejects.toThrow('"vault" / "aes-1": closed')
  })

  it('for one key does not keep the next from opening', async () => {
    const { dataKey, encryptedDataKeys } = await keyring(['aes-1', 'aes-2']).onEncrypt(toEncrypt())
    const resolve = (id: Uint8Array) => {
      if (new TextDecoder().decode(id) === 'aes-1') throw down
      return lookUp(id)
    }
    expect(await unwrappedBy(keyring([], { resolve }), encryptedDataKeys)).toEqual(dataKey.expose())
  })
})

describe('a resolve that hangs until it is aborted (R3)', () => {
  /** Waits for the signal alone; `asked` tells that it does. */
  function hanging() {
    let tell = () => {}
    const asked = new Promise<void>((resolve) => {
      tell = resolve
    })
    const resolve: RawKeyringOptions['resolve'] = (_, { signal }) => {
      tell()
      return new Promise((_resolve, reject) => {
        signal?.addEventListener('abort', () => reject(new Error('connection closed')))
      })
    }
    return { asked, resolve }
  }

  const reason = new Error('the user left')

  it('ends the encryption with the reason', async () => {
    const { asked, resolve } = hanging()
    const controller = new AbortController()
    const encrypting = keyring(['aes-1'], { resolve }).onEncrypt(toEncrypt(), { signal: controller.signal })
    await asked
    controller.abort(reason)
    await expect(encrypting).rejects.toBe(reason)
  })

  it.each([1, 3])('ends the decryption with the reason, with %i keys to try', async (count) => {
    const { edk } = await wrappedBy(keyring(['aes-1']))
    const { asked, resolve } = hanging()
    const controller = new AbortController()
    const { signal } = controller
    const tried = Array.from({ length: count }, () => edk)
    const decrypting = keyring([], { resolve }).onDecrypt(toDecrypt(), tried, { signal })
    await asked
    controller.abort(reason)
    await expect(decrypting).rejects.toBe(reason)
  })

  it('is not asked again for the keys that follow', async () => {
    const controller = new AbortController()
    const asked: string[] = []
    const resolve = (id: Uint8Array) => {
      asked.push(new TextDecoder().decode(id))
      controller.abort(reason)
      return lookUp(id)
    }
    const { signal } = controller
    await expect(keyring(['aes-1', 'aes-2'], { resolve }).onEncrypt(toEncrypt(), { signal })).rejects.toBe(reason)
    expect(asked).toEqual(['aes-1'])
  })
})

describe('what makes no keyring of keys that are looked up', () => {
  it('has no resolve, no namespace, or an empty id', () => {
    const options = { namespace, resolve: lookUp }
    expect(() => rawKeyring({ ...options, resolve: keys as unknown as RawKeyringOptions['resolve'] })).toThrow(
      new TypeError('resolve must be a function that finds a key by its id'),
    )
    expect(() => rawKeyring({ ...options, namespace: '' })).toThrow('namespace must be')
    expect(() => rawKeyring({ ...options, namespace: 'aws-kms-x' })).toThrow('belongs to AWS KMS')
    expect(() => rawKeyring({ ...options, encryptWith: ['key', ''] })).toThrow('name must be')
  })

  it('does not unwrap into materials that have a data key, and asks for none', async () => {
    const ready = await keyring(['aes-1']).onEncrypt(toEncrypt())
    const materials = { ...toDecrypt(), dataKey: ready.dataKey } as unknown as ReturnType<typeof toDecrypt>
    const mine = keyring([], { resolve: () => expect.unreachable() })
    const tried = mine.onDecrypt(materials, ready.encryptedDataKeys)
    await expect(tried).rejects.toMatchObject({ code: 'ERR_ESDK_KEYRING' })
    await expect(tried).rejects.not.toBeInstanceOf(NoDataKeyError)
  })
})
