/**
 * The envelope of an object: what stands in its metadata, or in its instruction file, beside the body.
 *
 * | format | body                 | data key                                              |
 * | ------ | -------------------- | ----------------------------------------------------- |
 * | V1     | CBC                  | `x-amz-key`; the kind of the key says how it is wrapped |
 * | V2     | GCM, before that CBC | `x-amz-key-v2`, `x-amz-wrap-alg`                       |
 * | V3     | committing GCM       | `x-amz-3`, `x-amz-w`                                  |
 *
 * @module
 */

import type { EncryptionContext } from '@esdk/cmm'

/** The formats by the names that everybody uses. They are those of objects, not of clients. */
export type EnvelopeFormat = 'V1' | 'V2' | 'V3'

/**
 * How the data key is wrapped.
 *
 * | name                                    | by                          | legacy |
 * | --------------------------------------- | --------------------------- | ------ |
 * | `kms+context`                           | AWS KMS                     |        |
 * | `AES/GCM`                               | AES-GCM                     |        |
 * | `RSA-OAEP-SHA1`                         | RSA OAEP                    |        |
 * | `kms`                                   | AWS KMS, context not checked | yes    |
 * | `AESWrap`                               | AES Key Wrap, RFC 3394      | yes    |
 * | `RSA/ECB/OAEPWithSHA-256AndMGF1Padding` | RSA OAEP, two hashes        | yes    |
 * | `v1`                                    | V1 names none: AES-ECB or RSA PKCS #1 v1.5, as the key of the keyring is | yes |
 */
export type WrappingAlgorithm = (typeof wrappingAlgorithms)[number] | typeof v1Wrapping

/** The algorithms that objects name. */
export const wrappingAlgorithms = [
  'kms+context',
  'AES/GCM',
  'RSA-OAEP-SHA1',
  'kms',
  'AESWrap',
  'RSA/ECB/OAEPWithSHA-256AndMGF1Padding',
] as const

/** Our name for what V1 does not name. */
export const v1Wrapping = 'v1'

/** The algorithms that are written. */
export type WritingAlgorithm = 'kms+context' | 'AES/GCM' | 'RSA-OAEP-SHA1'

/** Is it read by choice only? */
export function isLegacyWrapping(algorithm: WrappingAlgorithm): boolean {
  return algorithm !== 'kms+context' && algorithm !== 'AES/GCM' && algorithm !== 'RSA-OAEP-SHA1'
}

/** A wrapped data key, as an object holds it. */
export interface WrappedDataKey {
  readonly algorithm: WrappingAlgorithm
  readonly ciphertext: Uint8Array
  /**
   * With AWS KMS the encryption context as it is stored, its reserved pairs included; otherwise the material
   * description, which tells the keys of a writer apart.
   */
  readonly description: EncryptionContext
}

interface EnvelopeCommon {
  readonly dataKey: WrappedDataKey
  /** Where the data key is: in the metadata of the object, or in its instruction file. */
  readonly dataKeyIn: 'object' | 'instruction-file'
}

/** AES-CBC, without authentication. */
export interface CbcEnvelope extends EnvelopeCommon {
  readonly format: 'V1' | 'V2'
  readonly content: { readonly kind: 'cbc'; readonly iv: Uint8Array }
}

/** AES-GCM under the data key itself. */
export interface GcmEnvelope extends EnvelopeCommon {
  readonly format: 'V2'
  readonly content: { readonly kind: 'gcm'; readonly iv: Uint8Array }
}

/** AES-GCM under a key derived from the data key, to which the object commits. */
export interface CommittingEnvelope extends EnvelopeCommon {
  readonly format: 'V3'
  readonly content: { readonly kind: 'committing'; readonly messageId: Uint8Array; readonly commitment: Uint8Array }
}

export type Envelope = CbcEnvelope | GcmEnvelope | CommittingEnvelope

/** An envelope that is written. */
export type WritingEnvelope = (GcmEnvelope | CommittingEnvelope) & {
  readonly dataKey: { readonly algorithm: WritingAlgorithm }
}

/** User metadata of an object: names without the prefix `x-amz-meta-`. */
export type ObjectMetadata = Readonly<Record<string, string>>
