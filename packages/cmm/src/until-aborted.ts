/**
 * Waiting that ends when the caller loses interest.
 *
 * @module
 */

/**
 * What `pending` gives, or the reason of the abort as soon as there is one.
 *
 * @param tooLate - gets what comes after an abort, to clean it up
 */
export async function untilAborted<Value>(
  pending: Promise<Value>,
  signal: AbortSignal | undefined,
  tooLate: (value: Value) => void = () => {},
): Promise<Value> {
  if (signal === undefined) return pending
  let stopWaiting = () => {}
  const aborted = new Promise<never>((_, reject) => {
    stopWaiting = () => reject(signal.reason)
  })
  signal.addEventListener('abort', stopWaiting, { once: true })
  if (signal.aborted) stopWaiting()
  try {
    const value = await Promise.race([aborted, pending])
    // The abort may have come after the value and before this line: the value goes to one of the two, never to both.
    signal.throwIfAborted()
    return value
  } catch (error) {
    if (signal.aborted) pending.then(tooLate).catch(() => {})
    throw error
  } finally {
    signal.removeEventListener('abort', stopWaiting)
  }
}
