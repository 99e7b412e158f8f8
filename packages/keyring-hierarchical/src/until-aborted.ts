/**
 * Waiting for a service no longer than the caller does.
 *
 * @module
 */

/**
 * What the promise gives, or the reason of the signal if that comes first; then `discard` gets what comes too late.
 */
export async function untilAborted<Value>(
  promise: Promise<Value>,
  signal: AbortSignal | undefined,
  discard: (value: Value) => void,
): Promise<Value> {
  if (signal === undefined) return promise
  let stopWaiting = () => {}
  const aborted = new Promise<never>((_, reject) => {
    stopWaiting = () => reject(signal.reason)
  })
  signal.addEventListener('abort', stopWaiting, { once: true })
  if (signal.aborted) stopWaiting()
  try {
    return await Promise.race([promise, aborted])
  } catch (error) {
    promise.then(discard, () => {})
    throw error
  } finally {
    signal.removeEventListener('abort', stopWaiting)
  }
}
