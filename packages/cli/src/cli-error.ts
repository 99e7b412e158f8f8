/**
 * The errors of the command itself. Those of messages and keys are the library's.
 *
 * @module
 */

import { EsdkError } from '@esdk/cmm'

export type CliErrorCode =
  | 'ERR_ESDK_CLI_USAGE'
  | 'ERR_ESDK_CLI_KEY'
  | 'ERR_ESDK_CLI_SAME_FILE'
  | 'ERR_ESDK_CLI_OUTPUT_EXISTS'
  | 'ERR_ESDK_CLI_UNSAFE_PATH'
  | 'ERR_ESDK_CLI_NOTHING_TO_DO'
  | 'ERR_ESDK_CLI_S3'

/** Something the command refuses to do. `hint` says what to do instead. */
export class CliError extends EsdkError {
  override readonly name: string = 'CliError'
  readonly code: CliErrorCode
  readonly hint: string | undefined

  constructor(code: CliErrorCode, message: string, hint?: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
    this.hint = hint
  }
}

/** The command line is wrong. Nothing was done. */
export class UsageError extends CliError {
  override readonly name = 'UsageError'

  constructor(message: string, hint?: string) {
    super('ERR_ESDK_CLI_USAGE', message, hint)
  }
}

/** The system refused to read or write. `code` is the system's: `ENOENT`, `ENOSPC`. */
export class FileError extends Error {
  override readonly name = 'FileError'
  readonly code: string
  readonly operation: 'read' | 'write'
  /** As the user knows it. */
  readonly shown: string

  constructor(operation: 'read' | 'write', shown: string, cause: unknown) {
    super(`cannot ${operation} ${shown}`, { cause })
    this.operation = operation
    this.shown = shown
    this.code = systemCode(cause) ?? 'EIO'
  }
}

/** What people know the standard output by. */
export const standardOutput = 'the standard output'

/** The reader of the standard output went away. */
export class OutputClosedError extends Error {
  override readonly name = 'OutputClosedError'
}

/** For errors of packages that are loaded only when they are needed. */
export function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}

/** `ENOENT` and the like, of an error that the system gave. */
export function systemCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return undefined
  return /^E[A-Z0-9]+$/.test(error.code) ? error.code : undefined
}

/** Run a system call, and say which file it was about when it fails. */
export async function naming<Value>(
  operation: 'read' | 'write',
  shown: string,
  call: () => Promise<Value>,
): Promise<Value> {
  try {
    return await call()
  } catch (error) {
    throw systemCode(error) === undefined ? error : new FileError(operation, shown, error)
  }
}
