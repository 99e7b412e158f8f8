/**
 * Something that runs once, and can be stopped: by a signal, by its owner, or by a failure within.
 *
 * @module
 */

export class OneRun {
  readonly #stop = new AbortController()
  readonly #signal: AbortSignal | undefined
  #ended: Promise<void> | undefined

  constructor(signal: AbortSignal | undefined) {
    this.#signal = signal
  }

  /**
   * @param work - ends soon after `stop` was aborted, with its reason
   * @throws TypeError - it ran before
   */
  async start<Value>(work: (stop: AbortController) => Promise<Value>): Promise<Value> {
    if (this.#ended !== undefined) throw new TypeError('this transfer has been started before: make a new one')
    const signal = this.#signal
    const follow = () => this.#stop.abort(signal?.reason)
    signal?.addEventListener('abort', follow, { once: true })
    if (signal?.aborted) follow()
    const running = this.#told(work).finally(() => signal?.removeEventListener('abort', follow))
    this.#ended = running.then(
      () => {},
      () => {},
    )
    return running
  }

  /** Whoever stopped it is told the reason that was given, and not what that led to. */
  async #told<Value>(work: (stop: AbortController) => Promise<Value>): Promise<Value> {
    try {
      return await work(this.#stop)
    } catch (error) {
      this.#stop.signal.throwIfAborted()
      throw error
    }
  }

  /** Resolves when nothing runs any more. */
  async abort(reason?: unknown): Promise<void> {
    this.#stop.abort(reason)
    await this.#ended
  }
}
