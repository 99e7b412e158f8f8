import { DataKey, type ReadyEncryptionMaterials } from '@esdk/cmm'
import { algorithmSuite } from '@esdk/serialize'
import { describe, expect, it } from 'vitest'
import { HandClock } from '../test/counted-keyring.ts'
import { context, edk } from '../test/requests.ts'
import { type LocalCache, localCache } from './local-cache.ts'
import { type FoundEntry, type MaterialsCache, noUse } from './materials-cache.ts'
import { nullCache } from './null-cache.ts'

const message = { messages: 1, bytes: 100 }

function materials(fill = 7): ReadyEncryptionMaterials {
  return {
    suite: algorithmSuite(0x0478),
    encryptionContext: context,
    requiredContextKeys: new Set(),
    encryptedDataKeys: [edk('p', 'i', 'c')],
    dataKey: new DataKey(new Uint8Array(32).fill(fill)),
  }
}

function entry(fill = 7, maxAgeMs = 1000) {
  return { materials: materials(fill), maxAgeMs, usage: noUse }
}

/** In this process, nothing has to be waited for. */
function found(cache: MaterialsCache, id: string, use = noUse): FoundEntry | undefined {
  const answer = cache.get(id, use)
  if (answer instanceof Promise) throw new Error('the local cache has answered with a promise')
  return answer
}

function isZeroed(dataKey: DataKey): boolean {
  try {
    dataKey.expose()
    return false
  } catch {
    return true
  }
}

describe('a local cache', () => {
  it('finds what was put, with its age and the time it has left', async () => {
    const clock = new HandClock()
    const cache = localCache({ capacity: 10, now: clock.now })
    await cache.put('a', entry())
    clock.time = 400
    const one = found(cache, 'a')
    expect(one?.materials.dataKey.expose()).toEqual(new Uint8Array(32).fill(7))
    expect(one).toMatchObject({ ageMs: 400, expiresInMs: 600, usage: noUse })
    expect(found(cache, 'b')).toBeUndefined()
  })

  it('counts the use of each call on top of what was put', async () => {
    const cache = localCache({ capacity: 10 })
    await cache.put('a', { ...entry(), usage: { messages: 3, bytes: 50 } })
    expect(found(cache, 'a', message)?.usage).toEqual({ messages: 4, bytes: 150 })
    expect(found(cache, 'a', noUse)?.usage).toEqual({ messages: 4, bytes: 150 })
    expect(found(cache, 'a', message)?.usage).toEqual({ messages: 5, bytes: 250 })
  })

  it('hands out copies: a key that a reader zeroes is still there for the next', async () => {
    const cache = localCache({ capacity: 10 })
    await cache.put('a', entry())
    found(cache, 'a')?.materials.dataKey.zero()
    expect(found(cache, 'a')?.materials.dataKey.expose()).toEqual(new Uint8Array(32).fill(7))
  })

  it('finds nothing that has expired, to the millisecond', async () => {
    const clock = new HandClock()
    const cache = localCache({ capacity: 10, now: clock.now })
    await cache.put('a', entry(7, 1000))
    clock.time = 999
    expect(found(cache, 'a')).toBeDefined()
    clock.time = 1000
    expect(found(cache, 'a')).toBeUndefined()
    expect(cache.statistics).toEqual({ entries: 0, evictions: 0, expirations: 1 })
  })

  it('drops what was not used for the longest time', async () => {
    const cache = localCache({ capacity: 2 })
    await cache.put('a', entry(1))
    await cache.put('b', entry(2))
    found(cache, 'a')
    await cache.put('c', entry(3))
    expect(['a', 'b', 'c'].map((id) => found(cache, id) !== undefined)).toEqual([true, false, true])
    expect(cache.statistics).toEqual({ entries: 2, evictions: 1, expirations: 0 })
  })

  it('looks for expired entries among the ten least recently used when it is asked', async () => {
    const clock = new HandClock()
    const cache = localCache({ capacity: 100, now: clock.now })
    for (let i = 0; i < 30; i++) await cache.put(`${i}`, entry(i, 10))
    clock.time = 10
    found(cache, 'not there')
    expect(cache.statistics).toEqual({ entries: 20, evictions: 0, expirations: 10 })
    cache.prune()
    expect(cache.statistics).toEqual({ entries: 0, evictions: 0, expirations: 30 })
  })

  it.each([-1, 1.5, Number.NaN, 2 ** 20 + 1, '10'])('refuses a capacity of %s', (capacity) => {
    expect(() => localCache({ capacity: capacity as number })).toThrow(RangeError)
  })

  it('refuses a clock that is none', () => {
    expect(() => localCache({ capacity: 1, now: 5 as never })).toThrow(TypeError)
  })
})

describe('a data key in a cache is zeroed', () => {
  it.each<[string, (cache: LocalCache, clock: HandClock) => unknown]>([
    ['when its entry is replaced', (cache) => cache.put('a', entry(8))],
    ['when its entry makes room for another', (cache) => cache.put('b', entry(8))],
    ['when its entry is deleted', (cache) => cache.delete('a')],
    ['when the cache is cleared', (cache) => cache.clear()],
    [
      'when its entry is found too old',
      (cache, clock) => {
        clock.time = 1000
        return cache.get('a', noUse)
      },
    ],
    [
      'when old entries are dropped',
      (cache, clock) => {
        clock.time = 1000
        cache.prune()
      },
    ],
  ])('%s, but not under the feet of a reader', async (_, drop) => {
    const clock = new HandClock()
    const cache = localCache({ capacity: 1, now: clock.now })
    const one = entry()
    await cache.put('a', one)
    const reader = found(cache, 'a')
    const bytes = one.materials.dataKey.expose()
    expect(bytes).toEqual(new Uint8Array(32).fill(7))
    await drop(cache, clock)
    expect(isZeroed(one.materials.dataKey)).toBe(true)
    expect(bytes).toEqual(new Uint8Array(32))
    expect(reader?.materials.dataKey.expose()).toEqual(new Uint8Array(32).fill(7))
  })
})

describe('a clock that is set (M7, stale entries)', () => {
  const hour = 3_600_000

  it('back an hour: no entry lives longer', async () => {
    const clock = new HandClock()
    clock.time = 2 * hour
    const cache = localCache({ capacity: 10, now: clock.now })
    await cache.put('a', entry(7, 1000))
    clock.time += 600
    expect(found(cache, 'a')).toMatchObject({ ageMs: 600 })
    clock.time -= hour
    expect(found(cache, 'a')).toMatchObject({ ageMs: 600 })
    clock.time += 399
    expect(found(cache, 'a')).toMatchObject({ ageMs: 999 })
    clock.time += 1
    expect(found(cache, 'a')).toBeUndefined()
  })

  it('forward an hour: what may be too old is not found, and what is put then has its time', async () => {
    const clock = new HandClock()
    const cache = localCache({ capacity: 10, now: clock.now })
    await cache.put('a', entry(7, 1000))
    clock.time += hour
    expect(found(cache, 'a')).toBeUndefined()
    await cache.put('a', entry(7, 1000))
    clock.time += 999
    expect(found(cache, 'a')).toBeDefined()
  })
})

describe.each([
  ['the null cache', () => nullCache()],
  ['a local cache without capacity', () => localCache({ capacity: 0 })],
])('%s', (_, make) => {
  it('keeps nothing, says so, and zeroes what it is given', async () => {
    const cache = make()
    const one = entry()
    await cache.put('a', one)
    expect(isZeroed(one.materials.dataKey)).toBe(true)
    expect(await cache.get('a', noUse)).toBeUndefined()
    await cache.delete('a')
    expect(cache.keepsNothing).toBe(true)
    expect(cache.statistics).toEqual({ entries: 0, evictions: 0, expirations: 0 })
  })

  it('can be cleared where it is a local cache', () => {
    const cache = localCache({ capacity: 0 })
    cache.clear()
    cache.prune()
    expect(cache.statistics.entries).toBe(0)
  })
})
