/**
 * Breathing space for the event loop.
 *
 * Sources that are always ready and a synchronous backend leave no turn to timers, so that neither an abort nor
 * anybody else gets through. Long work asks {@link Breaks} after each run of frames.
 *
 * @module
 */

/** Longest time without a turn of the event loop, in milliseconds. */
const longestStretchMs = 20

/** Counts the time since the last turn of the event loop. */
export class Breaks {
  readonly #now: () => number
  #last: number

  /** @param now - milliseconds; for tests */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now
    this.#last = now()
  }

  /** Lets the event loop turn when it is time. */
  take(): Promise<void> | undefined {
    if (this.#now() - this.#last < longestStretchMs) return undefined
    return nextTurn().then(() => {
      this.#last = this.#now()
    })
  }
}

/** A message to oneself: timers would wait for 4 ms in browsers. */
function nextTurn(): Promise<void> {
  // Workers have one only since a compatibility date of 2025.
  if (typeof MessageChannel === 'undefined') return new Promise((resolve) => void setTimeout(resolve, 0))
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel()
    port1.onmessage = () => {
      port1.close()
      resolve()
    }
    port2.postMessage(undefined)
  })
}
