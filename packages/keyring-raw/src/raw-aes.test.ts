import { type EncryptedDataKey, encodeContext } from '@esdk/cmm'
import { keyringContract } from '@esdk/cmm/testing'
import { type AesGcmKey, type CryptoBackend, defaultBackend } from '@esdk/crypto-backend'
import { contextOf } from '@esdk/serialize'
import { describe, expect, it } from 'vitest'
import {
  attemptsOf,
  contextBytes,
  counting,
  fromHex,
  toDecrypt,
  toEncrypt,
  unwrappedBy,
  wrappedBy,
} from '../test/materials.ts'
import { type RawAesKeyringOptions, rawAesKeyring } from './raw-aes.ts'

const wrappingKey = counting(32, 7)
const id = { namespace: 'app', name: 'key-1' } as const
const nameBytes = fromHex('6b65792d31')

function keyring(changes: Partial<RawAesKeyringOptions> = {}) {
  return rawAesKeyring({ ...id, wrappingKey, ...changes })
}

/** What a raw AES keyring with `wrappingKey` would have written, had it used that AAD. */
async function sealed(dataKey: Uint8Array, aad: Uint8Array): Promise<EncryptedDataKey> {
  const iv = counting(12, 0x30)
  const providerInfo = Uint8Array.of(...nameBytes, 0, 0, 0, 128, 0, 0, 0, 12, ...iv)
  const key = await defaultBackend.importAesGcmKey(wrappingKey)
  return { providerId: 'app', providerInfo, ciphertext: await key.seal(iv, aad, dataKey) }
}

describe.each([16, 24, 32])('a raw AES keyring with a key of %i bytes', (length) => {
  it('keeps the contract of keyrings', () =>
    keyringContract(() => rawAesKeyring({ ...id, wrappingKey: counting(length) })))
})

describe('what a raw AES keyring writes', () => {
  it.each([
    [0x0114, 16],
    [0x0146, 24],
    [0x0478, 32],
  ] as const)(
    'for suite %i is name, tag bits, IV bytes, IV; a ciphertext of %i bytes; a tag',
    async (suite, length) => {
      const backend = { ...defaultBackend, randomBytes: (count: number) => counting(count, 0x50) }
      const { edk } = await wrappedBy(keyring({ backend }), suite)
      expect(edk.providerId).toBe('app')
      expect(edk.providerInfo).toEqual(fromHex('6b65792d31 00000080 0000000c 505152535455565758595a5b'))
      expect(edk.ciphertext.length).toBe(length + 16)
    },
  )

  it('opens with the bytes of the context, sorted, as additional data', async () => {
    const { dataKey, edk } = await wrappedBy(keyring())
    const key = await defaultBackend.importAesGcmKey(wrappingKey)
    const iv = edk.providerInfo.subarray(-12)
    expect(await key.open(iv, contextBytes, edk.ciphertext)).toEqual(dataKey)
  })

  it('opens with no additional data at all when the context is empty', async () => {
    const { dataKey, encryptedDataKeys } = await keyring().onEncrypt(toEncrypt(0x0478, contextOf([])))
    const [{ providerInfo, ciphertext }] = encryptedDataKeys
    const key = await defaultBackend.importAesGcmKey(wrappingKey)
    expect(await key.open(providerInfo.subarray(-12), new Uint8Array(0), ciphertext)).toEqual(dataKey.expose())
  })

  it('has another IV each time, also for the same data key (K6, no IV twice)', async () => {
    const ivs = new Set<string>()
    let ready = await keyring().onEncrypt(toEncrypt())
    for (let i = 0; i < 100; i++) ready = await keyring().onEncrypt(ready)
    for (const { providerInfo } of ready.encryptedDataKeys) ivs.add(providerInfo.subarray(-12).join())
    expect(ivs.size).toBe(101)
  })

  it('lies in memory of its own, as does the data key (K1)', async () => {
    const { dataKey, encryptedDataKeys } = await keyring().onEncrypt(toEncrypt())
    const { dataKey: unwrapped } = await keyring().onDecrypt(toDecrypt(), encryptedDataKeys)
    const [{ providerInfo, ciphertext }] = encryptedDataKeys
    for (const bytes of [dataKey.expose(), unwrapped.expose(), providerInfo, ciphertext]) {
      expect([bytes.byteOffset, bytes.buffer.byteLength]).toEqual([0, bytes.length])
    }
  })
})

describe('the name of a raw AES key', () => {
  it('may be any bytes', async () => {
    const name = fromHex('00ff80')
    const { dataKey, edk } = await wrappedBy(keyring({ name }))
    expect(edk.providerInfo.subarray(0, 3)).toEqual(name)
    expect(await unwrappedBy(keyring({ name }), [edk])).toEqual(dataKey)
  })

  it('is the same as text and as its bytes in UTF-8', async () => {
    const { dataKey, edk } = await wrappedBy(keyring({ name: 'clé' }))
    expect(await unwrappedBy(keyring({ name: fromHex('636cc3a9') }), [edk])).toEqual(dataKey)
  })

  it('may look like what follows a name', async () => {
    const { edk: other } = await wrappedBy(keyring())
    const name = new Uint8Array(other.providerInfo)
    const { dataKey, edk } = await wrappedBy(keyring({ name }))
    expect(await unwrappedBy(keyring({ name }), [other, edk])).toEqual(dataKey)
  })
})

describe('a raw AES keyring that did not wrap a key', () => {
  it('does not try it: another namespace, name, lengths, or no info of AES', async () => {
    const { edk } = await wrappedBy(keyring())
    const withInfo = (hex: string): EncryptedDataKey => ({ ...edk, providerInfo: fromHex(hex) })
    let opened = 0
    const counting = {
      ...defaultBackend,
      async importAesGcmKey(bytes: Uint8Array): Promise<AesGcmKey> {
        const key = await defaultBackend.importAesGcmKey(bytes)
        return {
          ...key,
          open(...call) {
            opened++
            return key.open(...call)
          },
        }
      },
    } satisfies CryptoBackend
    const mine = keyring({ backend: counting })
    const foreign = [
      { ...edk, providerId: 'App' },
      { ...edk, providerId: 'ap' },
      { ...edk, providerId: '' },
      withInfo('6b65792d31'),
      withInfo(''),
      withInfo('6b65792d32 00000080 0000000c 505152535455565758595a5b'),
      withInfo('6b65792d 00000080 0000000c 505152535455565758595a5b'),
      withInfo('6b65792d3100 00000080 0000000c 505152535455565758595a5b'),
      withInfo('6b65792d31 00000060 0000000c 505152535455565758595a5b'),
      withInfo('6b65792d31 00000080 00000010 505152535455565758595a5b5c5d5e5f'),
    ]
    expect(await attemptsOf(mine, foreign)).toEqual([])
    expect(opened).toBe(0)
    expect(await attemptsOf(mine, [{ ...edk, ciphertext: new Uint8Array(48) }])).toHaveLength(1)
    expect(opened).toBe(1)
  })

  it('says what it is for, and what the message was encrypted for', async () => {
    const { edk } = await wrappedBy(keyring({ name: 'key-2' }))
    await expect(keyring().onDecrypt(toDecrypt(), [edk])).rejects.toMatchObject({
      code: 'ERR_ESDK_NO_DATA_KEY',
      message:
        'no encrypted data key of the message belongs to this keyring ("app" / "key-1"); the message was encrypted for "app" / "key-2"',
    })
  })

  it('says which keys it tried, when they have its name and another wrapping key made them', async () => {
    const wrapped = [await wrappedBy(keyring({ wrappingKey: counting(32) })), await wrappedBy(keyring())]
    const other = keyring({ wrappingKey: counting(16) })
    const reason = 'it does not unwrap: another wrapping key, another encryption context, or changed bytes'
    await expect(
      other.onDecrypt(
        toDecrypt(),
        wrapped.map(({ edk }) => edk),
      ),
    ).rejects.toMatchObject({
      code: 'ERR_ESDK_NO_DATA_KEY',
      attempts: wrapped.map(({ edk }) => ({ code: 'ERR_ESDK_UNWRAP', encryptedDataKey: edk })),
      message: `none of the encrypted data keys (2) could be unwrapped: "app" / "key-1": ${reason}; "app" / "key-1": ${reason}`,
    })
  })

  it.each([0, 16, 24, 31, 33])('refuses %i bytes under a right tag where the suite takes 32 (K11)', async (length) => {
    const attempts = await attemptsOf(keyring(), [await sealed(counting(length), contextBytes)])
    expect(attempts).toEqual([expect.objectContaining({ code: 'ERR_ESDK_UNWRAP' })])
  })

  it.each([0, 1, 15, 16])('refuses a ciphertext of %i bytes, and goes on to the next key', async (length) => {
    const { dataKey, edk } = await wrappedBy(keyring())
    const short = { ...edk, ciphertext: edk.ciphertext.subarray(0, length) }
    expect(await unwrappedBy(keyring(), [short, edk])).toEqual(dataKey)
  })
})

describe('a key that was wrapped with the context sorted by locale', () => {
  const context = contextOf([
    ['a', '1'],
    ['B', '2'],
  ])
  // By bytes, B (42) comes before a (61); by locale, a comes before B.
  const byBytes = fromHex('0002 0001 42 0001 32 0001 61 0001 31')
  const byLocale = fromHex('0002 0001 61 0001 31 0001 42 0001 32')
  const dataKey = counting(32, 0xc0)

  it('unwraps: the AWS Encryption SDK for JavaScript writes so', async () => {
    const edk = await sealed(dataKey, byLocale)
    expect(await unwrappedBy(keyring(), [edk], toDecrypt(0x0478, context))).toEqual(dataKey)
  })

  it('is never written', async () => {
    expect(encodeContext(context)).toEqual(byBytes)
    const { dataKey: made, encryptedDataKeys } = await keyring().onEncrypt(toEncrypt(0x0478, context))
    const [{ providerInfo, ciphertext }] = encryptedDataKeys
    const key = await defaultBackend.importAesGcmKey(wrappingKey)
    const iv = providerInfo.subarray(-12)
    expect(await key.open(iv, byBytes, ciphertext)).toEqual(made.expose())
    expect(await key.open(iv, byLocale, ciphertext)).toBeUndefined()
  })

  it.each([
    ['another value', { a: '1', B: '3' }],
    ['values changed about', { a: '2', B: '1' }],
    ['a pair less', { a: '1' }],
    ['a pair more', { a: '1', B: '2', c: '' }],
    ['no context', {}],
  ])('is bound to its pairs all the same: %s', async (_, pairs) => {
    const edk = await sealed(dataKey, byLocale)
    const materials = toDecrypt(0x0478, contextOf(Object.entries(pairs)))
    await expect(keyring().onDecrypt(materials, [edk])).rejects.toMatchObject({ attempts: [expect.any(Error)] })
  })

  it('must have the length that the suite takes', async () => {
    const edk = await sealed(counting(16), byLocale)
    await expect(keyring().onDecrypt(toDecrypt(0x0478, context), [edk])).rejects.toMatchObject({
      attempts: [expect.objectContaining({ code: 'ERR_ESDK_UNWRAP' })],
    })
  })

  it.each(['0002 0001 61 0001 31 0001 42 0001 32 00', '0001 61 0001 31 0001 42 0001 32', ''])(
    'is no key with any other additional data: %s',
    async (aad) => {
      const edk = await sealed(dataKey, fromHex(aad))
      await expect(keyring().onDecrypt(toDecrypt(0x0478, context), [edk])).rejects.toMatchObject({
        code: 'ERR_ESDK_NO_DATA_KEY',
      })
    },
  )
})

describe('what is given to a raw AES keyring', () => {
  it('is copied: later changes are not seen (K3), and nothing of it is changed (K2)', async () => {
    const { dataKey, edk } = await wrappedBy(keyring())
    const given = { namespace: 'app', name: new Uint8Array(nameBytes), wrappingKey: new Uint8Array(wrappingKey) }
    const mine = rawAesKeyring(given)
    expect(given).toEqual({ namespace: 'app', name: nameBytes, wrappingKey })
    given.namespace = 'other'
    given.name.fill(0)
    given.wrappingKey.fill(0)
    expect(await unwrappedBy(mine, [edk])).toEqual(dataKey)
    expect(given.wrappingKey).toEqual(new Uint8Array(32))
  })

  it('may be part of a larger buffer, of which nothing else is read', async () => {
    const { dataKey, edk } = await wrappedBy(keyring())
    const file = Uint8Array.of(1, 2, 3, ...wrappingKey, 4, 5)
    expect(await unwrappedBy(keyring({ wrappingKey: file.subarray(3, 35) }), [edk])).toEqual(dataKey)
  })

  it.each([0, 1, 15, 17, 31, 33, 64])('must be a key of 16, 24 or 32 bytes: not %i', (length) => {
    expect(() => keyring({ wrappingKey: new Uint8Array(length) })).toThrow(
      new RangeError(`wrappingKey must have 16, 24 or 32 bytes, found ${length}`),
    )
  })

  it.each([
    ['base64', 'AAECAwQFBgcICQoLDA0ODw==', 'string'],
    ['nothing', undefined, 'undefined'],
    ['an array', [...counting(32)], 'object'],
    ['an ArrayBuffer', new ArrayBuffer(32), 'object'],
    ['a length', 32, 'number'],
  ])('must be bytes: not %s', (_, given, found) => {
    expect(() => keyring({ wrappingKey: given as unknown as Uint8Array })).toThrow(
      new TypeError(`wrappingKey must be bytes, found ${found}: decode a text in base64 or hexadecimal first`),
    )
  })

  it('must have a namespace and a name', () => {
    expect(() => keyring({ namespace: '' })).toThrow(TypeError)
    expect(() => keyring({ namespace: 'aws-kms' })).toThrow(TypeError)
    expect(() => keyring({ name: '' })).toThrow(TypeError)
  })
})

describe('a platform that fails a raw AES keyring', () => {
  it('has no random bytes: there is no fall-back (K5)', async () => {
    const backend = {
      ...defaultBackend,
      randomBytes(): never {
        throw new Error('no entropy')
      },
    }
    await expect(keyring({ backend }).onEncrypt(toEncrypt())).rejects.toThrow('no entropy')
  })

  it('cannot import the key: whoever uses the keyring is told, and nobody else', async () => {
    const backend = { ...defaultBackend, importAesGcmKey: () => Promise.reject(new Error('not today')) }
    // Of one that is never used, nobody hears: an unhandled rejection would fail this run.
    keyring({ backend })
    const failing = keyring({ backend })
    await expect(failing.onEncrypt(toEncrypt())).rejects.toThrow('not today')
    const { edk } = await wrappedBy(keyring())
    expect(await attemptsOf(failing, [edk])).toEqual([new Error('not today')])
  })
})
