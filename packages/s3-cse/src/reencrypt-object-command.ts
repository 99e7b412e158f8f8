/**
 * `ReencryptObjectCommand`: an object of any format, written anew in the format of the client.
 *
 * @module
 */

import type { EncryptionContext } from '@esdk/cmm'
import type { ClientSideEncryption } from './client-side-encryption.ts'
import type { S3Keyring } from './materials.ts'
import { ObjectCommand, type ObjectCommandInput, type ResponseMetadata } from './object-command.ts'

export interface ReencryptObjectCommandInput extends ObjectCommandInput {
  /** Wraps the new data key. Default: what the client writes with. */
  readonly keyring?: S3Keyring | undefined
  /** With AWS KMS: the pairs that the object was written with. */
  readonly EncryptionContext?: EncryptionContext | undefined
  /** With AWS KMS: the pairs that it has from now on. Default: `EncryptionContext`. */
  readonly NewEncryptionContext?: EncryptionContext | undefined
  /** Write nothing if the object has another `ETag`. */
  readonly IfMatch?: string | undefined
}

export interface ReencryptObjectCommandOutput {
  readonly $metadata: ResponseMetadata
  readonly ETag?: string | undefined
  readonly VersionId?: string | undefined
  /** As it is from now on. */
  readonly ClientSideEncryption: ClientSideEncryption
  /** The key of the instruction file that was written. */
  readonly InstructionFile?: string
}

/**
 * Decrypts an object and encrypts it anew, under a new data key, as it passes. No plaintext is given to anybody, memory
 * stays flat, and the old object stays until the new one is complete and its plaintext is known to be authentic.
 *
 * Content type, user's metadata, tags and the like are kept. What the client must allow to read the object, such as
 * `enableLegacyWrappingAlgorithms`, it must allow here. Instruction files for other readers are theirs to renew.
 */
export class ReencryptObjectCommand extends ObjectCommand<ReencryptObjectCommandInput, ReencryptObjectCommandOutput> {
  /** @throws TypeError - `Bucket` or `Key` is missing */
  constructor(input: ReencryptObjectCommandInput) {
    super('ReencryptObjectCommand', input)
  }
}
