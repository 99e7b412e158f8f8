/**
 * The loop of every `onDecrypt` here: message order, first success, all failures.
 *
 * @module
 */

import {
  type CallOptions,
  type DataKey,
  type EmptyDecryptionMaterials,
  type EncryptedDataKey,
  KeyringError,
  quote,
  type ReadyDecryptionMaterials,
  UnwrapError,
  unwrapFirst,
} from '@esdk/cmm'
import { isCredentialFailure } from '@esdk/cmm/services'
import { parseUtf8 } from '@esdk/serialize'
import { type KeyArn, parseKeyArn } from './key-arn.ts'
import { KmsCallError } from './kms-failure.ts'

/** An encrypted data key, and the key of AWS KMS that it says wrapped it. */
export interface Candidate {
  readonly key: EncryptedDataKey
  readonly arn: KeyArn
}

/**
 * The encrypted data keys of this provider.
 *
 * @throws KeyringError - one of them names no key of AWS KMS: somebody has changed or forged it
 */
export function candidatesOf(encryptedDataKeys: readonly EncryptedDataKey[], providerId: string): readonly Candidate[] {
  return encryptedDataKeys
    .filter((key) => key.providerId === providerId)
    .map((key) => {
      const text = parseUtf8(key.providerInfo)
      const arn = text === undefined ? undefined : parseKeyArn(text)
      if (arn?.type === 'key') return { key, arn }
      const found = text === undefined ? `${key.providerInfo.length} bytes that are no text` : quote(text)
      throw new KeyringError(`an encrypted data key of ${quote(providerId)} names no key ARN, but ${found}`)
    })
}

export interface UnwrapRequest<Key extends { readonly key: EncryptedDataKey }> {
  readonly materials: EmptyDecryptionMaterials
  /** All of the message, for the error that says whom it was encrypted for. */
  readonly encryptedDataKeys: readonly EncryptedDataKey[]
  /** Those that belong to the keyring, in the order in which they are tried. */
  readonly candidates: readonly Key[]
  /** Which keys the keyring is for, to be shown when the message has none of them. */
  readonly wanted: string
  readonly options: CallOptions | undefined
  /** `undefined` when the caller has excluded what would be needed. */
  readonly unwrap: (candidate: Key) => Promise<DataKey | undefined>
}

/**
 * Materials with the first data key that `unwrap` gives.
 *
 * @throws NoDataKeyError - with one attempt for each key that did not open
 */
export async function unwrapCandidates<Key extends { readonly key: EncryptedDataKey }>({
  materials,
  encryptedDataKeys,
  candidates,
  wanted,
  options,
  unwrap,
}: UnwrapRequest<Key>): Promise<ReadyDecryptionMaterials> {
  const byKey = new Map(candidates.map((candidate) => [candidate.key, candidate]))
  // Nobody would let us in for the next key either.
  let shutOut = false
  return unwrapFirst(materials, [...new Set([...byKey.keys(), ...encryptedDataKeys])], options, wanted, async (key) => {
    const candidate = byKey.get(key)
    if (candidate === undefined || shutOut) return undefined
    try {
      return await unwrap(candidate)
    } catch (error) {
      shutOut = isCredentialFailure(error instanceof KmsCallError ? error.cause : error)
      throw attemptOf(key, error)
    }
  })
}

function attemptOf(key: EncryptedDataKey, error: unknown): unknown {
  if (!(error instanceof KmsCallError)) return error
  return new UnwrapError(key, error.message, { cause: error.cause ?? error })
}
