/**
 * Calls of AWS KMS for branch keys, and what may be believed of their answers.
 *
 * @module
 */

import { type CallOptions, DataKey, type EncryptionContext, quote } from '@esdk/cmm'
import { callService, type ServiceCallOptions, zeroSecret } from '@esdk/cmm/services'
import { BranchKeyStoreError, failureOf } from './errors.ts'
import type { BranchKeyKms, UnwrappedAnswer, WrappedAnswer } from './service-clients.ts'

/** Bytes of a branch key, and of a beacon key. */
export const branchKeyLength = 32

/** AWS KMS with the grant tokens of a store. */
export interface KmsCalls {
  /** A new branch key, wrapped in this context. It leaves AWS KMS in no other form. */
  generate(keyId: string, context: EncryptionContext, options?: CallOptions): Promise<Uint8Array>
  /** The same key wrapped in another context; or in the same one, to learn whether it is authentic. */
  rewrap(
    keyId: string,
    wrapped: Uint8Array,
    contexts: { readonly from: EncryptionContext; readonly to: EncryptionContext },
    options?: CallOptions,
  ): Promise<Uint8Array>
  unwrap(keyId: string, wrapped: Uint8Array, context: EncryptionContext, options?: CallOptions): Promise<DataKey>
}

/** @throws TypeError - a client that lacks a method, grant tokens that are no texts */
export function kmsCalls(kms: BranchKeyKms, grantTokens: readonly string[]): KmsCalls {
  for (const method of ['generateDataKeyWithoutPlaintext', 'reEncrypt', 'decrypt'] as const) {
    if (typeof kms?.[method] !== 'function') {
      throw new TypeError(`kms has no method ${method}: it must be a KMS of @aws-sdk/client-kms, or of that shape`)
    }
  }
  const grants = () => (grantTokens.length === 0 ? {} : { GrantTokens: [...grantTokens] })
  return {
    async generate(keyId, context, options) {
      const name = nameOf('GenerateDataKeyWithoutPlaintext', keyId)
      const input = { KeyId: keyId, NumberOfBytes: branchKeyLength, EncryptionContext: plain(context), ...grants() }
      const answer = await callKms(name, options, (how) => kms.generateDataKeyWithoutPlaintext(input, how))
      return wrappedKeyOf(name, answer, keyId)
    },
    async rewrap(keyId, wrapped, { from, to }, options) {
      const name = nameOf('ReEncrypt', keyId)
      const input = {
        CiphertextBlob: new Uint8Array(wrapped),
        SourceKeyId: keyId,
        SourceEncryptionContext: plain(from),
        DestinationKeyId: keyId,
        DestinationEncryptionContext: plain(to),
        ...grants(),
      }
      const answer = await callKms(name, options, (how) => kms.reEncrypt(input, how))
      if (answer.SourceKeyId !== undefined && answer.SourceKeyId !== keyId) throw distrusted(name, 'names another key')
      return wrappedKeyOf(name, answer, keyId)
    },
    async unwrap(keyId, wrapped, context, options) {
      const name = nameOf('Decrypt', keyId)
      const input = {
        KeyId: keyId,
        CiphertextBlob: new Uint8Array(wrapped),
        EncryptionContext: plain(context),
        ...grants(),
      }
      const answer = await callKms(
        name,
        options,
        (how) => kms.decrypt(input, how),
        (late) => zeroSecret(late?.Plaintext),
      )
      return unwrappedKeyOf(name, answer, keyId)
    },
  }
}

/** An object of its own: what a client does with it is its own affair. */
function plain(context: EncryptionContext): Record<string, string> {
  return Object.fromEntries(Object.entries(context))
}

function nameOf(operation: string, keyId: string): string {
  return `KMS ${operation} with ${quote(keyId)}`
}

async function callKms<Answer extends object>(
  name: string,
  options: CallOptions | undefined,
  call: (options: ServiceCallOptions) => Promise<Answer>,
  tooLate?: (answer: Answer) => void,
): Promise<Answer> {
  const answer = await callService(call, options, { failed: failureOf(name), ...(tooLate && { tooLate }) })
  if (typeof answer !== 'object' || answer === null) throw distrusted(name, 'is no object')
  return answer
}

function wrappedKeyOf(name: string, { KeyId, CiphertextBlob }: WrappedAnswer, keyId: string): Uint8Array {
  if (KeyId !== keyId) throw distrusted(name, 'names another key')
  if (!(CiphertextBlob instanceof Uint8Array) || CiphertextBlob.length === 0) {
    throw distrusted(name, 'has no CiphertextBlob')
  }
  return new Uint8Array(CiphertextBlob)
}

function unwrappedKeyOf(name: string, { KeyId, Plaintext }: UnwrappedAnswer, keyId: string): DataKey {
  try {
    if (!(Plaintext instanceof Uint8Array)) throw distrusted(name, 'has no Plaintext')
    if (KeyId !== keyId) throw distrusted(name, 'names another key')
    if (Plaintext.length !== branchKeyLength) {
      throw distrusted(name, `has a Plaintext of ${Plaintext.length} bytes, where ${branchKeyLength} are expected`)
    }
    return new DataKey(Plaintext)
  } finally {
    zeroSecret(Plaintext)
  }
}

function distrusted(name: string, why: string): BranchKeyStoreError {
  return new BranchKeyStoreError(`the answer to ${name} ${why}`)
}
