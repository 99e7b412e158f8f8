/**
 * Calls of a service, by whatever client the caller has.
 *
 * @module
 */

import type { CallOptions } from './keyring.ts'
import { untilAborted } from './until-aborted.ts'

/** How a client is called: as those of the AWS SDK are. */
export interface ServiceCallOptions {
  readonly abortSignal?: AbortSignal
}

/** What becomes of a call that does not end well. */
export interface CallOutcomes<Answer> {
  /** The error to throw for what the client threw. */
  readonly failed: (cause: unknown) => Error
  /** Is given the answer that came after the caller stopped waiting. */
  readonly tooLate?: (answer: Answer) => void
}

/** Makes a call, and stops waiting when the caller does. */
export async function callService<Answer>(
  call: (options: ServiceCallOptions) => Promise<Answer>,
  options: CallOptions | undefined,
  { failed, tooLate }: CallOutcomes<Answer>,
): Promise<Answer> {
  const signal = options?.signal
  signal?.throwIfAborted()
  try {
    // A client may have no promise at hand, or throw at once.
    const answer = (async () => call(signal === undefined ? {} : { abortSignal: signal }))()
    return await untilAborted(answer, signal, tooLate)
  } catch (error) {
    signal?.throwIfAborted()
    throw failed(error)
  }
}

/** Overwrite what may be a secret, whatever a client takes for bytes. */
export function zeroSecret(secret: unknown): void {
  if (ArrayBuffer.isView(secret)) new Uint8Array(secret.buffer, secret.byteOffset, secret.byteLength).fill(0)
  else if (secret instanceof ArrayBuffer) new Uint8Array(secret).fill(0)
  else if (Array.isArray(secret)) secret.fill(0)
}

/** @throws TypeError - no list of texts */
export function checkGrantTokens(grantTokens: readonly string[] = []): readonly string[] {
  if (!isListOfTexts(grantTokens)) throw new TypeError('grantTokens must be a list of texts that are not empty')
  return Object.freeze([...grantTokens])
}

function isListOfTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((text) => typeof text === 'string' && text !== '')
}
