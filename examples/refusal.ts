/**
 * The code that an operation is refused with. An example whose wrong way works has failed.
 *
 * @module
 */

import { isEsdkError } from '@esdk/client'

/** @throws Error - the operation was not refused; or whatever else it failed with */
export async function refusalOf(operation: Promise<unknown>): Promise<string> {
  const outcome = await operation.then(
    () => undefined,
    (error: unknown) => ({ error }),
  )
  if (outcome === undefined) throw new Error('this should have been refused, and was not')
  if (!isEsdkError(outcome.error)) throw outcome.error
  return outcome.error.code
}
