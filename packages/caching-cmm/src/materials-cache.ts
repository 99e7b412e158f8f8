/**
 * What a materials cache must do: keep entries under an id, count their use, hand out copies.
 *
 * Spec: framework/cryptographic-materials-cache.md
 *
 * @module
 */

import type { ReadyDecryptionMaterials, ReadyEncryptionMaterials } from '@esdk/cmm'
import type { Awaitable } from '@esdk/crypto-backend'

/** Materials that are used more than once. */
export type CachedMaterials = ReadyEncryptionMaterials | ReadyDecryptionMaterials

/** What has been encrypted, or is about to be. Decryption counts nothing. */
export interface Usage {
  readonly messages: number
  /** Bytes of plaintext. */
  readonly bytes: number
}

/** What is put into a cache. */
export interface NewEntry {
  /** The cache takes over the data key, and zeroes it when the entry goes. */
  readonly materials: CachedMaterials
  /** The entry expires this long after it was put. */
  readonly maxAgeMs: number
  /** The use that was made of the data key before it was put. */
  readonly usage: Usage
}

/** What is found in a cache. */
export interface FoundEntry {
  /** A copy whose data key belongs to whoever asked: the cache may drop the entry at any time. */
  readonly materials: CachedMaterials
  /** Since the entry was put. */
  readonly ageMs: number
  /** Until it expires: more than 0. */
  readonly expiresInMs: number
  /** All use of the data key, that of this call included. */
  readonly usage: Usage
}

/**
 * A cache of materials. Any object with these methods is one, be it in this process or in another.
 *
 * A cache that fails is a cache that found nothing: materials are then asked for anew.
 */
export interface MaterialsCache {
  /**
   * The entry of this id, its usage raised by `use` in the same step: two calls at once never count as one.
   * `undefined` when there is none, or it has expired.
   */
  get(id: string, use: Usage): Awaitable<FoundEntry | undefined>
  /** Put an entry; it replaces the one that was there. */
  put(id: string, entry: NewEntry): Awaitable<void>
  /** Drop the entry, if there is one. */
  delete(id: string): Awaitable<void>
  /** True of a cache that never keeps anything. Each request is then passed on, and shares its data key with no other. */
  readonly keepsNothing?: boolean
  readonly statistics?: CacheStatistics
}

/** What a cache tells of itself. */
export interface CacheStatistics {
  /** How many it has now, those that have expired but have not been noticed included. */
  readonly entries: number
  /** Dropped, so far, to make room. */
  readonly evictions: number
  /** Dropped, so far, because they were too old. */
  readonly expirations: number
}

/** The use of nothing. */
export const noUse: Usage = /* @__PURE__ */ Object.freeze({ messages: 0, bytes: 0 })

/** Both together. */
export function addUse(a: Usage, b: Usage): Usage {
  return { messages: a.messages + b.messages, bytes: a.bytes + b.bytes }
}

/** The same materials with a data key of their own. */
export function copyOf<Materials extends CachedMaterials>(materials: Materials): Materials {
  const copy: Materials = { ...materials, dataKey: materials.dataKey.clone() }
  return Object.freeze(copy)
}
