/**
 * What a branch key store refuses.
 *
 * @module
 */

import { EsdkError } from '@esdk/cmm'

/**
 * A branch key could not be made, read or trusted. `cause` is the error of the service, where a service failed.
 */
export class BranchKeyStoreError extends EsdkError {
  override readonly name = 'BranchKeyStoreError'
  readonly code = 'ERR_ESDK_BRANCH_KEY_STORE'
}

/** An error of a service in a few words. */
export function describeCause(error: unknown): string {
  if (!(error instanceof Error)) return 'the client threw what is no error'
  return error.name === 'Error' || error.name === '' ? error.message : `${error.name}: ${error.message}`
}
