/**
 * The keyring over symmetric keys of AWS KMS that are named: what one key does, and how several go together.
 *
 * Spec: framework/aws-kms/aws-kms-keyring.md, framework/aws-kms/aws-kms-mrk-keyring.md
 *
 * @module
 */

import {
  type CallOptions,
  checkNoDataKey,
  type EncryptionMaterials,
  type Keyring,
  multiKeyring,
  quote,
  type ReadyEncryptionMaterials,
  withGeneratedDataKey,
  withWrappedDataKey,
} from '@esdk/cmm'
import { type ClientFor, clientOfKey } from './client-for.ts'
import { isMultiRegionArn, isSameMultiRegionKey, type KeyArn, type KeyIdentifier } from './key-arn.ts'
import { asKeyringError, callKms, kmsProviderId, symmetricInput, unwrappedKeyOf, wrappedKeyOf } from './kms-call.ts'
import type { KmsClient } from './kms-client.ts'
import { type Candidate, candidatesOf, unwrapCandidates } from './unwrap-candidates.ts'

/** Which keys, as the caller has named them. */
export interface NamedKeys {
  readonly generator: KeyIdentifier | undefined
  readonly others: readonly KeyIdentifier[]
}

/** How keys are used. */
export interface KeyUse {
  readonly clientFor: ClientFor
  readonly grantTokens: readonly string[]
  /** Does the key open what the key of this ARN has wrapped? */
  readonly matches: (configured: KeyIdentifier, wrappedWith: KeyArn) => boolean
}

/**
 * Encrypts as a multi-keyring with one keyring for each key. Decrypts in the same order, but in one go: when there are
 * no credentials for the first key, the others are not tried.
 */
export function strictKeyring({ generator, others }: NamedKeys, use: KeyUse): Keyring {
  const single = (key: KeyIdentifier): Keyring => ({ onEncrypt: wrapWith(key, use), onDecrypt: unwrapWith([key], use) })
  if (generator !== undefined && others.length === 0) return single(generator)
  const children = others.map(single)
  if (generator === undefined) return { ...multiKeyring({ children }), onDecrypt: unwrapWith(others, use) }
  return {
    ...multiKeyring({ generator: single(generator), children }),
    onDecrypt: unwrapWith([generator, ...others], use),
  }
}

function clientFor(use: KeyUse, { text, region }: KeyIdentifier, options: CallOptions | undefined): Promise<KmsClient> {
  const methods = ['generateDataKey', 'encrypt', 'decrypt'] as const
  return clientOfKey<KmsClient>(use.clientFor, { keyId: text, region }, methods, options)
}

function wrapWith(key: KeyIdentifier, use: KeyUse): Keyring['onEncrypt'] {
  const { text: keyId, region } = key

  async function generate(materials: EncryptionMaterials & { readonly dataKey?: undefined }, options?: CallOptions) {
    const kms = await clientFor(use, key, options)
    const name = { operation: 'GenerateDataKey', keyId, region }
    const length = materials.suite.keyLength
    const input = { ...symmetricInput(keyId, materials.encryptionContext, use.grantTokens), NumberOfBytes: length }
    const answer = await callKms(name, options, (callOptions) => kms.generateDataKey(input, callOptions))
    const dataKey = unwrappedKeyOf(name, answer, { keyId: undefined, length })
    try {
      return withGeneratedDataKey(materials, dataKey, wrappedKeyOf(name, answer))
    } catch (error) {
      dataKey.zero()
      throw error
    }
  }

  async function wrap(materials: ReadyEncryptionMaterials, options?: CallOptions) {
    const kms = await clientFor(use, key, options)
    const name = { operation: 'Encrypt', keyId, region }
    const plaintext = new Uint8Array(materials.dataKey.expose())
    const input = { ...symmetricInput(keyId, materials.encryptionContext, use.grantTokens), Plaintext: plaintext }
    try {
      const answer = await callKms(name, options, (callOptions) => kms.encrypt(input, callOptions))
      return withWrappedDataKey(materials, wrappedKeyOf(name, answer))
    } finally {
      plaintext.fill(0)
    }
  }

  return async (materials, options) =>
    asKeyringError(() => (materials.dataKey === undefined ? generate(materials, options) : wrap(materials, options)))
}

/** An encrypted data key, and which of the keyring's own keys opens it. */
interface Matched extends Candidate {
  readonly own: KeyIdentifier
}

function unwrapWith(keys: readonly KeyIdentifier[], use: KeyUse): Keyring['onDecrypt'] {
  const wanted = keys.map((key) => describeWanted(key, use)).join('; ')
  return async (materials, encryptedDataKeys, options) => {
    checkNoDataKey(materials)
    const all = candidatesOf(encryptedDataKeys, kmsProviderId)
    return unwrapCandidates<Matched>({
      materials,
      encryptedDataKeys,
      candidates: keys.flatMap((own) =>
        all.filter(({ arn }) => use.matches(own, arn)).map((candidate) => ({ ...candidate, own })),
      ),
      wanted,
      options,
      unwrap: async ({ key: { ciphertext }, own }) => {
        const kms = await clientFor(use, own, options)
        const { text: keyId, region } = own
        const name = { operation: 'Decrypt', keyId, region }
        const input = {
          ...symmetricInput(keyId, materials.encryptionContext, use.grantTokens),
          CiphertextBlob: new Uint8Array(ciphertext),
        }
        const answer = await callKms(name, options, (callOptions) => kms.decrypt(input, callOptions))
        return unwrappedKeyOf(name, answer, { keyId, length: materials.suite.keyLength })
      },
    })
  }
}

/** Messages name keys by ARN, so that a keyring with another name finds none of its own. */
function describeWanted({ text, arn, isAlias }: KeyIdentifier, { matches }: KeyUse): string {
  if (isAlias) return `${quote(text)}, an alias, which can only encrypt: to decrypt, name the key by its ARN`
  if (arn === undefined) return `${quote(text)}, a key id, which can only encrypt: to decrypt, name the key by its ARN`
  if (isMultiRegionArn(arn) && matches !== isSameMultiRegionKey) {
    return `${quote(text)}, without its replicas: what they wrapped is for kmsMrkKeyring`
  }
  return quote(text)
}
