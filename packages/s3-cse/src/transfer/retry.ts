/**
 * Trying again.
 *
 * @module
 */

/** What became of one attempt. */
export type Attempt<Value> =
  | { readonly kind: 'done'; readonly value: Value }
  | { readonly kind: 'failed'; readonly error: unknown }

const mostAttempts = 4
const firstPauseMs = 100

/**
 * What the first attempt gives that does not fail; between them, pauses that double.
 *
 * @throws the failure of the last attempt; what an attempt throws; the reason of an abort
 */
export async function retried<Value>(
  attempt: (number: number) => Promise<Attempt<Value>>,
  signal: AbortSignal,
  pause: (milliseconds: number, signal: AbortSignal) => Promise<void> = pauseFor,
): Promise<Value> {
  for (let number = 1; ; number++) {
    const outcome = await attempt(number)
    if (outcome.kind === 'done') return outcome.value
    signal.throwIfAborted()
    if (number === mostAttempts) throw outcome.error
    await pause(firstPauseMs * 2 ** (number - 1), signal)
  }
}

/** @throws the reason of an abort, at once */
async function pauseFor(milliseconds: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted()
  await new Promise<void>((resolve) => {
    const done = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, milliseconds)
    signal.addEventListener('abort', done)
  })
  signal.throwIfAborted()
}
