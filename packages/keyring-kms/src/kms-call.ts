/**
 * Calls of AWS KMS, and what may be believed of their answers.
 *
 * @module
 */

import {
  type CallOptions,
  DataKey,
  type EncryptedDataKey,
  type EncryptionContext,
  KeyringError,
  quote,
  untilAborted,
} from '@esdk/cmm'
import { describeRegion } from './client-for.ts'
import { parseKeyArn } from './key-arn.ts'
import type { KmsCallOptions, UnwrappedAnswer, WrappedAnswer } from './kms-client.ts'
import { describeCause, KmsCallError } from './kms-failure.ts'

/** The provider id of what symmetric keys wrap. */
export const kmsProviderId = 'aws-kms'

const longestCiphertext = 0xffff

/** Use AWS KMS to encrypt: what it refuses is an error of the keyring. */
export async function asKeyringError<Value>(use: () => Promise<Value>): Promise<Value> {
  try {
    return await use()
  } catch (error) {
    throw error instanceof KmsCallError ? new KeyringError(error.message, [], { cause: error.cause ?? error }) : error
  }
}

/** Which call of which key, for errors. */
export interface CallName {
  readonly operation: string
  readonly keyId: string
  readonly region: string | undefined
}

/**
 * Makes a call, and stops waiting when the caller does; a key in an answer that comes too late is zeroed.
 *
 * @throws KmsCallError - the call failed; `cause` is the error of the client
 */
export async function callKms<Answer extends object>(
  name: CallName,
  options: CallOptions | undefined,
  call: (options: KmsCallOptions) => Promise<Answer>,
): Promise<Answer> {
  const signal = options?.signal
  signal?.throwIfAborted()
  try {
    // A client may have no promise at hand, or throw at once.
    const answer = (async () => call(signal === undefined ? {} : { abortSignal: signal }))()
    return checkAnswer(name, await untilAborted(answer, signal, zeroSecrets))
  } catch (error) {
    signal?.throwIfAborted()
    if (error instanceof KmsCallError) throw error
    throw new KmsCallError(`${describeCall(name)} failed: ${describeCause(error)}`, { cause: error })
  }
}

function checkAnswer<Answer extends object>(name: CallName, answer: Answer): Answer {
  if (typeof answer === 'object' && answer !== null) return answer
  throw distrusted(name, 'is no object')
}

function zeroSecrets(answer: { readonly Plaintext?: unknown; readonly SharedSecret?: unknown } | undefined): void {
  zeroSecret(answer?.Plaintext)
  zeroSecret(answer?.SharedSecret)
}

/** Overwrite what may be a secret, whatever a client takes for bytes. */
export function zeroSecret(secret: unknown): void {
  if (ArrayBuffer.isView(secret)) new Uint8Array(secret.buffer, secret.byteOffset, secret.byteLength).fill(0)
  else if (secret instanceof ArrayBuffer) new Uint8Array(secret).fill(0)
  else if (Array.isArray(secret)) secret.fill(0)
}

/**
 * The encrypted data key that an answer holds. The ARN in it is written into the message, so an alias is resolved.
 *
 * @throws KmsCallError - `KeyId` is no ARN of a key, or that of another; or there is no ciphertext that fits into a message
 */
export function wrappedKeyOf(name: CallName, answer: WrappedAnswer): EncryptedDataKey {
  const { KeyId: keyId, CiphertextBlob: ciphertext } = answer
  if (typeof keyId !== 'string' || parseKeyArn(keyId)?.type !== 'key') {
    throw distrusted(name, `names no key ARN, but ${shown(keyId)}`)
  }
  // Aliases and key ids are resolved by AWS KMS; nothing is resolved where the key is named by its ARN.
  if (parseKeyArn(name.keyId)?.type === 'key' && keyId !== name.keyId) {
    throw distrusted(name, `names the key ${shown(keyId)}`)
  }
  if (!(ciphertext instanceof Uint8Array) || ciphertext.length === 0) throw distrusted(name, 'has no CiphertextBlob')
  if (ciphertext.length > longestCiphertext) {
    throw distrusted(name, `has a CiphertextBlob of ${ciphertext.length} bytes`)
  }
  return {
    providerId: kmsProviderId,
    providerInfo: new TextEncoder().encode(keyId),
    ciphertext: new Uint8Array(ciphertext),
  }
}

/**
 * The secret that an answer holds, of the length that is expected; the bytes of the answer are zeroed.
 *
 * @throws KmsCallError - another key than was asked for, another length, no bytes
 */
export function unwrappedKeyOf(
  name: CallName,
  answer: UnwrappedAnswer,
  expected: { readonly keyId: string | undefined; readonly length: number },
): DataKey {
  const { KeyId: keyId, Plaintext: plaintext } = answer
  try {
    if (!(plaintext instanceof Uint8Array)) throw distrusted(name, 'has no Plaintext')
    if (expected.keyId !== undefined && keyId !== expected.keyId) {
      throw distrusted(name, `names the key ${shown(keyId)}`)
    }
    if (plaintext.length !== expected.length) {
      throw distrusted(name, `has a Plaintext of ${plaintext.length} bytes, where ${expected.length} are expected`)
    }
    return new DataKey(plaintext)
  } finally {
    zeroSecret(plaintext)
  }
}

/** An answer that must not be used. */
export function distrusted(name: CallName, why: string): KmsCallError {
  return new KmsCallError(`the answer to ${describeCall(name)} ${why}`)
}

function shown(value: unknown): string {
  return typeof value === 'string' ? quote(value) : value === undefined ? 'none' : typeof value
}

function describeCall({ operation, keyId, region }: CallName): string {
  return `KMS ${operation} with ${quote(keyId)} in ${describeRegion(region)}`
}

/** What every call of a key has. */
export interface KeyInput {
  KeyId: string
  GrantTokens?: string[]
}

/** Copies: what a client does with them is its own affair. */
export function keyInput(keyId: string, grantTokens: readonly string[]): KeyInput {
  return { KeyId: keyId, ...(grantTokens.length > 0 && { GrantTokens: [...grantTokens] }) }
}

/** What every call of a symmetric key has. */
export function symmetricInput(
  keyId: string,
  context: EncryptionContext,
  grantTokens: readonly string[],
): KeyInput & { EncryptionContext: Record<string, string> } {
  return { ...keyInput(keyId, grantTokens), EncryptionContext: Object.fromEntries(Object.entries(context)) }
}

/** @throws TypeError - no list of texts */
export function checkGrantTokens(grantTokens: readonly string[] = []): readonly string[] {
  if (!isListOfTexts(grantTokens)) throw new TypeError('grantTokens must be a list of texts that are not empty')
  return Object.freeze([...grantTokens])
}

function isListOfTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((text) => typeof text === 'string' && text !== '')
}
