import { describe, expect, it } from 'vitest'
import { kmsKeyArn } from '../test/fake-kms.ts'
import { itemOf, own, setting } from '../test/store-setting.ts'
import type { BranchKeyStoreOptions } from './branch-key-store.ts'

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

describe('a branch key', () => {
  it('is read back as the active one, and by its version, with the same bytes', async () => {
    const { store } = setting()
    const branchKeyId = await store.createKey()
    expect(branchKeyId).toMatch(uuid)
    const active = await store.getActive(branchKeyId)
    expect(active.branchKeyId).toBe(branchKeyId)
    expect(active.branchKeyVersion).toMatch(uuid)
    expect(active.branchKey.length).toBe(32)
    const same = await store.getVersion(branchKeyId, active.branchKeyVersion)
    expect(same.branchKey.expose()).toEqual(active.branchKey.expose())
    expect(same.branchKeyVersion).toBe(active.branchKeyVersion)
  })

  it('has a beacon key, which is another', async () => {
    const { store } = setting()
    await store.createKey(own)
    const beacon = await store.getBeacon('tenant-1')
    expect(beacon.beaconKeyId).toBe('tenant-1')
    expect({ ...beacon.encryptionContext }).toEqual(own.encryptionContext)
    expect(beacon.beaconKey.length).toBe(32)
    expect(beacon.beaconKey.expose()).not.toEqual((await store.getActive('tenant-1')).branchKey.expose())
  })

  it('may have an id and a context of its own, but no id without a context', async () => {
    const { store } = setting()
    expect(await store.createKey(own)).toBe('tenant-1')
    expect({ ...(await store.getActive('tenant-1')).encryptionContext }).toEqual({ department: 'audit' })
    await expect(store.createKey({ branchKeyId: 'tenant-2' })).rejects.toThrow(TypeError)
    await expect(store.createKey({ branchKeyId: 'tenant-2', encryptionContext: {} })).rejects.toThrow(TypeError)
    await expect(store.createKey({ ...own, branchKeyId: '' })).rejects.toThrow(TypeError)
  })

  it('is never made a second time under the same id', async () => {
    const { store } = setting()
    await store.createKey(own)
    const before = await store.getActive('tenant-1')
    await expect(store.createKey(own)).rejects.toMatchObject({ code: 'ERR_ESDK_BRANCH_KEY_STORE' })
    expect((await store.getActive('tenant-1')).branchKeyVersion).toBe(before.branchKeyVersion)
  })

  it('gets a new active version, and keeps the old one', async () => {
    const { store } = setting()
    await store.createKey(own)
    const old = await store.getActive('tenant-1')
    const version = await store.versionKey('tenant-1')
    const active = await store.getActive('tenant-1')
    expect(active.branchKeyVersion).toBe(version)
    expect(version).not.toBe(old.branchKeyVersion)
    expect(active.branchKey.expose()).not.toEqual(old.branchKey.expose())
    expect({ ...active.encryptionContext }).toEqual(own.encryptionContext)
    const kept = await store.getVersion('tenant-1', old.branchKeyVersion)
    expect(kept.branchKey.expose()).toEqual(old.branchKey.expose())
  })

  it('is rotated by one of two who try at once', async () => {
    const { store } = setting()
    await store.createKey(own)
    const results = await Promise.allSettled([store.versionKey('tenant-1'), store.versionKey('tenant-1')])
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    const [won] = results.filter((result) => result.status === 'fulfilled')
    expect((await store.getActive('tenant-1')).branchKeyVersion).toBe(won?.value)
  })

  it('is wrapped in the contexts of the specification, and never leaves KMS in the clear when it is made', async () => {
    const { store, kms, storage } = setting()
    await store.createKey(own)
    const common = {
      'branch-key-id': 'tenant-1',
      'create-time': '2026-11-21T08:06:55.000000Z',
      'kms-arn': kmsKeyArn,
      'hierarchy-version': '1',
      'aws-crypto-ec:department': 'audit',
      tablename: 'keys',
    }
    const { branchKeyVersion } = await store.getActive('tenant-1')
    const version = `branch:version:${branchKeyVersion}`
    const [generated, rewrapped, beacon] = kms.calls
    expect(generated?.operation).toBe('GenerateDataKeyWithoutPlaintext')
    expect(generated?.input).toEqual({
      KeyId: kmsKeyArn,
      NumberOfBytes: 32,
      EncryptionContext: { ...common, type: version },
    })
    expect(rewrapped?.operation).toBe('ReEncrypt')
    expect(rewrapped?.input).toMatchObject({
      SourceKeyId: kmsKeyArn,
      SourceEncryptionContext: { ...common, type: version },
      DestinationKeyId: kmsKeyArn,
      DestinationEncryptionContext: { ...common, type: 'branch:ACTIVE', version },
    })
    expect(beacon?.input).toMatchObject({ EncryptionContext: { ...common, type: 'beacon:ACTIVE' } })
    const { enc, ...rest } = await itemOf(storage, 'branch:ACTIVE')
    expect(enc).toEqual({ B: expect.any(Uint8Array) as unknown })
    expect(rest).toEqual({
      'branch-key-id': { S: 'tenant-1' },
      type: { S: 'branch:ACTIVE' },
      version: { S: version },
      'create-time': { S: '2026-11-21T08:06:55.000000Z' },
      'kms-arn': { S: kmsKeyArn },
      'hierarchy-version': { N: '1' },
      'aws-crypto-ec:department': { S: 'audit' },
    })
  })

  it('is zeroed in the answer of KMS (K2, keys are overwritten after use)', async () => {
    const { store, kms } = setting()
    await store.getActive(await store.createKey())
    expect(kms.plaintexts).toEqual([new Uint8Array(32)])
  })

  it('is refused where there is none', async () => {
    const { store, kms } = setting()
    await expect(store.getActive('nobody')).rejects.toMatchObject({ code: 'ERR_ESDK_BRANCH_KEY_STORE' })
    await expect(store.getVersion('nobody', 'no-uuid')).rejects.toThrow(TypeError)
    expect(kms.calls).toEqual([])
  })

  it('carries the grant tokens of the store in every call', async () => {
    const { store, kms } = setting({ grantTokens: ['grant'] })
    await store.createKey(own)
    await store.versionKey('tenant-1')
    await store.getActive('tenant-1')
    expect(kms.calls.map(({ input }) => input['GrantTokens'])).toEqual(kms.calls.map(() => ['grant']))
    expect(kms.calls.length).toBeGreaterThan(5)
  })
})

describe('the storage of a store', () => {
  it('makes the table', async () => {
    const { store } = setting()
    expect(await store.createTable()).toBe('memory')
  })

  it('may be one of the caller, whose failures are told with the item that they are about', async () => {
    const failure = Object.assign(new Error('the disk is full'), { name: 'DiskError' })
    const { storage } = setting()
    const { store } = setting({ storage: { ...storage, get: () => Promise.reject(failure) } })
    const error = await store.getActive('tenant-1').catch((reason: unknown) => reason)
    expect(error).toMatchObject({ code: 'ERR_ESDK_BRANCH_KEY_STORE', cause: failure })
    expect(String(error)).toContain('the branch key "tenant-1", "branch:ACTIVE": DiskError: "the disk is full"')
  })
})

describe('options that cannot be right', () => {
  it.each<[string, object]>([
    ['no logical name', { logicalKeyStoreName: '' }],
    ['a logical name that has no bytes of its own', { logicalKeyStoreName: '\udc00' }],
    ['no key', { kmsKeyArn: undefined }],
    ['a key id', { kmsKeyArn: '1234abcd-12ab-34cd-56ef-1234567890ab' }],
    ['two choices of key', { kmsKey: { kind: 'discovery' } }],
    ['an unknown kind', { kmsKeyArn: undefined, kmsKey: { kind: 'all' } }],
    ['no Region', { kmsKeyArn: undefined, kmsKey: { kind: 'multi-region-discovery' } }],
    ['no client of KMS', { kms: {} }],
    ['a table and a storage', { tableName: 'table' }],
    ['neither table nor storage', { storage: undefined }],
    ['empty grant tokens', { grantTokens: [''] }],
  ])('are TypeErrors: %s', (_, changes) => {
    expect(() => setting(changes as Partial<BranchKeyStoreOptions>)).toThrow(TypeError)
  })
})
