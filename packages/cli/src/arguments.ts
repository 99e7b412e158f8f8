/**
 * What the command line asks for, as a value.
 *
 * @module
 */

import type { CommitmentPolicy } from '@esdk/cmm'
import type { AlgorithmSuiteId } from '@esdk/serialize'
import type { KeyArgument } from './keyring-from-arguments.ts'
import type { ContextArgument } from './values.ts'

/** How much a command says, and in which form. */
export interface Talk {
  readonly quiet: boolean
  readonly verbose: number
  readonly json: boolean
}

export interface KeygenArguments extends Talk {
  readonly type: string
  readonly output: string
  readonly bits: number | undefined
  readonly namespace: string | undefined
  readonly name: string | undefined
  readonly padding: string | undefined
}

/** Which files are meant. */
export interface SelectionArguments {
  readonly paths: readonly string[]
  readonly recursive: boolean
  /** How the names of encrypted files end. */
  readonly suffix: string
}

export interface TransferArguments extends Talk, SelectionArguments {
  readonly keys: readonly KeyArgument[]
  readonly output: string | undefined
  readonly overwrite: boolean
  readonly context: readonly ContextArgument[]
  readonly requiredContextKeys: readonly string[]
  readonly commitmentPolicy: CommitmentPolicy | undefined
  readonly maxEncryptedDataKeys: number | undefined
  readonly maxLength: number | undefined
  readonly maxFrameLength: number | undefined
  readonly metadataOutput: string | undefined
}

export interface EncryptArguments extends TransferArguments {
  readonly suite: AlgorithmSuiteId | undefined
  readonly frameLength: number | undefined
}

export interface DecryptArguments extends TransferArguments {
  readonly unsignedOnly: boolean
  readonly buffer: boolean
}

export interface InspectArguments extends Talk, SelectionArguments {}

export type ParsedArguments =
  | { readonly command: 'keygen'; readonly options: KeygenArguments }
  | { readonly command: 'encrypt'; readonly options: EncryptArguments }
  | { readonly command: 'decrypt'; readonly options: DecryptArguments }
  | { readonly command: 'inspect'; readonly options: InspectArguments }
  /** Help, or the version, to be shown. */
  | { readonly command: 'show'; readonly text: string }
