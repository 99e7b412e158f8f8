/**
 * What is read of an object.
 *
 * @module
 */

import { Readable } from 'node:stream'

/** A server that sends nothing for so long is given up. */
const patienceMs = 60_000

/** The chunks of a body. They end with an error when nothing comes any more, and at once when the run is ended. */
export async function* bodyChunks(
  body: unknown,
  signal: AbortSignal,
  patience: number = patienceMs,
): AsyncGenerator<Uint8Array> {
  if (!(body instanceof Readable)) throw new TypeError('the answer has no body')
  const end = () => body.destroy(signal.reason as Error)
  signal.addEventListener('abort', end)
  if (signal.aborted) end()
  try {
    const chunks = body[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>
    for (;;) {
      const next = await withPatience(chunks.next(), patience, () => body.destroy(stalled(patience)))
      if (next.done === true) return
      yield next.value
    }
  } finally {
    signal.removeEventListener('abort', end)
    body.destroy()
  }
}

async function withPatience<Value>(waiting: Promise<Value>, patience: number, giveUp: () => void): Promise<Value> {
  const timer = setTimeout(giveUp, patience)
  try {
    return await waiting
  } finally {
    clearTimeout(timer)
  }
}

function stalled(patience: number): Error {
  return Object.assign(new Error(`nothing has come for ${patience / 1000} seconds`), { name: 'TimeoutError' })
}
