/**
 * When to renew an entry before it expires, so that nobody has to wait when it does.
 *
 * Spec: framework/storm-tracking-cryptographic-materials-cache.md
 *
 * @module
 */

/** When to renew. All times are milliseconds. */
export interface RefreshSettings {
  /** An entry that expires within this time is renewed when it is used. */
  readonly gracePeriodMs: number
  /** The next attempt for the same entry is made this long after the last, whatever became of that. */
  readonly graceIntervalMs: number
  /** Most entries that are being renewed at once. */
  readonly fanOut: number
}

/** Remembers which entries are being renewed. */
export class EarlyRefresh {
  readonly #settings: RefreshSettings
  readonly #attempts = new Map<string, number>()

  constructor(settings: RefreshSettings) {
    this.#settings = settings
  }

  /** Is it time? Whoever is told so makes the attempt. */
  isDue(id: string, expiresInMs: number, now: number): boolean {
    const { gracePeriodMs, fanOut } = this.#settings
    if (expiresInMs > gracePeriodMs || !this.#isOver(this.#attempts.get(id), now)) return false
    this.#attempts.delete(id)
    if (this.#attempts.size >= fanOut) this.#forgetThoseThatAreOver(now)
    if (this.#attempts.size >= fanOut) return false
    this.#attempts.set(id, now)
    return true
  }

  /** The entry has been renewed. */
  done(id: string): void {
    this.#attempts.delete(id)
  }

  #isOver(attempt: number | undefined, now: number): boolean {
    return attempt === undefined || now - attempt >= this.#settings.graceIntervalMs
  }

  #forgetThoseThatAreOver(now: number): void {
    for (const [id, attempt] of this.#attempts) {
      if (this.#isOver(attempt, now)) this.#attempts.delete(id)
    }
  }
}
