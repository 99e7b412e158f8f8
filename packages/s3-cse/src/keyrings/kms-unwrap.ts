/**
 * Unwrapping with AWS KMS, whether the key is named or not.
 *
 * @module
 */

import { checkNoDataKey } from '@esdk/cmm'
import type { ServiceCallOptions } from '@esdk/cmm/services'
import type { S3Keyring } from '../materials.ts'
import { callKms, type KmsCallName, kmsInput, unwrappedKeyOf } from './kms-call.ts'
import type { ClientSource, UnwrappedAnswer } from './kms-client.ts'
import { checkStoredContext } from './kms-context.ts'
import { checkReads } from './wrapping-rules.ts'

type DecryptInput = ReturnType<typeof kmsInput> & { CiphertextBlob: Uint8Array }

/** How AWS KMS is asked. */
export interface KmsUnwrapping<Client> {
  readonly name: KmsCallName
  readonly client: ClientSource<Client>
  readonly grantTokens: readonly string[]
  readonly decrypt: (kms: Client, input: DecryptInput, options: ServiceCallOptions) => Promise<UnwrappedAnswer>
}

/** Nothing is asked before the context is right. */
export function unwrapWithKms<Client>(unwrapping: KmsUnwrapping<Client>): S3Keyring['onDecrypt'] {
  const { name, client, grantTokens, decrypt } = unwrapping
  return async (materials, wrappedDataKey, options) => {
    options?.signal?.throwIfAborted()
    checkNoDataKey(materials)
    checkReads('a KMS keyring', ['kms+context', 'kms'], wrappedDataKey.algorithm)
    const { suite, encryptionContext } = materials
    checkStoredContext(wrappedDataKey, suite, encryptionContext)
    const { ciphertext, description } = wrappedDataKey
    const input = { ...kmsInput(description, grantTokens), CiphertextBlob: new Uint8Array(ciphertext) }
    const answer = await callKms(name, client, options, (kms, each) => decrypt(kms, input, each))
    return Object.freeze({ suite, encryptionContext, dataKey: unwrappedKeyOf(name, answer, suite) })
  }
}
