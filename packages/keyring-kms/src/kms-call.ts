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
} from '@esdk/cmm'
import { callService, describeServiceError, type ServiceCallOptions, zeroSecret } from '@esdk/cmm/services'
import { describeRegion } from './client-for.ts'
import { type KeyArn, parseKeyArn } from './key-arn.ts'
import type { UnwrappedAnswer, WrappedAnswer } from './kms-client.ts'
import { KmsCallError } from './kms-failure.ts'

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
  call: (options: ServiceCallOptions) => Promise<Answer>,
): Promise<Answer> {
  const answer = await callService(call, options, {
    failed: (cause) => new KmsCallError(`${describeCall(name)} failed: ${describeServiceError(cause)}`, { cause }),
    tooLate: zeroSecrets,
  })
  if (typeof answer === 'object' && answer !== null) return answer
  throw distrusted(name, 'is no object')
}

function zeroSecrets(answer: { readonly Plaintext?: unknown; readonly SharedSecret?: unknown } | undefined): void {
  zeroSecret(answer?.Plaintext)
  zeroSecret(answer?.SharedSecret)
}

/**
 * The encrypted data key that an answer holds. The ARN in it is written into the message, so an alias is resolved.
 *
 * @throws KmsCallError - `KeyId` is no ARN of a key, or that of another; or there is no ciphertext that fits into a message
 */
export function wrappedKeyOf(name: CallName, answer: WrappedAnswer): EncryptedDataKey {
  const { KeyId: keyId, CiphertextBlob: ciphertext } = answer
  const arn = typeof keyId === 'string' ? parseKeyArn(keyId) : undefined
  if (typeof keyId !== 'string' || arn?.type !== 'key') {
    throw distrusted(name, `names no key ARN, but ${shown(keyId)}`)
  }
  if (!mayAnswerFor(name.keyId, arn)) throw distrusted(name, `names the key ${shown(keyId)}`)
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

/** AWS KMS resolves aliases. A key that is named by its ARN, or by its id, is no other. */
function mayAnswerFor(asked: string, { arn, id }: KeyArn): boolean {
  const named = parseKeyArn(asked)
  if (named !== undefined) return named.type === 'alias' || named.arn === arn
  return asked.startsWith('alias/') || asked === id
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
