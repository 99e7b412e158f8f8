import { describe, expect, it } from 'vitest'
import type { fakeKms } from '../test/fake-kms.ts'
import { answering, itemOf, own, setting } from '../test/store-setting.ts'
import { type BranchKeyStoreOptions, branchKeyStore } from './branch-key-store.ts'
import type { BranchKeyStorage } from './storage.ts'

describe('the KMS keys of a store', () => {
  const here = 'arn:aws:kms:eu-west-1:111122223333:key/mrk-1234abcd12ab34cd56ef1234567890ab'
  const there = here.replace('eu-west-1', 'us-east-1')

  function over(storage: BranchKeyStorage, kms: ReturnType<typeof fakeKms>, key: object) {
    return branchKeyStore({
      logicalKeyStoreName: 'keys',
      kms,
      storage,
      kmsKeyArn: undefined,
      ...key,
    } as unknown as BranchKeyStoreOptions)
  }

  it('are one and the same by default, before any call', async () => {
    const { storage, kms } = setting()
    await over(storage, kms, { kmsKeyArn: there }).createKey(own)
    kms.calls.length = 0
    const store = over(storage, kms, { kmsKeyArn: here })
    await expect(store.getActive('tenant-1')).rejects.toThrow('it is wrapped with')
    await expect(store.versionKey('tenant-1')).rejects.toThrow('it is wrapped with')
    expect(kms.calls).toEqual([])
  })

  it('may be replicas of one: the nearer one is called, and the item keeps its kms-arn when it is rotated', async () => {
    const { storage, kms } = setting()
    await over(storage, kms, { kmsKeyArn: there }).createKey(own)
    kms.calls.length = 0
    const store = over(storage, kms, { kmsKey: { kind: 'multi-region', arn: here } })
    await store.versionKey('tenant-1')
    await store.getActive('tenant-1')
    expect((await itemOf(storage, 'branch:ACTIVE'))['kms-arn']).toEqual({ S: there })
    expect(kms.calls.map(({ input }) => input['KeyId'] ?? input['SourceKeyId'])).toEqual(kms.calls.map(() => here))
    // Whoever knows one replica only still reads it.
    expect((await over(storage, kms, { kmsKeyArn: there }).getActive('tenant-1')).branchKey.length).toBe(32)
  })

  it.each([
    ['discovery', { kind: 'discovery' }, there],
    ['discovery of replicas', { kind: 'multi-region-discovery', region: 'eu-west-1' }, here],
  ])('may be those that items name, to read (%s)', async (_, kmsKey, expected) => {
    const { storage, kms } = setting()
    await over(storage, kms, { kmsKeyArn: there }).createKey(own)
    kms.calls.length = 0
    const store = over(storage, kms, { kmsKey })
    await store.getActive('tenant-1')
    expect(kms.calls[0]?.input['KeyId']).toBe(expected)
    await expect(store.createKey()).rejects.toMatchObject({ code: 'ERR_ESDK_BRANCH_KEY_STORE' })
    await expect(store.versionKey('tenant-1')).rejects.toMatchObject({ code: 'ERR_ESDK_BRANCH_KEY_STORE' })
  })

  it('are no other keys than the one that has replicas', async () => {
    const { storage, kms } = setting()
    await over(storage, kms, { kmsKeyArn: there.replace('mrk-1', 'mrk-2') }).createKey(own)
    kms.calls.length = 0
    const store = over(storage, kms, { kmsKey: { kind: 'multi-region', arn: here } })
    await expect(store.getActive('tenant-1')).rejects.toThrow('it is wrapped with')
    expect(kms.calls).toEqual([])
  })

  it('are named by texts', () => {
    const { storage, kms } = setting()
    expect(() => over(storage, kms, { kmsKey: { kind: 'multi-region' } })).toThrow('found undefined')
  })

  it('are no aliases, neither in options nor in items', async () => {
    const alias = 'arn:aws:kms:eu-west-1:111122223333:alias/mine'
    expect(() => setting({ kmsKeyArn: alias })).toThrow(TypeError)
    const { store, storage, kms } = setting()
    await store.createKey(own)
    const item = { ...(await itemOf(storage, 'branch:ACTIVE')), 'kms-arn': { S: alias } }
    kms.calls.length = 0
    const reading = over(answering(item), kms, { kmsKey: { kind: 'discovery' } })
    await expect(reading.getActive('tenant-1')).rejects.toThrow('not the ARN of a KMS key')
    expect(kms.calls).toEqual([])
  })
})
