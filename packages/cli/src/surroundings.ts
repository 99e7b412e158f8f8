/**
 * What a command sees of the process it runs in. Tests make their own.
 *
 * @module
 */

import type { Readable, Writable } from 'node:stream'

export interface Surroundings {
  readonly stdin: Readable & { readonly isTTY?: boolean; readonly fd?: number }
  readonly stdout: OutputStream
  readonly stderr: OutputStream
  readonly env: Readonly<Record<string, string | undefined>>
  /** Relative paths begin here. */
  readonly cwd: string
  readonly platform: NodeJS.Platform
  /** Aborted with {@link Interrupted} when a signal asks the process to end. */
  readonly signal: AbortSignal
  /** Milliseconds that only go forward. */
  readonly now: () => number
}

export type OutputStream = Writable & {
  readonly isTTY?: boolean
  readonly columns?: number
  readonly fd?: number
}
