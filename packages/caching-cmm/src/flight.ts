/**
 * One call of the inner materials manager, and all the requests that wait for it.
 *
 * @module
 */

import { addUse, noUse, type Usage } from './materials-cache.ts'

/** What a waiting request gets. */
export interface Waiter<Value> {
  readonly resolve: (value: Value) => void
  readonly reject: (reason: unknown) => void
}

/**
 * A call on its way. Each request that joins reserves its use of the data key at once, so that no more join than the
 * limits allow. A request whose signal is aborted leaves the others alone; when the last has gone, the call is aborted.
 */
export class Flight<Value> {
  readonly id: string
  readonly startedAt: number
  /** The signal that the call gets: of no request, but of all together. */
  readonly signal: AbortSignal
  readonly #controller = new AbortController()
  readonly #waiters = new Set<Waiter<Value>>()
  readonly #background: boolean
  readonly #onAbandoned: (flight: Flight<Value>) => void
  #usage = noUse

  /**
   * @param startedAt - milliseconds
   * @param background - nobody has to wait for it: it goes on when all have gone
   */
  constructor(id: string, startedAt: number, background: boolean, onAbandoned: (flight: Flight<Value>) => void) {
    this.id = id
    this.startedAt = startedAt
    this.signal = this.#controller.signal
    this.#background = background
    this.#onAbandoned = onAbandoned
  }

  /** What has been reserved. Who has gone since is counted: nobody can tell what it did not do. */
  get usage(): Usage {
    return this.#usage
  }

  get waiting(): number {
    return this.#waiters.size
  }

  /** Wait for the call, no longer than until the signal is aborted. */
  join(use: Usage, signal: AbortSignal | undefined): Promise<Value> {
    this.#usage = addUse(this.#usage, use)
    return new Promise<Value>((resolve, reject) => {
      const leave = () => {
        this.#waiters.delete(waiter)
        reject(signal?.reason)
        if (this.#waiters.size === 0 && !this.#background) this.#abandon(signal?.reason)
      }
      const staying =
        <Argument>(settle: (argument: Argument) => void) =>
        (argument: Argument) => {
          signal?.removeEventListener('abort', leave)
          settle(argument)
        }
      const waiter: Waiter<Value> = { resolve: staying(resolve), reject: staying(reject) }
      this.#waiters.add(waiter)
      signal?.addEventListener('abort', leave, { once: true })
    })
  }

  /** Those who wait, in the order in which they came. Nobody can leave any more. */
  take(): readonly Waiter<Value>[] {
    const waiters = [...this.#waiters]
    this.#waiters.clear()
    return waiters
  }

  #abandon(reason: unknown): void {
    this.#onAbandoned(this)
    this.#controller.abort(reason)
  }
}
