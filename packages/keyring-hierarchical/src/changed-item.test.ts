import { describe, expect, it } from 'vitest'
import { answering, itemOf, own, setting } from '../test/store-setting.ts'
import type { BranchKeyItem } from './branch-key-item.ts'
import { type BranchKeyStoreOptions, branchKeyStore } from './branch-key-store.ts'
import type { AttributeValue } from './service-clients.ts'

describe('a changed item (M5, branch key item changed or rolled back)', () => {
  const refused = { code: 'ERR_ESDK_BRANCH_KEY_STORE' }

  const kinds = ['active', 'version', 'beacon'] as const

  /** Reads an item of that kind, changed like this, in all ways in which it is read. */
  async function readChanged(kind: (typeof kinds)[number], change: (item: Record<string, AttributeValue>) => unknown) {
    const { store, storage, options } = setting()
    await store.createKey(own)
    const { branchKeyVersion: version } = await store.getActive('tenant-1')
    const type = { active: 'branch:ACTIVE', version: `branch:version:${version}`, beacon: 'beacon:ACTIVE' }[kind]
    const item = { ...(await itemOf(storage, type)) }
    change(item)
    const changed = branchKeyStore({ ...options, storage: answering(item) } as BranchKeyStoreOptions)
    const uses = {
      active: [() => changed.getActive('tenant-1'), () => changed.versionKey('tenant-1')],
      version: [() => changed.getVersion('tenant-1', version)],
      beacon: [() => changed.getBeacon('tenant-1')],
    }[kind]
    return Promise.allSettled<unknown>(uses.map((use) => use()))
  }

  const everywhere = [
    'branch-key-id',
    'type',
    'create-time',
    'kms-arn',
    'hierarchy-version',
    'aws-crypto-ec:department',
    'enc',
  ]
  const attributes = [
    ...kinds.flatMap((kind) => everywhere.map((name) => [kind, name] as const)),
    ['active', 'version'] as const,
  ]

  it.each(kinds)('is accepted unchanged, so that the refusals below mean something: %s', async (kind) => {
    expect((await readChanged(kind, () => {}))[0]?.status).toBe('fulfilled')
  })

  it.each(attributes)('(%s) is refused when %s is gone', async (kind, name) => {
    const results = await readChanged(kind, (item) => delete item[name])
    for (const result of results) expect(result).toMatchObject({ status: 'rejected', reason: refused })
  })

  it.each(attributes)('(%s) is refused when %s has another value', async (kind, name) => {
    const results = await readChanged(kind, (item) => {
      const before = item[name] as AttributeValue
      if ('B' in before) before.B[20] = (before.B[20] as number) ^ 1
      else if ('N' in before) item[name] = { N: '2' }
      else item[name] = { S: before.S.replace(/.$/, (last) => (last === 'a' ? 'b' : 'a')) }
    })
    for (const result of results) expect(result).toMatchObject({ status: 'rejected', reason: refused })
  })

  it.each(attributes)('(%s) is refused when %s is of another type', async (kind, name) => {
    const results = await readChanged(kind, (item) => {
      const before = item[name] as AttributeValue
      if ('S' in before) item[name] = { B: new TextEncoder().encode(before.S) }
      else item[name] = { S: 'N' in before ? before.N : 'AAAA' }
    })
    for (const result of results) expect(result).toMatchObject({ status: 'rejected', reason: refused })
  })

  it.each([
    ...kinds.flatMap((kind) => ['tablename', 'aws-crypto-ec:more', 'more'].map((name) => [kind, name] as const)),
    ['version', 'version'] as const,
    ['beacon', 'version'] as const,
  ])('(%s) is refused when there is an attribute %s more', async (kind, name) => {
    const results = await readChanged(kind, (item) => Object.assign(item, { [name]: { S: 'keys' } }))
    for (const result of results) expect(result).toMatchObject({ status: 'rejected', reason: refused })
  })

  it.each(['branch:version:not-a-uuid', 'branch:version:D31BCC48-BF70-40D0-96A1-4F94D7AEDEEA', 'version:x'])(
    'is refused when its version is %s, before KMS is asked',
    async (version) => {
      const { store, storage, options, kms } = setting()
      await store.createKey(own)
      const item = { ...(await itemOf(storage, 'branch:ACTIVE')), version: { S: version } }
      kms.calls.length = 0
      const changed = branchKeyStore({ ...options, storage: answering(item) } as BranchKeyStoreOptions)
      await expect(changed.getActive('tenant-1')).rejects.toMatchObject(refused)
      expect(kms.calls).toEqual([])
    },
  )

  it('is refused when it is that of another key, version or state', async () => {
    const { store, storage, options } = setting()
    await store.createKey(own)
    const { branchKeyVersion: first } = await store.getActive('tenant-1')
    const second = await store.versionKey('tenant-1')
    await store.createKey({ ...own, branchKeyId: 'tenant-2' })
    const reading = (item: BranchKeyItem | undefined) =>
      branchKeyStore({ ...options, storage: answering(item) } as BranchKeyStoreOptions)
    const old = await itemOf(storage, `branch:version:${first}`)
    const active = await itemOf(storage, 'branch:ACTIVE')
    const beacon = await itemOf(storage, 'beacon:ACTIVE')
    const others = (await storage.get('tenant-2', 'branch:ACTIVE')) as BranchKeyItem
    for (const item of [old, beacon, others]) {
      await expect(reading(item).getActive('tenant-1')).rejects.toMatchObject(refused)
    }
    await expect(reading(active).getVersion('tenant-1', first)).rejects.toMatchObject(refused)
    await expect(reading(old).getVersion('tenant-1', second)).rejects.toMatchObject(refused)
    await expect(reading(active).getBeacon('tenant-1')).rejects.toMatchObject(refused)
    // The old version dressed up as the active one: the places are right, the wrapped key is not.
    const dressed = { ...old, type: { S: 'branch:ACTIVE' }, version: { S: `branch:version:${first}` } }
    await expect(reading(dressed).getActive('tenant-1')).rejects.toMatchObject(refused)
  })

  it('is refused under another logical name of the store', async () => {
    const { store, options } = setting()
    await store.createKey(own)
    const other = branchKeyStore({ ...options, logicalKeyStoreName: 'others' })
    await expect(other.getActive('tenant-1')).rejects.toMatchObject(refused)
    await expect(other.versionKey('tenant-1')).rejects.toMatchObject(refused)
  })
})
