/**
 * What S3 answers to a request that is bound to what was there before.
 *
 * @module
 */

import { isNoSuchKey } from './call.ts'

/** What was there is there no more, or another in its place. */
export function isBroken(error: unknown): boolean {
  return isNoSuchKey(error) || statusOf(error) === 412
}

/** The server does not know such a condition for such a request. */
export function isNotImplemented(error: unknown): boolean {
  return statusOf(error) === 501
}

/** Somebody else has written at the same time: S3 has not looked what was there. */
export function isConflict(error: unknown): boolean {
  return statusOf(error) === 409
}

/** The request does not fit what is there, or nothing at all. */
export function isRejected(error: unknown): boolean {
  return statusOf(error) === 400
}

function statusOf(error: unknown): number | undefined {
  const { $metadata } = (error ?? {}) as { readonly $metadata?: { readonly httpStatusCode?: number } }
  return $metadata?.httpStatusCode
}
