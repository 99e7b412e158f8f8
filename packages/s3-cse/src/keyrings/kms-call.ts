/**
 * Calls of AWS KMS, and what may be believed of their answers.
 *
 * @module
 */

import { type CallOptions, DataKey, type EncryptionContext, quote, untilAborted } from '@esdk/cmm'
import { callService, describeServiceError, type ServiceCallOptions } from '@esdk/cmm/services'
import type { ContentSuite } from '../content-suite.ts'
import { DataKeyError } from '../errors.ts'
import type { ClientSource, UnwrappedAnswer, WrappedAnswer } from './kms-client.ts'
import { describeKeyLengths, fitsKeyLength } from './wrapping-rules.ts'

/** Which call of which key. */
export interface KmsCallName {
  readonly operation: string
  /** For sentences: the name of the key, in quotes, or what stands for it. */
  readonly key: string
  /** May this key have answered? It is an ARN, or else is refused. */
  readonly mayAnswer: (keyArn: string) => boolean
}

/**
 * Makes a call, and stops waiting when the caller does; a key in an answer that comes too late is zeroed.
 *
 * @throws DataKeyError - the call failed; `cause` is the error of the client
 */
export async function callKms<Client, Answer extends object>(
  name: KmsCallName,
  client: ClientSource<Client>,
  options: CallOptions | undefined,
  call: (kms: Client, options: ServiceCallOptions) => Promise<Answer>,
): Promise<Answer> {
  options?.signal?.throwIfAborted()
  const kms = await untilAborted(client(), options?.signal)
  const answer = await callService((each) => call(kms, each), options, {
    failed: (cause) => new DataKeyError(`${describeCall(name)} failed: ${describeServiceError(cause)}`, { cause }),
    tooLate: (late) => zeroSecret((late as UnwrappedAnswer | undefined)?.Plaintext),
  })
  if (typeof answer === 'object' && answer !== null) return answer
  throw distrusted(name, 'is no object')
}

/**
 * The wrapped data key that an answer holds.
 *
 * @throws DataKeyError - it is of another key, or there is none
 */
export function wrappedKeyOf(name: KmsCallName, answer: WrappedAnswer): Uint8Array {
  const { KeyId: keyId, CiphertextBlob: ciphertext } = answer
  checkAnsweringKey(name, keyId)
  if (ciphertext instanceof Uint8Array && ciphertext.length > 0) return new Uint8Array(ciphertext)
  throw distrusted(name, 'has no CiphertextBlob')
}

/**
 * The data key that an answer holds; the bytes of the answer are zeroed.
 *
 * @throws DataKeyError - it is of another key, has another length than the suite takes, or is no bytes
 */
export function unwrappedKeyOf(name: KmsCallName, answer: UnwrappedAnswer, suite: ContentSuite): DataKey {
  const { KeyId: keyId, Plaintext: plaintext } = answer
  try {
    if (!(plaintext instanceof Uint8Array)) throw distrusted(name, 'has no Plaintext')
    checkAnsweringKey(name, keyId)
    if (fitsKeyLength(plaintext, suite)) return new DataKey(plaintext)
    throw distrusted(
      name,
      `has a Plaintext of ${plaintext.length} bytes, where ${describeKeyLengths(suite)} are expected`,
    )
  } finally {
    zeroSecret(plaintext)
  }
}

/** @throws DataKeyError - the answer is of another key, or says none */
export function checkAnsweringKey(name: KmsCallName, keyId: unknown): void {
  if (typeof keyId === 'string' && name.mayAnswer(keyId)) return
  const shown = typeof keyId === 'string' ? quote(keyId) : keyId === undefined ? 'none' : typeof keyId
  throw distrusted(name, `names the key ${shown}`)
}

/** Overwrite what may be a secret, whatever a client takes for bytes. */
function zeroSecret(secret: unknown): void {
  if (ArrayBuffer.isView(secret)) new Uint8Array(secret.buffer, secret.byteOffset, secret.byteLength).fill(0)
  else if (secret instanceof ArrayBuffer) new Uint8Array(secret).fill(0)
  else if (Array.isArray(secret)) secret.fill(0)
}

/** An answer that must not be used. */
function distrusted(name: KmsCallName, why: string): DataKeyError {
  return new DataKeyError(`the answer to ${describeCall(name)} ${why}`)
}

function describeCall({ operation, key }: KmsCallName): string {
  return `KMS ${operation} with ${key}`
}

/** What every call has. Copies: what a client does with them is its own affair. */
export function kmsInput(
  context: EncryptionContext,
  grantTokens: readonly string[],
): { EncryptionContext: Record<string, string>; GrantTokens?: string[] } {
  return {
    EncryptionContext: Object.fromEntries(Object.entries(context)),
    ...(grantTokens.length > 0 && { GrantTokens: [...grantTokens] }),
  }
}
