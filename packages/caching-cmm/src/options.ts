/**
 * What `cachingCmm` takes, checked once.
 *
 * @module
 */

import { type CryptographicMaterialsManager, defaultCmm, isCmm, isKeyring, type Keyring } from '@esdk/cmm'
import { type CryptoBackend, defaultBackend } from '@esdk/crypto-backend'
import { hex } from '@esdk/serialize'
import type { RefreshSettings } from './early-refresh.ts'
import type { MaterialsCache } from './materials-cache.ts'
import { type Clock, platformClock, steadyClock } from './steady-clock.ts'

/** Where new materials come from. */
export type InnerOptions =
  | { readonly cmm: CryptographicMaterialsManager; readonly keyring?: undefined }
  | { readonly keyring: Keyring; readonly cmm?: undefined }

/** How `cachingCmm` reuses materials. All times are milliseconds. */
export type CachingCmmOptions = InnerOptions & {
  /** May be shared with others: they see each other's entries if, and only if, they have the same `partitionId`. */
  readonly cache: MaterialsCache
  /** A data key is used for this long. More than 0. */
  readonly maxAgeMs: number
  /** Most messages that are encrypted with one data key: 1 to 2^32. Default: 2^32. */
  readonly maxMessages?: number
  /** Most bytes of plaintext that are encrypted with one data key. Default: 2^53 - 1. */
  readonly maxBytes?: number
  /** Default: a random one, so that nothing is shared. */
  readonly partitionId?: string
  /** When to renew an entry before it expires; `false` for never. */
  readonly refresh?: RefreshOptions | false
  /** A call of the inner materials manager is waited for by those who come within this time. Default: 10,000. */
  readonly inFlightTtlMs?: number
  /** Milliseconds of a clock that nobody sets. Default: `performance.now()`. */
  readonly now?: Clock
  readonly backend?: Backend
}

/** How to renew an entry before it expires. The times of the specification are seconds; these are milliseconds. */
export interface RefreshOptions {
  /** An entry that expires within this time is renewed when it is used. Default: 10,000, or a tenth of `maxAgeMs`. */
  readonly gracePeriodMs?: number
  /** The least time between two attempts for one entry. Default: 1,000, or `gracePeriodMs` where that is less. */
  readonly graceIntervalMs?: number
  /** Most entries that are being renewed at once. Default: 20. */
  readonly fanOut?: number
}

type Backend = Pick<CryptoBackend, 'digest' | 'ecdsa' | 'randomBytes'>

/** {@link CachingCmmOptions}, checked. */
export interface CachingSettings {
  readonly cmm: CryptographicMaterialsManager
  readonly cache: MaterialsCache
  readonly maxAgeMs: number
  readonly maxMessages: number
  readonly maxBytes: number
  readonly partitionId: string
  readonly refresh: RefreshSettings | undefined
  readonly inFlightTtlMs: number
  readonly now: Clock
  readonly backend: Backend
}

const mostMessages = 2 ** 32

/** @throws TypeError, RangeError - an option that is not as documented */
export function checkOptions(options: CachingCmmOptions): CachingSettings {
  if (typeof options !== 'object' || options === null) throw new TypeError('cachingCmm takes an object of options')
  const { cache, maxMessages = mostMessages, maxBytes = Number.MAX_SAFE_INTEGER, now = platformClock } = options
  const { backend = defaultBackend, inFlightTtlMs = 10_000 } = options
  const maxAgeMs = checkTime('maxAgeMs', options.maxAgeMs)
  return Object.freeze({
    cmm: innerOf(options, backend),
    cache: checkCache(cache),
    maxAgeMs,
    maxMessages: checkCount('maxMessages', maxMessages, 1, mostMessages),
    maxBytes: checkCount('maxBytes', maxBytes, 0, Number.MAX_SAFE_INTEGER),
    partitionId: checkPartitionId(options.partitionId ?? randomId(backend)),
    refresh: checkRefresh(options.refresh ?? {}, maxAgeMs),
    inFlightTtlMs: checkTime('inFlightTtlMs', inFlightTtlMs),
    now: steadyClock(now),
    backend,
  })
}

function innerOf({ cmm, keyring }: CachingCmmOptions, backend: Backend): CryptographicMaterialsManager {
  if (keyring !== undefined && cmm !== undefined) throw new TypeError('give a keyring or a cmm, not both')
  if (isCmm(cmm)) return cmm
  if (isKeyring(keyring)) return defaultCmm(keyring, { backend })
  throw new TypeError('cachingCmm needs a materials manager or a keyring: give { cmm } or { keyring }')
}

function checkCache(cache: MaterialsCache): MaterialsCache {
  const isCache = typeof cache === 'object' && cache !== null
  if (isCache && [cache.get, cache.put, cache.delete].every((method) => typeof method === 'function')) return cache
  throw new TypeError('cache must be an object with get, put and delete, such as localCache({ capacity: 1000 })')
}

function checkRefresh(refresh: RefreshOptions | false, maxAgeMs: number): RefreshSettings | undefined {
  if (refresh === false) return undefined
  const { gracePeriodMs = Math.min(10_000, maxAgeMs / 10), fanOut = 20 } = refresh
  const { graceIntervalMs = Math.min(1_000, gracePeriodMs) } = refresh
  checkTime('gracePeriodMs', gracePeriodMs)
  checkTime('graceIntervalMs', graceIntervalMs)
  if (gracePeriodMs >= maxAgeMs) {
    throw new RangeError(`gracePeriodMs must be less than maxAgeMs: found ${gracePeriodMs} and ${maxAgeMs}`)
  }
  if (graceIntervalMs > gracePeriodMs) {
    throw new RangeError(
      `graceIntervalMs must not be more than gracePeriodMs: found ${graceIntervalMs} and ${gracePeriodMs}`,
    )
  }
  return { gracePeriodMs, graceIntervalMs, fanOut: checkCount('fanOut', fanOut, 1, Number.MAX_SAFE_INTEGER) }
}

function checkTime(name: string, milliseconds: number): number {
  if (Number.isFinite(milliseconds) && milliseconds > 0) return milliseconds
  throw new RangeError(`${name} must be a number of milliseconds, more than 0; found ${String(milliseconds)}`)
}

function checkCount(name: string, count: number, least: number, most: number): number {
  if (Number.isInteger(count) && count >= least && count <= most) return count
  throw new RangeError(`${name} must be a whole number from ${least} to ${most}, found ${String(count)}`)
}

/** Half a surrogate pair has no UTF-8 form: two ids that differ in it alone would be one. */
function checkPartitionId(id: string): string {
  if (typeof id === 'string' && id !== '' && !/\p{Surrogate}/u.test(id)) return id
  throw new TypeError('partitionId must be a string of well-formed Unicode that is not empty')
}

function randomId(backend: Pick<CryptoBackend, 'randomBytes'>): string {
  return hex(backend.randomBytes(16))
}
