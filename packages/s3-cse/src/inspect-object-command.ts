/**
 * `InspectObjectCommand`: how an object is encrypted, and whether a client would open it.
 *
 * @module
 */

import type { ClientSideEncryption } from './client-side-encryption.ts'
import { ObjectCommand, type ObjectCommandInput, type ResponseMetadata } from './object-command.ts'

export interface InspectObjectCommandInput extends ObjectCommandInput {
  readonly VersionId?: string | undefined
  /** The end of the name of the instruction file, exactly as given. Default: `.instruction`. */
  readonly InstructionFileSuffix?: string | undefined
}

/** Why a client would not open an object. */
export interface InspectionRefusal {
  /** The code of the error that `GetObject` would end with. */
  readonly code: string
  readonly message: string
  /** What the client needs to open it; not there where no option helps. */
  readonly option?: string
}

/** Nothing of this is authentic: only decrypting the object tells. */
export interface InspectObjectCommandOutput {
  readonly $metadata: ResponseMetadata
  readonly ETag?: string | undefined
  readonly VersionId?: string | undefined
  /** Bytes of plaintext; not there for CBC, where only the key tells. */
  readonly ContentLength?: number
  /** Bytes of the object as it is stored. */
  readonly StoredLength: number
  /** Not there where no envelope was found, or none that can be understood. */
  readonly ClientSideEncryption?: ClientSideEncryption
  /** The key of the instruction file that holds the data key. */
  readonly InstructionFile?: string
  /** Would this client ask its keyring for the data key, or pass the object on where it is not encrypted? */
  readonly Readable: boolean
  /** Why not. Empty when it would. */
  readonly Refusals: readonly InspectionRefusal[]
}

/** Asks for the metadata of an object, and its instruction file where there is one. No key is asked for. */
export class InspectObjectCommand extends ObjectCommand<InspectObjectCommandInput, InspectObjectCommandOutput> {
  /** @throws TypeError - `Bucket` or `Key` is missing */
  constructor(input: InspectObjectCommandInput) {
    super('InspectObjectCommand', input)
  }
}
