/**
 * What a branch key store refuses.
 *
 * @module
 */

import { EsdkError, isEsdkError } from '@esdk/cmm'
import { describeServiceError } from '@esdk/cmm/services'

/**
 * A branch key could not be made, read or trusted. `cause` is the error of the service, where a service failed.
 */
export class BranchKeyStoreError extends EsdkError {
  override readonly name = 'BranchKeyStoreError'
  readonly code = 'ERR_ESDK_BRANCH_KEY_STORE'
}

/** Why it went wrong: what we say of it, or what a client threw. */
export function describeCause(error: unknown): string {
  return isEsdkError(error) ? error.message : describeServiceError(error)
}

/** Says of what a client threw which call it was. */
export function failureOf(call: string): (cause: unknown) => BranchKeyStoreError {
  return (cause) => new BranchKeyStoreError(`${call} failed: ${describeCause(cause)}`, { cause })
}
