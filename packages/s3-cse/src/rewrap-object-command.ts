/**
 * `RewrapObjectCommand`: another key for an object, whose body stays where it is.
 *
 * | the data key is | what is written                                                              |
 * | --------------- | ---------------------------------------------------------------------------- |
 * | in the metadata | a copy of the object onto itself, made by S3, if it is still the same object |
 * | in a file       | the instruction file, or a further one for another reader                    |
 *
 * @module
 */

import type { EncryptionContext } from '@esdk/cmm'
import type { ClientSideEncryption } from './client-side-encryption.ts'
import type { S3Keyring } from './materials.ts'
import { ObjectCommand, type ObjectCommandInput, type ResponseMetadata } from './object-command.ts'

export interface RewrapObjectCommandInput extends ObjectCommandInput {
  /** Wraps the data key from now on. Default: the keyring of the client. */
  readonly keyring?: S3Keyring | undefined
  /** With AWS KMS: the pairs that the object was written with. */
  readonly EncryptionContext?: EncryptionContext | undefined
  /** With AWS KMS: the pairs that it has from now on. Default: `EncryptionContext`. */
  readonly NewEncryptionContext?: EncryptionContext | undefined
  /** Where the data key is from now on. Default: where it is. */
  readonly Target?: 'metadata' | 'instruction-file' | undefined
  /** Of the instruction file that is read, exactly as given. Default: `.instruction`. */
  readonly InstructionFileSuffix?: string | undefined
  /** Leave that file as it is, and write a further one, for whoever holds the key of `keyring`. */
  readonly NewInstructionFileSuffix?: string | undefined
  /** Write nothing if the client's own keyring still unwraps the result: the old key must not be good for it. */
  readonly RotationRequired?: boolean | undefined
  /** Write nothing if the object has another `ETag`. */
  readonly IfMatch?: string | undefined
}

export interface RewrapObjectCommandOutput {
  readonly $metadata: ResponseMetadata
  readonly ETag?: string | undefined
  readonly VersionId?: string | undefined
  /** As it is from now on. */
  readonly ClientSideEncryption: ClientSideEncryption
  /** The key of the instruction file that was written. */
  readonly InstructionFile?: string
}

/**
 * Wraps the data key of an object with another key, so that the old one is no longer needed, or for another reader.
 *
 * A bucket with versions keeps the old version, which the old key still opens. Where both keys are in AWS KMS, KMS
 * re-encrypts the data key, and nobody else sees it, unless it has to be made sure that an instruction file is that of the
 * object: for a day after one is written, where its object is not younger.
 */
export class RewrapObjectCommand extends ObjectCommand<RewrapObjectCommandInput, RewrapObjectCommandOutput> {
  /** @throws TypeError - `Bucket` or `Key` is missing */
  constructor(input: RewrapObjectCommandInput) {
    super('RewrapObjectCommand', input)
  }
}
