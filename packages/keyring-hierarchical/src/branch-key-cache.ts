/**
 * Branch keys that were read a short time ago, so that AWS KMS and DynamoDB are asked seldom.
 *
 * Spec: framework/cryptographic-materials-cache.md, framework/local-cryptographic-materials-cache.md
 *
 * @module
 */

import type { CallOptions } from '@esdk/cmm'
import { type BranchKeyMaterials, cloneMaterials } from './branch-key-materials.ts'
import { Flight } from './flight.ts'

/** How materials are read that are not at hand, and how old they may be. */
export interface BranchKeyRequest extends CallOptions {
  /** Milliseconds for which materials may be used after they were asked for. */
  readonly ttlMs: number
  load(options: CallOptions): Promise<BranchKeyMaterials>
}

/** Keeps branch keys. Share one among keyrings that may use each other's. */
export interface BranchKeyCache {
  /**
   * The materials of that entry: those at hand where they are young enough for this request and for the one that loaded
   * them; otherwise what `load` gives, which is asked once for all who wait. The caller zeroes what it gets.
   */
  obtain(entryId: string, request: BranchKeyRequest): Promise<BranchKeyMaterials>
}

/** A cache in this process. */
export interface LocalBranchKeyCache extends BranchKeyCache {
  /** How many branch keys it holds. */
  readonly size: number
  /** Zero and forget them all; what is being read is not kept either. */
  clear(): void
}

/** How much a {@link LocalBranchKeyCache} holds, and its clock. */
export interface LocalBranchKeyCacheOptions {
  /** Most entries; the one that was used longest ago goes first. Default: 1000. */
  readonly capacity?: number
  /** Milliseconds of a clock that never goes back. Default: `performance.now`. */
  readonly now?: () => number
}

interface Entry {
  readonly materials: BranchKeyMaterials
  readonly ttlMs: number
  /** When reading began: what was read is as old as that, or younger. */
  readonly since: number
}

const defaultCapacity = 1000

/**
 * A cache in this process. Keys are zeroed when they leave it; failures are not kept.
 *
 * @throws RangeError - a capacity that is no count
 */
export function localBranchKeyCache({
  capacity = defaultCapacity,
  now = () => performance.now(),
}: LocalBranchKeyCacheOptions = {}): LocalBranchKeyCache {
  if (!Number.isSafeInteger(capacity) || capacity < 0) throw new RangeError('capacity must be 0 or a positive integer')
  /** In the order of their last use. */
  const entries = new Map<string, Entry>()
  const flights = new Map<string, Flight>()

  function drop(id: string): void {
    entries.get(id)?.materials.branchKey.zero()
    entries.delete(id)
  }

  function keep(id: string, entry: Entry): void {
    drop(id)
    const time = now()
    for (const [other, one] of entries) if (!isYoung(one, time, one.ttlMs)) drop(other)
    entries.set(id, entry)
    for (const [oldest] of entries) {
      if (entries.size <= capacity) break
      drop(oldest)
    }
  }

  function find(id: string, ttlMs: number): BranchKeyMaterials | undefined {
    const entry = entries.get(id)
    if (entry === undefined) return undefined
    const time = now()
    if (!isYoung(entry, time, entry.ttlMs)) drop(id)
    else if (isYoung(entry, time, ttlMs)) {
      entries.delete(id)
      entries.set(id, entry)
      return cloneMaterials(entry.materials)
    }
    return undefined
  }

  function depart(id: string, { ttlMs, load }: BranchKeyRequest): Flight {
    const flight = new Flight(now(), load, {
      arrived(materials) {
        if (flights.get(id) !== flight) return
        flights.delete(id)
        keep(id, { materials: cloneMaterials(materials), ttlMs, since: flight.since })
      },
      failed() {
        if (flights.get(id) === flight) flights.delete(id)
      },
    })
    flights.set(id, flight)
    return flight
  }

  return {
    get size() {
      return entries.size
    },
    clear() {
      flights.clear()
      for (const id of entries.keys()) drop(id)
    },
    async obtain(id, request) {
      request.signal?.throwIfAborted()
      const found = find(id, request.ttlMs)
      if (found !== undefined) return found
      const flight = flights.get(id)
      const mayJoin = flight !== undefined && !flight.abandoned && isYoung(flight, now(), request.ttlMs)
      return (mayJoin ? flight : depart(id, request)).join(request.signal)
    },
  }
}

/** A clock that goes back, though it should not, makes everything old. */
function isYoung({ since }: { readonly since: number }, time: number, ttlMs: number): boolean {
  const age = time - since
  return age >= 0 && age <= ttlMs
}
