/**
 * `ReEncrypt`: AWS KMS wraps a data key with another key, and nobody else sees it.
 *
 * It takes one call, which one client makes: with one client for both keys, or where both keys are in one Region.
 *
 * @module
 */

import { type CallOptions, hasMethods } from '@esdk/cmm'
import { DataKeyError } from '../errors.ts'
import type { ReadyObjectEncryptionMaterials, ReEncryptionRequest, S3Keyring } from '../materials.ts'
import { callKms, checkAnsweringKey, type KmsCallName, kmsInput, wrappedKeyOf } from './kms-call.ts'
import type { ClientSource, ReEncryptedAnswer, S3KmsClient, S3KmsDiscoveryClient } from './kms-client.ts'
import { checkStoredContext, contextToStore } from './kms-context.ts'
import { checkReads } from './wrapping-rules.ts'

/** A keyring, as one side of the call. */
export interface KmsSide {
  /** Not there for the keyring that names no key. */
  readonly keyId?: string
  readonly region: string | undefined
  /** What the caller gave; `undefined` where it is made here. */
  readonly given: object | undefined
  readonly client: ClientSource<Pick<S3KmsClient | S3KmsDiscoveryClient, 'decrypt' | 'reEncrypt'>>
  readonly grantTokens: readonly string[]
  readonly call: (operation: string) => KmsCallName
}

/** What a keyring is made of is nobody's business, but that of another one of ours. */
const sides = /* @__PURE__ */ new WeakMap<S3Keyring, KmsSide>()

const noAnswer: ReEncryptedAnswer = {}

/** Others may have it re-encrypt what this keyring unwraps. */
export function asSource(keyring: S3Keyring, side: KmsSide): S3Keyring {
  sides.set(keyring, side)
  return keyring
}

/**
 * The data key, wrapped with the key of `to`; `undefined` where it takes more than one call.
 *
 * @throws EncryptionContextError, DataKeyError - the context is another, or the call failed, or its answer is of other keys
 */
export async function reEncryptTo(
  to: KmsSide & { readonly keyId: string },
  request: ReEncryptionRequest,
  options: CallOptions | undefined,
): Promise<ReadyObjectEncryptionMaterials['wrappedDataKey'] | undefined> {
  const { suite, wrappedDataKey, encryptionContext, newEncryptionContext } = request
  const from = sides.get(request.from)
  if (from === undefined || !shareClient(from, to)) return undefined
  checkReads('a KMS keyring', ['kms+context', 'kms'], wrappedDataKey.algorithm)
  checkStoredContext(wrappedDataKey, suite, encryptionContext)
  const description = contextToStore(newEncryptionContext, suite)
  const tokens = [...new Set([...from.grantTokens, ...to.grantTokens])]
  const { EncryptionContext: source, ...common } = kmsInput(wrappedDataKey.description, tokens)
  const input = {
    ...common,
    CiphertextBlob: new Uint8Array(wrappedDataKey.ciphertext),
    ...(from.keyId !== undefined && { SourceKeyId: from.keyId }),
    SourceEncryptionContext: source,
    DestinationKeyId: to.keyId,
    DestinationEncryptionContext: kmsInput(description, []).EncryptionContext,
  }
  const name = to.call('ReEncrypt')
  try {
    const answer = await callKms(
      name,
      from.client,
      options,
      async (kms, each) => kms.reEncrypt?.(input, each) ?? noAnswer,
    )
    checkAnsweringKey({ ...from.call('ReEncrypt'), key: name.key }, answer.SourceKeyId)
    return Object.freeze({ algorithm: 'kms+context', ciphertext: wrappedKeyOf(name, answer), description })
  } catch (error) {
    if (from.given !== to.given && isDenied(error)) return undefined
    throw error
  }
}

/** Two clients may have credentials of two accounts, which {@link isDenied} finds out. */
function shareClient(from: KmsSide, to: KmsSide): boolean {
  if (from.given !== undefined && !hasMethods(from.given, 'reEncrypt')) return false
  if (from.given !== undefined && from.given === to.given) return true
  return from.region === to.region && (from.region !== undefined || (from.given ?? to.given) === undefined)
}

/** The credentials of one side are not those of the other: each has to make a call of its own. */
function isDenied(error: unknown): boolean {
  return error instanceof DataKeyError && error.cause instanceof Error && error.cause.name === 'AccessDeniedException'
}
