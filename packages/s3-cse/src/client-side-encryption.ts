/**
 * What answers say of the encryption of an object.
 *
 * @module
 */

import type { EncryptionContext } from '@esdk/cmm'
import { contentSuites } from './content-suite.ts'
import { type Envelope, type EnvelopeFormat, v1Wrapping } from './envelope.ts'

/** How an object is encrypted. Nothing of this is authentic before the object has been decrypted. */
export interface ClientSideEncryption {
  readonly format: EnvelopeFormat
  /** `115`, `AES/GCM/NoPadding` or `AES/CBC/PKCS5Padding`. */
  readonly contentAlgorithm: string
  /** As the object names it; not there for V1, which does not. */
  readonly wrappingAlgorithm?: string
  /** Does the object commit to its key? */
  readonly committing: boolean
  readonly dataKeyIn: 'object' | 'instruction-file'
  /** The stored encryption context (AWS KMS) or material description (other keys). */
  readonly description: EncryptionContext
}

export function describeEncryption({ format, content, dataKey, dataKeyIn }: Envelope): ClientSideEncryption {
  const { contentAlgorithm, committing } = contentSuites[content.kind]
  return Object.freeze({
    format,
    contentAlgorithm,
    ...(dataKey.algorithm !== v1Wrapping && { wrappingAlgorithm: dataKey.algorithm }),
    committing,
    dataKeyIn,
    description: dataKey.description,
  })
}
