/**
 * Web streams around the functions that do the work.
 *
 * @module
 */

import type { Steps } from './parts.ts'

/**
 * A stream of what `next` gives. Nothing is asked for before somebody reads. Cancelling calls `close` at once, which
 * ends a wait that is under way.
 */
export function streamOf(next: Steps, close: (reason: unknown) => void): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        for (;;) {
          const { parts, done } = await next()
          const filled = parts.filter((part) => part.length > 0)
          for (const part of filled) controller.enqueue(part)
          if (done) controller.close()
          if (done || filled.length > 0) return
        }
      },
      cancel: close,
    },
    { highWaterMark: 0 },
  )
}
