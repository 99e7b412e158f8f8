/**
 * Waiting for what nobody needs the answer of.
 *
 * @module
 */

import { untilAborted } from '@esdk/cmm'

/** How long is waited for S3 to take back what it was sent, in ms. */
export const cleanupMs = 10_000

/** Resolves when the promise settles, and never later than that. */
export async function endedWithin(pending: Promise<unknown>, milliseconds: number = cleanupMs): Promise<void> {
  await untilAborted(pending, AbortSignal.timeout(milliseconds)).catch(() => {})
}
