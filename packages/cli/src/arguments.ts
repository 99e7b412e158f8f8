/**
 * What the command line asks for, as a value.
 *
 * @module
 */

import type { CommitmentPolicy } from '@esdk/cmm'
import type { KeySpec } from '@esdk/local-kms'
import type { AlgorithmSuiteId } from '@esdk/serialize'
import type { AwsArguments } from './aws-clients.ts'
import type { CachingArguments } from './caching.ts'
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
  readonly caching: CachingArguments | undefined
  readonly aws: AwsArguments
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

/** A table of branch keys, and what to do with it. */
export interface KeystoreArguments extends Talk {
  readonly task: KeystoreTask
  readonly table: string
  /** What branch keys are bound to, whatever the table is called. */
  readonly keyStore: string
  readonly aws: AwsArguments
}

export type KeystoreTask =
  | { readonly kind: 'create-table' }
  | {
      readonly kind: 'create-key'
      readonly key: string
      readonly id: string | undefined
      readonly context: readonly ContextArgument[]
    }
  | { readonly kind: 'version-key' | 'show'; readonly key: string; readonly id: string }

/** A key that a local KMS is to have. With several Regions it is a multi-Region key. */
export interface LocalKeyArgument {
  readonly regions: readonly [string, ...string[]]
  readonly alias: string
  readonly spec: KeySpec
}

export interface LocalKmsArguments extends Talk {
  readonly port: number
  readonly keyFile: string | undefined
  readonly keys: readonly LocalKeyArgument[]
}

/** Objects in Amazon S3, what they are opened with, and what to do with them. */
export interface S3Arguments extends Talk {
  readonly task: S3Task
  /** What opens an object, or encrypts a new one. */
  readonly keys: readonly KeyArgument[]
  readonly context: readonly ContextArgument[]
  readonly commitmentPolicy: CommitmentPolicy | undefined
  readonly allowLegacyWrapping: boolean
  readonly allowCbc: boolean
  /** Of the instruction file that is read. */
  readonly instructionFileSuffix: string | undefined
  readonly aws: AwsArguments
  readonly s3EndpointUrl: string | undefined
}

export type S3Task =
  | {
      readonly kind: 'cp'
      readonly from: string
      readonly to: string
      readonly overwrite: boolean
      /** Is the data key of a new object in a file beside it? */
      readonly instructionFile: boolean
    }
  | { readonly kind: 'cat'; readonly object: string }
  | { readonly kind: 'inspect'; readonly place: string; readonly recursive: boolean }
  | S3RewritingTask
  | S3MigrationTask

/** Another data key for an object, or the same one wrapped by another key. */
export interface S3RewritingTask {
  readonly kind: 'rewrap' | 'reencrypt'
  readonly place: string
  readonly recursive: boolean
  readonly dryRun: boolean
  readonly newKeys: readonly KeyArgument[]
  /** `undefined`: as it is. */
  readonly newContext: readonly ContextArgument[] | undefined
  /** Where the data key goes; `undefined`: for `rewrap` where it is, for `reencrypt` into the metadata. */
  readonly instructionFile: boolean | undefined
  readonly newInstructionFileSuffix: string | undefined
  readonly rotationRequired: boolean
}

/** All objects of a bucket, or below a prefix, on this machine or by workers. */
export interface S3MigrationTask {
  /** `migrate` looks for the objects, `worker` waits for them. */
  readonly kind: 'migrate' | 'worker'
  /** Of `migrate` alone. */
  readonly place: string
  /** What is done to each object. */
  readonly job: 'inventory' | 'rewrap' | 'reencrypt'
  readonly dryRun: boolean
  readonly newKeys: readonly KeyArgument[]
  readonly newContext: readonly ContextArgument[] | undefined
  readonly instructionFile: boolean | undefined
  readonly rotationRequired: boolean
  /** Objects that are worked on at the same time. */
  readonly concurrency: number
  /** The last key of an earlier run. */
  readonly resumeFrom: string | undefined
  /** The name of a migration by a queue; `undefined`: a new one. */
  readonly migration: string | undefined
  /** `undefined`: on this machine alone. Its URL, where it is not in the environment. */
  readonly queue: { readonly url: string | undefined; readonly name: string } | undefined
}

export type ParsedArguments =
  | { readonly command: 'keygen'; readonly options: KeygenArguments }
  | { readonly command: 'encrypt'; readonly options: EncryptArguments }
  | { readonly command: 'decrypt'; readonly options: DecryptArguments }
  | { readonly command: 'inspect'; readonly options: InspectArguments }
  | { readonly command: 'keystore'; readonly options: KeystoreArguments }
  | { readonly command: 'local-kms'; readonly options: LocalKmsArguments }
  | { readonly command: 's3'; readonly options: S3Arguments }
  /** Help, or the version, to be shown. */
  | { readonly command: 'show'; readonly text: string }

/** Where the definition of a command puts what it was given. */
export type Take = (result: ParsedArguments) => void
