/**
 * `@esdk/caching-cmm`: a materials manager that uses data keys more than once, within limits.
 *
 * @module
 */

export { type CachingCmm, type CachingStatistics, cachingCmm } from './caching-cmm.ts'
export { type DecryptionEntry, decryptionEntryId, type EncryptionEntry, encryptionEntryId } from './entry-id.ts'
export { type LocalCache, type LocalCacheOptions, localCache } from './local-cache.ts'
export type {
  CachedMaterials,
  CacheStatistics,
  FoundEntry,
  MaterialsCache,
  NewEntry,
  Usage,
} from './materials-cache.ts'
export { nullCache } from './null-cache.ts'
export type { CachingCmmOptions, InnerOptions, RefreshOptions } from './options.ts'
export type { Clock } from './steady-clock.ts'
