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
    stopWaiting = () => {
      reject(signal.reason)
      pending.then(tooLate).catch(() => {})
    }
  })
  signal.addEventListener('abort', stopWaiting, { once: true })
  if (signal.aborted) stopWaiting()
  try {
    return await Promise.race([aborted, pending])
  } finally {
    signal.removeEventListener('abort', stopWaiting)
  }
}
