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
  #last = performance.now()

  /** Lets the event loop turn when it is time. */
  take(): Promise<void> | undefined {
    if (performance.now() - this.#last < longestStretchMs) return undefined
    return nextTurn().then(() => {
      this.#last = performance.now()
    })
  }
}

/** A message to oneself: timers would wait for 4 ms in browsers. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel()
    port1.onmessage = () => {
      port1.close()
      resolve()
    }
    port2.postMessage(undefined)
  })
}
