/**
 * The errors of the message format, and the class that every error of esdk extends.
 *
 * A caller's mistake (a wrong type, a length out of range) is a `TypeError` or a `RangeError` and is thrown before any
 * work is done. Everything that a message, a plug-in or a service did is an {@link EsdkError}.
 *
 * @module
 */

/** A stable, public name of one kind of failure. */
export type EsdkErrorCode = `ERR_ESDK_${string}`

/**
 * What every failure caused by a message, a plug-in or a service extends.
 *
 * `code` is stable: adding one is a feature, changing one is a breaking change. `cause` holds the original error where
 * there is one. Texts never hold keys or plaintext.
 */
export abstract class EsdkError extends Error {
  abstract readonly code: EsdkErrorCode
}

/** Is this an error of esdk? True as well for errors of a second copy of the package, where `instanceof` is false. */
export function isEsdkError(error: unknown): error is EsdkError {
  return (
    error instanceof Error && 'code' in error && typeof error.code === 'string' && error.code.startsWith('ERR_ESDK_')
  )
}

/** The codes of {@link MessageFormatError}. */
export type MessageFormatErrorCode =
  | 'ERR_ESDK_NOT_A_MESSAGE'
  | 'ERR_ESDK_HEADER_MALFORMED'
  | 'ERR_ESDK_BODY_MALFORMED'
  | 'ERR_ESDK_BODY_SEQUENCE'
  | 'ERR_ESDK_TRUNCATED'
  | 'ERR_ESDK_TRAILING_BYTES'

/**
 * The bytes are not a message as the specification lays it out.
 *
 * | code                        | meaning                                                          |
 * | --------------------------- | ---------------------------------------------------------------- |
 * | `ERR_ESDK_NOT_A_MESSAGE`    | something else: base64, hexadecimal, a KMS blob, nothing at all   |
 * | `ERR_ESDK_HEADER_MALFORMED` | a field of the header has a value that is not allowed             |
 * | `ERR_ESDK_BODY_MALFORMED`   | a length in the body is not allowed                               |
 * | `ERR_ESDK_BODY_SEQUENCE`    | frames are missing, repeated or out of order                      |
 * | `ERR_ESDK_TRUNCATED`        | the message ends too early                                        |
 * | `ERR_ESDK_TRAILING_BYTES`   | bytes follow the end of the message                               |
 *
 * Spec: data-format/message.md
 */
export class MessageFormatError extends EsdkError {
  override readonly name = 'MessageFormatError'
  readonly code: MessageFormatErrorCode

  constructor(code: MessageFormatErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** What {@link LimitError} can be about. Lengths in bytes. */
export type LimitName = 'maxEncryptedDataKeys' | 'maxHeaderLength' | 'maxFrameLength' | 'maxPlaintextLength'

/**
 * A message, or a plaintext, goes beyond a limit that the caller set (or beyond one of the format).
 *
 * `limit` names the option, `allowed` is its value, `found` is what was met.
 */
export class LimitError extends EsdkError {
  override readonly name = 'LimitError'
  readonly code = 'ERR_ESDK_LIMIT'
  readonly limit: LimitName
  readonly allowed: number
  readonly found: number

  constructor(limit: LimitName, allowed: number, found: number, what: string) {
    super(`${what}: found ${found}, at most ${allowed} allowed by ${limit}`)
    this.limit = limit
    this.allowed = allowed
    this.found = found
  }
}
