import {
  type DataKey,
  type EmptyDecryptionMaterials,
  type EmptyEncryptionMaterials,
  EncryptionContextError,
  encodeContext,
  type Keyring,
} from '@esdk/cmm'
import { keyringContract } from '@esdk/cmm/testing'
import { counterKdf, defaultBackend } from '@esdk/crypto-backend'
import { algorithmSuite, concat, contextOf, type EncryptionContext, encodePairs, hex, utf8 } from '@esdk/serialize'
import { describe, expect, it } from 'vitest'
import { fakeKms, kmsKeyArn } from '../test/fake-kms.ts'
import { localBranchKeyCache } from './branch-key-cache.ts'
import { branchKeyStore } from './branch-key-store.ts'
import { hierarchicalKeyring } from './hierarchical-keyring.ts'
import { memoryStorage } from './memory-storage.ts'

const context = contextOf([['tenant', '42']])
const suite = algorithmSuite(0x0478)

async function setting(...ids: readonly string[]) {
  const kms = fakeKms()
  const storage = memoryStorage()
  const store = branchKeyStore({ logicalKeyStoreName: 'keys', kmsKeyArn, kms, storage })
  for (const branchKeyId of ['tenant-1', ...ids]) {
    await store.createKey({ branchKeyId, encryptionContext: { branchKeyId } })
  }
  kms.calls.length = 0
  const keyring = (changes: object = {}) =>
    hierarchicalKeyring({
      branchKeyStore: store,
      branchKeyId: 'tenant-1',
      ttlMs: 60_000,
      ...changes,
    })
  return { kms, storage, store, keyring }
}

function toEncrypt(encryptionContext: EncryptionContext = context): EmptyEncryptionMaterials {
  return { suite, encryptionContext, requiredContextKeys: new Set(), encryptedDataKeys: [] }
}

function toDecrypt(encryptionContext: EncryptionContext = context): EmptyDecryptionMaterials {
  return { suite, encryptionContext, requiredContextKeys: new Set() }
}

async function roundTrip(one: Keyring, other = one, encryptionContext = context) {
  const { dataKey, encryptedDataKeys } = await one.onEncrypt(toEncrypt(encryptionContext))
  const back = await other.onDecrypt(toDecrypt(encryptionContext), encryptedDataKeys)
  expect(bytesOf(back.dataKey)).toEqual(bytesOf(dataKey))
  return encryptedDataKeys[0]
}

function bytesOf(dataKey: DataKey): Uint8Array {
  return dataKey.expose()
}

describe('a hierarchical keyring', () => {
  it('keeps the contract of keyrings', async () => {
    const { keyring } = await setting()
    await keyringContract(() => keyring(), { usesAwsKms: true })
  })

  it('keeps it with a supplier', async () => {
    const { keyring } = await setting()
    const branchKeyIdSupplier = () => 'tenant-1'
    await keyringContract(() => keyring({ branchKeyId: undefined, branchKeyIdSupplier }), { usesAwsKms: true })
  })

  it('writes salt, IV, version, ciphertext and tag, which the derived key opens', async () => {
    const { keyring, store } = await setting()
    const { dataKey, encryptedDataKeys } = await keyring().onEncrypt(toEncrypt())
    const [{ providerId, providerInfo, ciphertext }] = encryptedDataKeys
    expect(providerId).toBe('aws-kms-hierarchy')
    expect(providerInfo).toEqual(utf8('tenant-1'))
    expect(ciphertext.length).toBe(16 + 12 + 16 + 32 + 16)
    const { branchKey, branchKeyVersion } = await store.getActive('tenant-1')
    expect(hex(ciphertext.subarray(28, 44))).toBe(branchKeyVersion.replaceAll('-', ''))
    const derived = await counterKdf(defaultBackend, {
      hash: 'SHA-256',
      key: branchKey.expose(),
      label: utf8('aws-kms-hierarchy'),
      context: ciphertext.subarray(0, 16),
      length: 32,
    })
    const key = await defaultBackend.importAesGcmKey(derived)
    const aad = concat(utf8('aws-kms-hierarchytenant-1'), ciphertext.subarray(28, 44), encodeContext(context))
    expect(await key.open(ciphertext.subarray(16, 28), aad, ciphertext.subarray(44))).toEqual(bytesOf(dataKey))
  })

  it('has another salt and IV each time (K6, no IV twice)', async () => {
    const { keyring } = await setting()
    const one = keyring()
    const heads = new Set<string>()
    for (let i = 0; i < 50; i++) {
      const { encryptedDataKeys } = await one.onEncrypt(toEncrypt())
      heads.add(hex(encryptedDataKeys[0].ciphertext.subarray(0, 16)))
      heads.add(hex(encryptedDataKeys[0].ciphertext.subarray(16, 28)))
    }
    expect(heads.size).toBe(100)
  })

  it('opens what the official JavaScript sealed with a context sorted by locale', async () => {
    const { keyring, store } = await setting()
    const mixed = contextOf([
      ['B', '1'],
      ['a', '2'],
    ])
    const { branchKey, branchKeyVersion } = await store.getActive('tenant-1')
    const [salt, iv, dataKey] = [16, 12, 32].map((length) => new Uint8Array(length).fill(length)) as [
      Uint8Array<ArrayBuffer>,
      Uint8Array<ArrayBuffer>,
      Uint8Array<ArrayBuffer>,
    ]
    const version = Uint8Array.from(branchKeyVersion.replaceAll('-', '').match(/../g) ?? [], (digits) =>
      Number.parseInt(digits, 16),
    )
    const label = utf8('aws-kms-hierarchy')
    const derived = await counterKdf(defaultBackend, {
      hash: 'SHA-256',
      key: branchKey.expose(),
      label,
      context: salt,
      length: 32,
    })
    // a before B, where the bytes have B before a.
    const byLocale = encodePairs([
      [utf8('a'), utf8('2')],
      [utf8('B'), utf8('1')],
    ])
    const key = await defaultBackend.importAesGcmKey(derived)
    const sealed = await key.seal(iv, concat(label, utf8('tenant-1'), version, byLocale), dataKey)
    const ciphertext = concat(salt, iv, version, sealed)
    const edk = { providerId: 'aws-kms-hierarchy', providerInfo: utf8('tenant-1'), ciphertext }
    expect(bytesOf((await keyring().onDecrypt(toDecrypt(mixed), [edk])).dataKey)).toEqual(dataKey)
  })

  it('decrypts, after a rotation, what was encrypted before it', async () => {
    const { keyring, store } = await setting()
    const before = await keyring().onEncrypt(toEncrypt())
    const version = await store.versionKey('tenant-1')
    const after = await keyring().onEncrypt(toEncrypt())
    const newVersion = hex(after.encryptedDataKeys[0].ciphertext.subarray(28, 44))
    expect(newVersion).toBe(version.replaceAll('-', ''))
    expect(hex(before.encryptedDataKeys[0].ciphertext.subarray(28, 44))).not.toBe(newVersion)
    for (const { dataKey, encryptedDataKeys } of [before, after]) {
      const back = await keyring().onDecrypt(toDecrypt(), encryptedDataKeys)
      expect(bytesOf(back.dataKey)).toEqual(bytesOf(dataKey))
    }
  })

  it.each<[string, (ciphertext: Uint8Array) => Uint8Array]>([
    ['a version that is no UUID of version 4', (bytes) => bytes.fill(0, 28, 44)],
    ['a byte less', (bytes) => bytes.subarray(1)],
    ['a byte more', (bytes) => concat(bytes, Uint8Array.of(0))],
    ['nothing at all', () => new Uint8Array(0)],
  ])('asks nobody about a wrapped key with %s', async (_, change) => {
    const { keyring, kms } = await setting()
    const { encryptedDataKeys } = await keyring().onEncrypt(toEncrypt())
    const [edk] = encryptedDataKeys
    kms.calls.length = 0
    const changed = { ...edk, ciphertext: change(new Uint8Array(edk.ciphertext)) }
    const refused = keyring().onDecrypt(toDecrypt(), [changed])
    await expect(refused).rejects.toMatchObject({ code: 'ERR_ESDK_NO_DATA_KEY', attempts: { length: 1 } })
    expect(kms.calls).toEqual([])
  })

  it('does not open what another branch key wrapped, and asks nobody', async () => {
    const { keyring, kms } = await setting('tenant-2')
    const { encryptedDataKeys } = await keyring().onEncrypt(toEncrypt())
    kms.calls.length = 0
    const refused = keyring({ branchKeyId: 'tenant-2' }).onDecrypt(toDecrypt(), encryptedDataKeys)
    await expect(refused).rejects.toMatchObject({ code: 'ERR_ESDK_NO_DATA_KEY', attempts: [] })
    expect(kms.calls).toEqual([])
  })

  it('takes the branch key that its supplier reads from the context', async () => {
    const { keyring } = await setting('tenant-2')
    const branchKeyIdSupplier = {
      getBranchKeyId: ({ tenant }: EncryptionContext) => Promise.resolve(`tenant-${tenant}`),
    }
    const byTenant = keyring({ branchKeyId: undefined, branchKeyIdSupplier })
    for (const tenant of ['1', '2']) {
      const edk = await roundTrip(byTenant, byTenant, contextOf([['tenant', tenant]]))
      expect(edk.providerInfo).toEqual(utf8(`tenant-${tenant}`))
    }
  })

  it.each([
    ['throws', () => Promise.reject(new Error('no tenant'))],
    ['gives nothing', () => undefined],
    ['gives an empty text', () => ''],
  ])('fails as a keyring when its supplier %s', async (_, branchKeyIdSupplier) => {
    const { keyring } = await setting()
    const { encryptedDataKeys } = await keyring().onEncrypt(toEncrypt())
    const failing = keyring({ branchKeyId: undefined, branchKeyIdSupplier })
    await expect(failing.onEncrypt(toEncrypt())).rejects.toMatchObject({ code: 'ERR_ESDK_KEYRING' })
    await expect(failing.onDecrypt(toDecrypt(), encryptedDataKeys)).rejects.toMatchObject({ code: 'ERR_ESDK_KEYRING' })
  })

  it('fails as its supplier does where that has an error with a code', async () => {
    const { keyring } = await setting()
    const refusal = new EncryptionContextError('no tenant in the context')
    const failing = keyring({ branchKeyId: undefined, branchKeyIdSupplier: () => Promise.reject(refusal) })
    await expect(failing.onEncrypt(toEncrypt())).rejects.toBe(refusal)
  })

  it('opens nothing under another context, in whatever order its keys are', async () => {
    const { keyring } = await setting()
    // By bytes B comes before a, by locale after it: both orders are tried.
    const pairs = (value: string) => contextOf(Object.entries({ B: '1', a: value }))
    const { encryptedDataKeys } = await keyring().onEncrypt(toEncrypt(pairs('2')))
    const refused = keyring().onDecrypt(toDecrypt(pairs('3')), encryptedDataKeys)
    await expect(refused).rejects.toMatchObject({ code: 'ERR_ESDK_NO_DATA_KEY', attempts: { length: 1 } })
  })

  it('fails as a keyring when the store does, and tries again the next time (M8, failures are not kept)', async () => {
    const { keyring, store } = await setting()
    let broken = true
    const getActive: typeof store.getActive = async (id, options) => {
      if (broken) throw new Error('the table is gone')
      return store.getActive(id, options)
    }
    const one = keyring({ branchKeyStore: { ...store, getActive } })
    await expect(one.onEncrypt(toEncrypt())).rejects.toMatchObject({ code: 'ERR_ESDK_KEYRING' })
    broken = false
    await roundTrip(one)
  })

  it('counts a version that cannot be read as one attempt, and goes on to the next key (M4)', async () => {
    const { keyring, store } = await setting()
    const old = await keyring().onEncrypt(toEncrypt())
    const version = await store.versionKey('tenant-1')
    const { dataKey, encryptedDataKeys } = await keyring().onEncrypt(toEncrypt())
    const failure = new Error('the table is gone')
    const getVersion: typeof store.getVersion = async (id, asked, options) => {
      if (asked !== version) throw failure
      return store.getVersion(id, asked, options)
    }
    const one = keyring({ branchKeyStore: { ...store, getVersion } })
    const refused = one.onDecrypt(toDecrypt(), old.encryptedDataKeys)
    await expect(refused).rejects.toMatchObject({ code: 'ERR_ESDK_NO_DATA_KEY', attempts: [{ cause: failure }] })
    const back = await one.onDecrypt(toDecrypt(), [...old.encryptedDataKeys, ...encryptedDataKeys])
    expect(bytesOf(back.dataKey)).toEqual(bytesOf(dataKey))
  })

  it('refuses what a store gives that is not what was asked for, and zeroes it (M3)', async () => {
    const { keyring, store } = await setting('tenant-2')
    const other = await store.getActive('tenant-2')
    const one = keyring({ branchKeyStore: { ...store, getActive: async () => other } })
    await expect(one.onEncrypt(toEncrypt())).rejects.toThrow('the store gave no branch key that is "tenant-1"')
    expect(() => other.branchKey.expose()).toThrow('has been zeroed')
  })

  it.each([undefined, null, {}, { branchKeyId: 'tenant-1', branchKey: 'key' }])(
    'refuses what a store gives that is no branch key at all: %j',
    async (given) => {
      const { keyring, store } = await setting()
      const one = keyring({ branchKeyStore: { ...store, getActive: async () => given } })
      await expect(one.onEncrypt(toEncrypt())).rejects.toThrow('the store gave no branch key that is "tenant-1"')
    },
  )
})

describe('its cache', () => {
  it('asks KMS once to encrypt and once to decrypt, until the time is over', async () => {
    const { keyring, kms } = await setting()
    let time = 0
    const one = keyring({ ttlMs: 1000, cache: localBranchKeyCache({ now: () => time }) })
    for (let i = 0; i < 10; i++) await roundTrip(one)
    expect(kms.calls.length).toBe(2)
    time = 1001
    await roundTrip(one)
    expect(kms.calls.length).toBe(4)
  })

  it('makes one call for 1000 messages at once (M8, one call for equal requests in flight)', async () => {
    const { keyring, kms } = await setting()
    const one = keyring()
    await Promise.all(Array.from({ length: 1000 }, () => one.onEncrypt(toEncrypt())))
    expect(kms.calls.length).toBe(1)
  })

  it('sees a rotation when the time is over', async () => {
    const { keyring, store } = await setting()
    let time = 0
    const one = keyring({ ttlMs: 1000, cache: localBranchKeyCache({ now: () => time }) })
    const versionNow = async () => hex((await roundTrip(one)).ciphertext.subarray(28, 44))
    const before = await versionNow()
    const version = (await store.versionKey('tenant-1')).replaceAll('-', '')
    expect(await versionNow()).toBe(before)
    time = 1001
    expect(await versionNow()).toBe(version)
  })

  it('is not shared without a partition of the same name (M9, no entry crosses keyrings unasked)', async () => {
    const { keyring, kms } = await setting()
    const cache = localBranchKeyCache()
    await keyring({ cache }).onEncrypt(toEncrypt())
    await keyring({ cache }).onEncrypt(toEncrypt())
    await keyring({ cache, partitionId: 'one' }).onEncrypt(toEncrypt())
    await keyring({ cache, partitionId: 'two' }).onEncrypt(toEncrypt())
    expect(kms.calls.length).toBe(4)
    await keyring({ cache, partitionId: 'two' }).onEncrypt(toEncrypt())
    expect(kms.calls.length).toBe(4)
  })

  it('gives a keyring with a shorter time nothing that is too old for it', async () => {
    const { keyring, kms } = await setting()
    let time = 0
    const shared = { cache: localBranchKeyCache({ now: () => time }), partitionId: 'shared' }
    await keyring({ ...shared, ttlMs: 10_000 }).onEncrypt(toEncrypt())
    time = 5000
    await keyring({ ...shared, ttlMs: 10_000 }).onEncrypt(toEncrypt())
    expect(kms.calls.length).toBe(1)
    await keyring({ ...shared, ttlMs: 1000 }).onEncrypt(toEncrypt())
    expect(kms.calls.length).toBe(2)
  })
})

describe('options that cannot be right', () => {
  it.each<[string, object]>([
    ['no store', { branchKeyStore: undefined }],
    ['neither id nor supplier', { branchKeyId: undefined }],
    ['both', { branchKeyIdSupplier: () => 'tenant-1' }],
    ['an empty id', { branchKeyId: '' }],
    ['half a surrogate pair', { branchKeyId: '\ud800' }],
    ['an id that no table has room for', { branchKeyId: 'x'.repeat(2049) }],
    ['a supplier that is none', { branchKeyId: undefined, branchKeyIdSupplier: {} }],
    ['a cache that is none', { cache: new Map() }],
    ['an empty partition', { partitionId: '' }],
    ['a partition that has no bytes of its own', { partitionId: 'a\ud800' }],
  ])('are TypeErrors: %s', async (_, changes) => {
    const { keyring } = await setting()
    expect(() => keyring(changes)).toThrow(TypeError)
  })

  it.each([0, -1, Number.NaN, '60'])('are RangeErrors: ttlMs of %s', async (ttlMs) => {
    const { keyring } = await setting()
    expect(() => keyring({ ttlMs })).toThrow(RangeError)
  })
})
