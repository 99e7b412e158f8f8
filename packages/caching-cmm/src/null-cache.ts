/**
 * The cache that keeps nothing.
 *
 * @module
 */

import type { MaterialsCache } from './materials-cache.ts'

/** A cache that keeps nothing: around it, a caching materials manager passes each request on as it is. */
export function nullCache(): MaterialsCache {
  return {
    keepsNothing: true,
    statistics: Object.freeze({ entries: 0, evictions: 0, expirations: 0 }),
    get: () => undefined,
    put: (_, { materials }) => materials.dataKey.zero(),
    delete: () => {},
  }
}
