/**
 * Whose error it is that ends an operation.
 *
 * @module
 */

import { MaterialsError, PlatformError, untilAborted } from '@esdk/cmm'
import { isEsdkError } from '@esdk/serialize'
import type { ByteReader } from './byte-reader.ts'

/**
 * The error to end with: the reason of an abort, what the caller's source or callback threw, and errors of esdk as they
 * are; anything else is the platform's, and is wrapped.
 */
export function failureOf(error: unknown, signal: AbortSignal | undefined, reader?: ByteReader): unknown {
  if (signal?.aborted) return signal.reason
  if (isEsdkError(error)) return error
  if (reader?.failure !== undefined && reader.failure === error) return error
  return new PlatformError(error)
}

/**
 * Wait for a plug-in, no longer than until the signal is aborted.
 *
 * @param tooLate - gets what comes after an abort, to clean it up
 * @throws MaterialsError - around an error that is not one of esdk
 */
export function fromPlugIn<Value>(
  call: () => Promise<Value>,
  signal: AbortSignal | undefined,
  tooLate: (value: Value) => void,
): Promise<Value> {
  const fail = (error: unknown): never => {
    throw plugInFailure(error, signal)
  }
  try {
    signal?.throwIfAborted()
    const called = call()
    if (!isThenable(called)) throw new TypeError('it gave no promise')
    return untilAborted(called, signal, tooLate).catch(fail)
  } catch (error) {
    return Promise.reject(plugInFailure(error, signal))
  }
}

function plugInFailure(error: unknown, signal: AbortSignal | undefined): unknown {
  if (signal?.aborted) return signal.reason
  if (isEsdkError(error)) return error
  const message = error instanceof Error ? error.message : String(error)
  return new MaterialsError(`the keyring or materials manager failed: ${message}`, { cause: error })
}

function isThenable(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'then' in value && 'catch' in value
}
