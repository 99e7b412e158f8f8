/**
 * One reading of a branch key, for all who wait for it.
 *
 * @module
 */

import { type CallOptions, untilAborted } from '@esdk/cmm'
import { type BranchKeyMaterials, cloneMaterials } from './branch-key-materials.ts'

/** What becomes of a flight, told before those who wait go on. */
interface FlightEvents {
  arrived(materials: BranchKeyMaterials): void
  failed(): void
}

/** Each who joins gets a copy. When nobody waits any more, the reading is aborted, and what it gives is zeroed. */
export class Flight {
  readonly since: number
  readonly #controller = new AbortController()
  readonly #materials: Promise<BranchKeyMaterials>
  #waiting = 0
  #settled = false

  constructor(since: number, load: (options: CallOptions) => Promise<BranchKeyMaterials>, events: FlightEvents) {
    this.since = since
    this.#materials = this.#run(load, events)
    // Those who wait see the failure; there may be none left.
    this.#materials.catch(() => {})
  }

  async #run(
    load: (options: CallOptions) => Promise<BranchKeyMaterials>,
    events: FlightEvents,
  ): Promise<BranchKeyMaterials> {
    // Not before the flight is known to its cache.
    await Promise.resolve()
    try {
      const materials = await load({ signal: this.#controller.signal })
      if (this.abandoned) {
        materials.branchKey.zero()
        events.failed()
      } else {
        events.arrived(materials)
      }
      return materials
    } catch (error) {
      events.failed()
      throw error
    } finally {
      this.#settled = true
    }
  }

  /** Have all who waited gone? Then nothing will come of it. */
  get abandoned(): boolean {
    return this.#controller.signal.aborted
  }

  /** A copy of the materials, unless the signal comes first. */
  async join(signal: AbortSignal | undefined): Promise<BranchKeyMaterials> {
    this.#waiting++
    try {
      return cloneMaterials(await untilAborted(this.#materials, signal))
    } finally {
      this.#waiting--
      if (this.#waiting === 0) await this.#end()
    }
  }

  async #end(): Promise<void> {
    if (!this.#settled) this.#controller.abort(new Error('nobody waits for this branch key any more'))
    else await this.#materials.then(({ branchKey }) => branchKey.zero()).catch(() => {})
  }
}
