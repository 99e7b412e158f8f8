/**
 * What an error says of an object: a code, and whether to try again.
 *
 * @module
 */

import { isEsdkError } from '@esdk/cmm'
import { DataKeyError } from '@esdk/s3-cse'

/** What the AWS SDK, and the system below it, tell with an error. */
interface ServiceError extends Error {
  readonly $metadata?: { readonly httpStatusCode?: number }
  readonly $retryable?: unknown
  readonly code?: unknown
}

export interface Failure {
  /** `ERR_ESDK_...`, or the name that AWS or the system gives it. */
  readonly code: string
  readonly message: string
  readonly temporary: boolean
}

export function failureOf(error: unknown): Failure {
  if (!(error instanceof Error)) return { code: 'Error', message: String(error), temporary: false }
  const status = namelessStatus(error)
  if (status !== undefined) {
    const message = `the answer has status ${status}, and no text`
    return { code: `HTTP_${status}`, message, temporary: status === 400 || isTemporary(error) }
  }
  if (isChecksumMismatch(error)) return { code: 'ChecksumMismatch', message: error.message, temporary: true }
  return { code: codeOf(error), message: error.message, temporary: isTemporary(error) }
}

/** Bytes that were changed on their way, or that somebody writes at the same time; the AWS SDK has no name for it. */
function isChecksumMismatch({ name, message }: Error): boolean {
  return name === 'Error' && message.startsWith('Checksum mismatch: ')
}

/**
 * The status of an answer without a body, which the AWS SDK can give no name: that to a HEAD. Credentials that have expired
 * are refused so with 400; a permission that is missing, with 403.
 */
function namelessStatus({ name, $metadata }: ServiceError): number | undefined {
  return /^(?:\d+|Unknown.*|Error)$/.test(name) ? $metadata?.httpStatusCode : undefined
}

function codeOf(error: ServiceError): string {
  if (isEsdkError(error)) return error.code
  return error.name === 'Error' && typeof error.code === 'string' ? error.code : error.name
}

/** Conflicts, limits, and credentials that end and are renewed. */
const temporaryNames: ReadonlySet<string> = new Set([
  'ConditionalRequestConflict',
  'CredentialsProviderError',
  'DependencyTimeoutException',
  'ExpiredToken',
  'ExpiredTokenException',
  'PreconditionFailed',
  'RequestExpired',
  'RequestLimitExceeded',
  'RequestTimeout',
  'SlowDown',
  'ThrottlingException',
  'TokenProviderError',
  'TokenRefreshRequired',
  'TimeoutError',
  'TooManyRequestsException',
])

const brokenConnections: ReadonlySet<unknown> = new Set([
  'EAI_AGAIN',
  'ECONNABORTED',
  'ECONNREFUSED',
  'ECONNRESET',
  'ENETUNREACH',
  'EPIPE',
  'ETIMEDOUT',
])

const temporaryStatus: ReadonlySet<number> = new Set([408, 409, 412, 429])

/** Is it worth another try? */
function isTemporary(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const { name, code, $metadata: { httpStatusCode: status = 0 } = {}, $retryable, cause } = error as ServiceError
  if (temporaryNames.has(name) || brokenConnections.has(code) || $retryable !== undefined) return true
  if (status >= 500 || temporaryStatus.has(status)) return true
  return cause !== error && isTemporary(cause)
}

/** What S3 answers when there is no such object. */
export function isGone(error: unknown): boolean {
  return error instanceof Error && (error.name === 'NotFound' || error.name === 'NoSuchKey')
}

/**
 * What AWS KMS answers when the key that was named is not the one that wrapped this. A key that may not be used, or is not
 * there, is no such answer: whoever cannot decrypt with the new key does not know what is finished.
 */
const refusalsOfKms: ReadonlySet<string> = new Set(['IncorrectKeyException', 'InvalidCiphertextException'])

const otherKeyCodes: ReadonlySet<string> = new Set([
  'ERR_ESDK_COMMITMENT',
  'ERR_ESDK_ENCRYPTION_CONTEXT',
  'ERR_ESDK_S3_NOT_ALLOWED',
])

/** Does this say that a keyring does not open an object? All else leaves the question open. */
export function saysOtherKey(error: unknown): boolean {
  if (!isEsdkError(error)) return false
  if (!(error instanceof DataKeyError)) return otherKeyCodes.has(error.code)
  return error.cause === undefined || (error.cause instanceof Error && refusalsOfKms.has(error.cause.name))
}
