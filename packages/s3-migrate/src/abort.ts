/**
 * Signals, one for each object: requests listen to them, and Node warns where more than ten do.
 *
 * @module
 */

export function neverAborted(): AbortSignal {
  return new AbortController().signal
}

/** What runs, and can be ended together. */
export class Running {
  readonly #controllers = new Set<AbortController>()

  async run<Value>(use: (signal: AbortSignal) => Promise<Value>): Promise<Value> {
    const controller = new AbortController()
    this.#controllers.add(controller)
    try {
      return await use(controller.signal)
    } finally {
      this.#controllers.delete(controller)
    }
  }

  abort(reason: unknown): void {
    for (const controller of this.#controllers) controller.abort(reason)
  }
}
