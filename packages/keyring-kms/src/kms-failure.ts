/**
 * What went wrong with AWS KMS.
 *
 * @module
 */

/** A call did not succeed, or its answer cannot be used. Not seen outside: keyrings say it in errors of theirs. */
export class KmsCallError extends Error {
  override readonly name = 'KmsCallError'
}
