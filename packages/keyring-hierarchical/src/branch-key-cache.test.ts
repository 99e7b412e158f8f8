import { DataKey } from '@esdk/cmm'
import { emptyContext } from '@esdk/serialize'
import { describe, expect, it } from 'vitest'
import { localBranchKeyCache } from './branch-key-cache.ts'
import type { BranchKeyMaterials } from './branch-key-materials.ts'

function materials(fill: number): BranchKeyMaterials {
  return {
    branchKeyId: `key ${fill}`,
    branchKeyVersion: 'd31bcc48-bf70-40d0-96a1-4f94d7aedeea',
    branchKey: new DataKey(new Uint8Array(32).fill(fill)),
    encryptionContext: emptyContext,
  }
}

/** A reading that ends when the test says so. */
function reading() {
  let arrive: (materials: BranchKeyMaterials) => void = () => {}
  let fail: (error: unknown) => void = () => {}
  const signals: (AbortSignal | undefined)[] = []
  const promise = new Promise<BranchKeyMaterials>((resolve, reject) => {
    arrive = resolve
    fail = reject
  })
  const load = ({ signal }: { signal?: AbortSignal }) => {
    signals.push(signal)
    return promise
  }
  return { load, arrive, fail, signals }
}

describe('a cache of branch keys', () => {
  it('gives each who asks a key of its own', async () => {
    const cache = localBranchKeyCache()
    const request = { ttlMs: 1000, load: async () => materials(1) }
    const [one, two] = await Promise.all([cache.obtain('id', request), cache.obtain('id', request)])
    one?.branchKey.zero()
    expect(two?.branchKey.expose()).toEqual(new Uint8Array(32).fill(1))
    expect((await cache.obtain('id', request)).branchKey.expose()).toEqual(new Uint8Array(32).fill(1))
  })

  it('forgets the key that was used longest ago, and loads it again', async () => {
    const cache = localBranchKeyCache({ capacity: 2 })
    const loaded: string[] = []
    const get = (id: string) =>
      cache.obtain(id, {
        ttlMs: 1000,
        load: async () => {
          loaded.push(id)
          return materials(1)
        },
      })
    for (const id of ['a', 'b', 'a', 'c', 'a', 'b']) await get(id)
    expect(loaded).toEqual(['a', 'b', 'c', 'b'])
    expect(cache.size).toBe(2)
  })

  it('keeps nothing when it has room for nothing', async () => {
    const cache = localBranchKeyCache({ capacity: 0 })
    let loads = 0
    const load = async () => materials(++loads)
    for (const expected of [1, 2]) {
      const { branchKey } = await cache.obtain('id', { ttlMs: 1000, load })
      expect(branchKey.expose()[0]).toBe(expected)
    }
    expect(cache.size).toBe(0)
  })

  it('takes no key that is older than it may be, nor one from the future (M7, limits are checked on use)', async () => {
    let time = 10_000
    const cache = localBranchKeyCache({ now: () => time })
    let loads = 0
    const get = async (ttlMs = 1000) =>
      (await cache.obtain('id', { ttlMs, load: async () => materials(++loads) })).branchKey.expose()[0]
    expect(await get()).toBe(1)
    time += 1000
    expect(await get()).toBe(1)
    time += 1
    expect(await get()).toBe(2)
    time -= 3_600_000
    expect(await get()).toBe(3)
    time += 3_600_000
    expect(await get()).toBe(4)
  })

  it('does not keep an old key when loading a new one fails (M7, a failed refresh never extends an entry)', async () => {
    let time = 0
    const cache = localBranchKeyCache({ now: () => time })
    await cache.obtain('id', { ttlMs: 1000, load: async () => materials(1) })
    time = 1001
    const failing = { ttlMs: 1000, load: () => Promise.reject(new Error('down')) }
    await expect(cache.obtain('id', failing)).rejects.toThrow('down')
    await expect(cache.obtain('id', failing)).rejects.toThrow('down')
    expect(cache.size).toBe(0)
  })

  it('lets go of old keys when it loads another', async () => {
    let time = 0
    const cache = localBranchKeyCache({ now: () => time })
    for (const id of ['a', 'b', 'c']) await cache.obtain(id, { ttlMs: 1000, load: async () => materials(1) })
    time = 1001
    await cache.obtain('d', { ttlMs: 1000, load: async () => materials(1) })
    expect(cache.size).toBe(1)
  })

  it('tells all who wait of a failure, and asks again afterwards (M8)', async () => {
    const cache = localBranchKeyCache()
    const first = reading()
    const waiting = Array.from({ length: 100 }, () => cache.obtain('id', { ttlMs: 1000, load: first.load }))
    const failure = new Error('down')
    first.fail(failure)
    const results = await Promise.allSettled(waiting)
    expect(results.every((result) => result.status === 'rejected' && result.reason === failure)).toBe(true)
    expect(first.signals.length).toBe(1)
    const { branchKey } = await cache.obtain('id', { ttlMs: 1000, load: async () => materials(2) })
    expect(branchKey.expose()[0]).toBe(2)
  })

  it('lets one go who aborts, and goes on for the others', async () => {
    const cache = localBranchKeyCache()
    const { load, arrive, signals } = reading()
    const controller = new AbortController()
    const leaving = cache.obtain('id', { ttlMs: 1000, load, signal: controller.signal })
    const staying = cache.obtain('id', { ttlMs: 1000, load })
    const reason = new Error('enough')
    controller.abort(reason)
    await expect(leaving).rejects.toBe(reason)
    expect(signals[0]?.aborted).toBe(false)
    arrive(materials(3))
    expect((await staying).branchKey.expose()[0]).toBe(3)
  })

  it('aborts a reading for which nobody waits, zeroes what it gives, and starts anew for the next', async () => {
    const cache = localBranchKeyCache()
    const { load, arrive, signals } = reading()
    const controller = new AbortController()
    const leaving = cache.obtain('id', { ttlMs: 1000, load, signal: controller.signal })
    await Promise.resolve()
    controller.abort(new Error('enough'))
    await expect(leaving).rejects.toThrow('enough')
    expect(signals[0]?.aborted).toBe(true)
    const next = cache.obtain('id', { ttlMs: 1000, load: async () => materials(5) })
    const late = materials(4)
    arrive(late)
    expect((await next).branchKey.expose()[0]).toBe(5)
    expect(() => late.branchKey.expose()).toThrow('zeroed')
    expect((await cache.obtain('id', { ttlMs: 1000, load })).branchKey.expose()[0]).toBe(5)
  })

  it('zeroes what was loaded when all have their copies, and forgets all when it is cleared', async () => {
    const cache = localBranchKeyCache()
    const loaded = materials(6)
    const request = { ttlMs: 1000, load: async () => loaded }
    await cache.obtain('id', request)
    expect(() => loaded.branchKey.expose()).toThrow('zeroed')
    expect(cache.size).toBe(1)
    cache.clear()
    expect(cache.size).toBe(0)
  })

  it('does not keep what was being read when it was cleared', async () => {
    const cache = localBranchKeyCache()
    const { load, arrive } = reading()
    const waiting = cache.obtain('id', { ttlMs: 1000, load })
    cache.clear()
    arrive(materials(7))
    expect((await waiting).branchKey.expose()[0]).toBe(7)
    expect(cache.size).toBe(0)
  })

  it.each([-1, 1.5, Number.NaN])('has no capacity of %s', (capacity) => {
    expect(() => localBranchKeyCache({ capacity })).toThrow(RangeError)
  })
})
