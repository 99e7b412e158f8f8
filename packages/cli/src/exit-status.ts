/**
 * What the process ends with.
 *
 * @module
 */

export const exitStatus = {
  ok: 0,
  /** A file, a key or a message was not as it should be. */
  failed: 1,
  /** The command line itself is wrong: nothing was done. */
  usage: 2,
  /** The reader of the output went away: 128 + SIGPIPE, as for other commands. */
  outputClosed: 141,
} as const

/** The signals that end a run cleanly, and what it then ends with. */
export const signalStatus = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const

export type EndingSignal = keyof typeof signalStatus

/** The reason of an abort that a signal asked for. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted'
  readonly status: number

  constructor(signal: EndingSignal) {
    super(`ended by ${signal}`)
    this.status = signalStatus[signal]
  }
}
