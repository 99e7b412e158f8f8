/**
 * The errors of materials, keyrings and materials managers.
 *
 * @module
 */

import { type EncryptedDataKey, EsdkError, formatSuiteId, parseUtf8 } from '@esdk/serialize'
import type { CommitmentPolicy } from './commitment-policy.ts'
import { quote } from './quote.ts'

/** How many keys a text names before it only counts the rest. */
const longestList = 8

/** One encrypted data key could not be unwrapped. `cause` says why, where that may be known. */
export class UnwrapError extends EsdkError {
  override readonly name = 'UnwrapError'
  readonly code = 'ERR_ESDK_UNWRAP'
  readonly encryptedDataKey: EncryptedDataKey

  constructor(encryptedDataKey: EncryptedDataKey, reason: string, options?: ErrorOptions) {
    super(`${describeKey(encryptedDataKey)}: ${reason}`, options)
    this.encryptedDataKey = encryptedDataKey
  }
}

/**
 * No encrypted data key of the message could be unwrapped.
 *
 * `attempts` holds one error for each key that was tried, in the order of the attempts; it is empty when no key
 * belonged to the keyring.
 */
export class NoDataKeyError extends EsdkError {
  override readonly name = 'NoDataKeyError'
  readonly code = 'ERR_ESDK_NO_DATA_KEY'
  readonly attempts: readonly unknown[]

  constructor(encryptedDataKeys: readonly EncryptedDataKey[], attempts: readonly unknown[], wanted?: string) {
    super(
      attempts.length === 0
        ? `no encrypted data key of the message belongs to this keyring${wanted ? ` (${wanted})` : ''}; the message was encrypted for ${list(encryptedDataKeys, describeKey)}`
        : `none of the encrypted data keys (${encryptedDataKeys.length}) could be unwrapped: ${list(attempts, describeError)}`,
    )
    this.attempts = Object.freeze([...attempts])
  }
}

/** A keyring could not do what it was asked. `attempts` holds the errors of its parts, if it has parts. */
export class KeyringError extends EsdkError {
  override readonly name = 'KeyringError'
  readonly code = 'ERR_ESDK_KEYRING'
  readonly attempts: readonly unknown[]

  constructor(message: string, attempts: readonly unknown[] = [], options?: ErrorOptions) {
    super(attempts.length === 0 ? message : `${message}: ${list(attempts, describeError)}`, options)
    this.attempts = Object.freeze([...attempts])
  }
}

/** A keyring or materials manager gave materials that must not be used. */
export class MaterialsError extends EsdkError {
  override readonly name = 'MaterialsError'
  readonly code = 'ERR_ESDK_MATERIALS'
}

/** A pair of the encryption context is missing, different from what was given, or not allowed. */
export class EncryptionContextError extends EsdkError {
  override readonly name = 'EncryptionContextError'
  readonly code = 'ERR_ESDK_ENCRYPTION_CONTEXT'
}

/** The public key in the context of a message is missing, unusable, or there though the suite does not sign. */
export class PublicKeyError extends EsdkError {
  override readonly name = 'PublicKeyError'
  readonly code = 'ERR_ESDK_PUBLIC_KEY'
}

/** The commitment policy does not allow the algorithm suite. */
export class CommitmentPolicyError extends EsdkError {
  override readonly name = 'CommitmentPolicyError'
  readonly code = 'ERR_ESDK_COMMITMENT_POLICY'
  readonly policy: CommitmentPolicy
  readonly suite: number

  constructor(operation: 'encrypt' | 'decrypt', policy: CommitmentPolicy, suite: number, committing: boolean) {
    const remedy =
      operation === 'encrypt'
        ? committing
          ? "a policy of 'require-encrypt-...' allows it"
          : "'forbid-encrypt-allow-decrypt' allows it"
        : "'require-encrypt-allow-decrypt' allows it, for messages of a time before key commitment"
    super(
      `the commitment policy '${policy}' does not ${operation} with algorithm suite ${formatSuiteId(suite)}, which ${committing ? 'commits' : 'does not commit'} to its key: ${remedy}`,
    )
    this.policy = policy
    this.suite = suite
  }
}

/** The platform failed at something it should be able to do; `cause` holds its error. */
export class PlatformError extends EsdkError {
  override readonly name = 'PlatformError'
  readonly code: 'ERR_ESDK_PLATFORM' | 'ERR_ESDK_UNSUPPORTED'

  constructor(cause: unknown) {
    const unsupported = cause instanceof Error && 'code' in cause && cause.code === 'ERR_ESDK_UNSUPPORTED'
    super(`the platform failed: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
    this.code = unsupported ? 'ERR_ESDK_UNSUPPORTED' : 'ERR_ESDK_PLATFORM'
  }
}

/** A key by provider and name, fit to be shown. */
export function describeKey({ providerId, providerInfo }: EncryptedDataKey): string {
  return `${quote(providerId)} / ${quoteBytes(providerInfo)}`
}

/** What raw AES keyrings write behind the name: the lengths of tag and IV, and an IV. */
const aesSuffixLength = 20

/** Bytes as quoted text where they are UTF-8, or a name with the suffix of raw AES keyrings. */
function quoteBytes(bytes: Uint8Array): string {
  const text = parseUtf8(bytes)
  if (text !== undefined && !text.includes('\0')) return quote(text)
  const nameLength = Math.max(bytes.length - aesSuffixLength, 0)
  const name = bytes[nameLength] === 0 ? parseUtf8(bytes.subarray(0, nameLength)) : undefined
  return name ? quote(name) : `${bytes.length} bytes`
}

function describeError(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

function list<Item>(items: readonly Item[], describe: (item: Item) => string): string {
  const shown = items.slice(0, longestList).map(describe).join('; ')
  return items.length > longestList ? `${shown}; and ${items.length - longestList} more` : shown
}
