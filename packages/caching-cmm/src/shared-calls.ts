/**
 * The cache and the calls that fill it: equal requests at the same time share one call.
 *
 * ```text
 * look up ─▶ found, within the limits ─▶ a copy; near its end, a call behind the back of the caller renews the entry
 *     │
 *     └────▶ not found ─▶ a call is on its way, and has room ─▶ wait for it
 *                │
 *                └──────▶ call ─▶ a copy for each who waits, the rest for the cache
 * ```
 *
 * Spec: framework/storm-tracking-cryptographic-materials-cache.md
 *
 * @module
 */

import type { Awaitable } from '@esdk/crypto-backend'
import { EarlyRefresh } from './early-refresh.ts'
import { Flight } from './flight.ts'
import { type CachedMaterials, copyOf, type FoundEntry, type Usage } from './materials-cache.ts'
import type { CachingSettings } from './options.ts'

/** How to get new materials. */
export type Call<Materials> = (signal: AbortSignal) => Promise<Materials>

/** What {@link SharedCalls} has counted. */
export interface Counts {
  hits: number
  misses: number
  joined: number
  refreshes: number
  failures: number
  cacheFailures: number
}

/** Not to be shared, as it turned out when it was there. */
const unshared = Symbol('unshared')

type Answer<Materials> = Materials | typeof unshared

/** Gets materials of one kind from the cache, or from a call that is shared. */
export class SharedCalls<Materials extends CachedMaterials> {
  readonly counts: Counts = { hits: 0, misses: 0, joined: 0, refreshes: 0, failures: 0, cacheFailures: 0 }
  readonly #settings: CachingSettings
  readonly #refresh: EarlyRefresh | undefined
  /** The calls that can be joined. */
  readonly #open = new Map<string, Flight<Answer<Materials>>>()
  /** Entries on their way into a cache that takes its time. */
  readonly #storing = new Map<string, Promise<void>>()
  readonly #flying = new Set<Flight<Answer<Materials>>>()
  #stored = 0

  constructor(settings: CachingSettings) {
    this.#settings = settings
    this.#refresh = settings.refresh && new EarlyRefresh(settings.refresh)
  }

  /** How many requests wait for a call now. */
  get waiting(): number {
    let waiting = 0
    for (const flight of this.#flying) waiting += flight.waiting
    return waiting
  }

  /**
   * Materials with a data key that is the caller's own.
   *
   * @param use - what the caller does with them
   * @param alone - gets materials for this caller alone, when it turns out that they must not be shared
   */
  async obtain(
    id: string,
    use: Usage,
    call: Call<Materials>,
    alone: () => Promise<Materials>,
    signal: AbortSignal | undefined,
  ): Promise<Materials> {
    for (let again = 0; ; again++) {
      const stored = this.#stored
      const found = await this.#lookUp(id, use)
      if (found !== undefined) {
        this.counts.hits++
        this.#refreshEarly(id, found, call)
        return found.materials as Materials
      }
      signal?.throwIfAborted()
      // What was put while this request looked, or is being put, may be what it looked for.
      const storing = this.#storing.get(id)
      if (again === 2 || (storing === undefined && this.#stored === stored)) break
      if (storing !== undefined) await storing
    }
    const answer = await this.#flightFor(id, use, call).join(use, signal)
    return answer === unshared ? alone() : answer
  }

  async #lookUp(id: string, use: Usage): Promise<FoundEntry | undefined> {
    const { cache, maxAgeMs } = this.#settings
    try {
      const found = await cache.get(id, use)
      if (found === undefined) return undefined
      if (found.ageMs < maxAgeMs && found.expiresInMs > 0 && this.#withinLimits(found.usage)) return found
      found.materials.dataKey.zero()
      await cache.delete(id)
    } catch {
      // A cache that fails is one that found nothing.
      this.counts.cacheFailures++
    }
    return undefined
  }

  #withinLimits({ messages, bytes }: Usage): boolean {
    return messages <= this.#settings.maxMessages && bytes <= this.#settings.maxBytes
  }

  #flightFor(id: string, use: Usage, call: Call<Materials>): Flight<Answer<Materials>> {
    const open = this.#open.get(id)
    if (open !== undefined && this.#hasRoom(open, use)) {
      this.counts.joined++
      return open
    }
    this.counts.misses++
    return this.#start(id, call, false)
  }

  #hasRoom({ usage, startedAt }: Flight<Answer<Materials>>, use: Usage): boolean {
    const { now, inFlightTtlMs } = this.#settings
    const all = { messages: usage.messages + use.messages, bytes: usage.bytes + use.bytes }
    return this.#withinLimits(all) && now() - startedAt < inFlightTtlMs
  }

  #start(id: string, call: Call<Materials>, background: boolean): Flight<Answer<Materials>> {
    const flight = new Flight<Answer<Materials>>(id, this.#settings.now(), background, (gone) => this.#close(gone))
    this.#open.set(id, flight)
    this.#flying.add(flight)
    void this.#run(flight, call)
    return flight
  }

  async #run(flight: Flight<Answer<Materials>>, call: Call<Materials>): Promise<void> {
    try {
      // Those who join in the same turn are there before the call ends, however fast it is.
      this.#land(flight, await call(flight.signal))
    } catch (error) {
      this.counts.failures++
      this.#close(flight)
      for (const { reject } of flight.take()) reject(error)
    }
  }

  /** The copies first: as soon as the entry is put, the cache may zero its key. */
  #land(flight: Flight<Answer<Materials>>, materials: Materials): void {
    const mayBeKept = this.#close(flight)
    const shareable = materials.suite.kdf.kind !== 'identity'
    for (const [i, { resolve }] of flight.take().entries()) {
      resolve(shareable || i === 0 ? copyOf(materials) : unshared)
    }
    const used = flight.usage.messages >= this.#settings.maxMessages
    if (mayBeKept && shareable && !used) this.#store(flight, materials)
    else materials.dataKey.zero()
  }

  /** Nobody joins any more. Says whether this was the last call of its id, and not one that another has overtaken. */
  #close(flight: Flight<Answer<Materials>>): boolean {
    this.#flying.delete(flight)
    return this.#open.get(flight.id) === flight && this.#open.delete(flight.id)
  }

  #store({ id, usage }: Flight<Answer<Materials>>, materials: Materials): void {
    const { cache, maxAgeMs } = this.#settings
    this.#refresh?.done(id)
    const failed = () => {
      this.counts.cacheFailures++
      materials.dataKey.zero()
    }
    let putting: Awaitable<void>
    try {
      putting = cache.put(id, { materials, maxAgeMs, usage })
    } catch {
      failed()
      return
    }
    if (putting === undefined) this.#stored++
    else this.#waitUntilStored(id, putting, failed)
  }

  #waitUntilStored(id: string, putting: Promise<void>, failed: () => void): void {
    const storing = this.#storing
    const stored = putting
      .then(() => {
        this.#stored++
      }, failed)
      .finally(() => {
        if (storing.get(id) === stored) storing.delete(id)
      })
    storing.set(id, stored)
  }

  #refreshEarly(id: string, { ageMs, expiresInMs }: FoundEntry, call: Call<Materials>): void {
    if (this.#refresh === undefined) return
    const { maxAgeMs, now } = this.#settings
    if (!this.#refresh.isDue(id, Math.min(expiresInMs, maxAgeMs - ageMs), now())) return
    this.counts.refreshes++
    this.#start(id, call, true)
  }
}
