/**
 * Cleaning up behind work that may be done at once or later.
 *
 * @module
 */

import type { Awaitable } from '@esdk/crypto-backend'

/** Clean up when the value is there, or has failed. */
export function finallyDo<Value>(use: () => Awaitable<Value>, cleanUp: () => void): Awaitable<Value> {
  let value: Awaitable<Value> | undefined
  try {
    value = use()
  } finally {
    if (!(value instanceof Promise)) cleanUp()
  }
  return value instanceof Promise ? value.finally(cleanUp) : value
}
