/**
 * A cache in the memory of this process that drops what was not used for the longest time.
 *
 * Spec: framework/local-cryptographic-materials-cache.md
 *
 * @module
 */

import { LRUCache } from 'lru-cache'
import { type CachedMaterials, type CacheStatistics, copyOf, type MaterialsCache } from './materials-cache.ts'
import { nullCache } from './null-cache.ts'
import { type Clock, platformClock, steadyClock } from './steady-clock.ts'

/** A {@link MaterialsCache} that can be looked after. */
export interface LocalCache extends MaterialsCache {
  readonly statistics: CacheStatistics
  /** Drop all entries that have expired, and zero their keys: for a timer, where a cache may stay unused for long. */
  prune(): void
  /** Drop all entries, and zero their keys. */
  clear(): void
}

/** What {@link localCache} takes. */
export interface LocalCacheOptions {
  /** Most entries: 0 to 1,048,576. */
  readonly capacity: number
  /** Milliseconds of a clock that nobody sets. Default: `performance.now()`. */
  readonly now?: Clock
}

/** Room for each entry is taken when the cache is made. */
const mostEntries = 2 ** 20

/** How many of the least recently used entries each `get` looks at for those that have expired. */
const pruningTail = 10

interface StoredEntry {
  readonly materials: CachedMaterials
  readonly maxAgeMs: number
  readonly putAt: number
  messages: number
  bytes: number
}

/**
 * A cache of at most `capacity` entries. Their data keys are zeroed as they go; who has asked for materials has a copy.
 *
 * @throws TypeError, RangeError - an option that is not as documented
 */
export function localCache({ capacity, now = platformClock }: LocalCacheOptions): LocalCache {
  if (!Number.isInteger(capacity) || capacity < 0 || capacity > mostEntries) {
    throw new RangeError(
      `the capacity of a cache is a whole number from 0 to ${mostEntries}, found ${String(capacity)}`,
    )
  }
  const clock = steadyClock(now)
  return capacity === 0 ? emptyCache() : new LruMaterialsCache(capacity, clock)
}

class LruMaterialsCache implements LocalCache {
  readonly #entries: LRUCache<string, StoredEntry>
  readonly #clock: Clock
  #evictions = 0
  #expirations = 0

  constructor(capacity: number, clock: Clock) {
    this.#clock = clock
    this.#entries = new LRUCache({
      max: capacity,
      dispose: ({ materials }, _, reason) => {
        if (reason === 'evict') this.#evictions++
        materials.dataKey.zero()
      },
    })
  }

  get: MaterialsCache['get'] = (id, use) => {
    const time = this.#clock()
    this.#prune(time, pruningTail)
    const entry = this.#entries.get(id)
    if (entry === undefined || this.#dropExpired(id, entry, time)) return undefined
    entry.messages += use.messages
    entry.bytes += use.bytes
    const { materials, maxAgeMs, messages, bytes } = entry
    const ageMs = time - entry.putAt
    return { materials: copyOf(materials), ageMs, expiresInMs: maxAgeMs - ageMs, usage: { messages, bytes } }
  }

  put: MaterialsCache['put'] = (id, { materials, maxAgeMs, usage }) => {
    this.#entries.set(id, { materials, maxAgeMs, putAt: this.#clock(), ...usage })
  }

  delete: MaterialsCache['delete'] = (id) => {
    this.#entries.delete(id)
  }

  prune(): void {
    this.#prune(this.#clock(), this.#entries.size)
  }

  clear(): void {
    this.#entries.clear()
  }

  get statistics(): CacheStatistics {
    return { entries: this.#entries.size, evictions: this.#evictions, expirations: this.#expirations }
  }

  #prune(time: number, most: number): void {
    let left = most
    for (const id of this.#entries.rkeys()) {
      if (left-- === 0) return
      this.#dropExpired(id, this.#entries.peek(id) as StoredEntry, time)
    }
  }

  #dropExpired(id: string, { putAt, maxAgeMs }: StoredEntry, time: number): boolean {
    if (time - putAt < maxAgeMs) return false
    this.#expirations++
    this.#entries.delete(id)
    return true
  }
}

function emptyCache(): LocalCache {
  const cache = nullCache()
  return { ...cache, statistics: cache.statistics as CacheStatistics, prune: () => {}, clear: () => {} }
}
