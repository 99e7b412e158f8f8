/**
 * Work on many items, some at a time.
 *
 * @module
 */

import { untilAborted } from '@esdk/cmm'

/**
 * Works on all items, in `lanes` at the same time. After the first failure, which `stop` is told, nothing new is begun;
 * what is under way has ended when the promise settles.
 *
 * @param work - gets a signal of its own: Node warns of more than ten listeners to one
 * @throws the first failure, or the reason of the abort
 */
export async function inParallel<Item>(
  items: AsyncGenerator<Item>,
  lanes: number,
  stop: AbortController,
  work: (item: Item, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const underWay = new Set<AbortController>()
  const endAll = () => {
    for (const each of underWay) each.abort(stop.signal.reason)
  }
  const lane = async () => {
    while (!stop.signal.aborted) {
      const own = new AbortController()
      underWay.add(own)
      try {
        const next = await untilAborted(items.next(), own.signal)
        if (next.done) return
        await work(next.value, own.signal)
      } finally {
        underWay.delete(own)
      }
    }
  }
  stop.signal.addEventListener('abort', endAll)
  await Promise.all(Array.from({ length: lanes }, () => lane().catch((error: unknown) => stop.abort(error))))
  stop.signal.removeEventListener('abort', endAll)
  // A generator that waits for bytes ends when they come, or fail to.
  items.return(undefined).catch(() => {})
  stop.signal.throwIfAborted()
}
