/**
 * A result that comes in parts, as it is asked for.
 *
 * A function rather than a generator: it is asked once for a run of frames, and the steps of a generator would cost
 * small messages more than their encryption.
 *
 * @module
 */

import type { Awaitable } from '@esdk/crypto-backend'
import { type ByteReader, closeOnAbort } from './byte-reader.ts'
import { failureOf } from './failure.ts'
import type { Progress } from './options.ts'

/** What comes next: one part or more, or none; and whether that is all. */
export interface Step {
  readonly parts: readonly Uint8Array[]
  readonly done: boolean
}

/** Gives the next step. Is not asked again when it is done, or has rejected. */
export type Steps = () => Promise<Step>

/** Where a part of that length may be written, so that it need not be copied; `undefined` for memory of its own. */
export type Room = (length: number) => Uint8Array | undefined

/** For results that nobody collects. */
export const noRoom: Room = () => undefined

/** The steps that `next` gives; an abort, a failure and the last step all close the reader. */
export function guarded(next: () => Awaitable<Step>, reader: ByteReader, signal: AbortSignal | undefined): Steps {
  let stopListening: (() => void) | undefined
  const close = (reason: unknown) => {
    stopListening?.()
    reader.close(reason)
  }
  return async () => {
    try {
      stopListening ??= closeOnAbort(reader, signal)
      signal?.throwIfAborted()
      const step = await next()
      if (step.done) close(undefined)
      return step
    } catch (error) {
      const failure = failureOf(error, signal, reader)
      close(failure)
      throw failure
    }
  }
}

/** Tell the caller how far it is. What its function throws ends the operation, as it is. */
export function report(
  onProgress: ((progress: Progress) => void) | undefined,
  progress: Progress,
  reader: ByteReader,
): void {
  try {
    onProgress?.(progress)
  } catch (error) {
    reader.failure = error
    throw error
  }
}
