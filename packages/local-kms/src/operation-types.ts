/**
 * Requests and answers, in the words of AWS KMS.
 *
 * @module
 */

import type { EncryptionAlgorithm, KeySpec, KeyUsage } from './key-spec.ts'

type Optional<Fields> = { readonly [Name in keyof Fields]?: Fields[Name] | undefined }

/** Names and values that are bound to what is encrypted. */
type Context = Readonly<Record<string, string>>

type KeyInput = { readonly KeyId: string } & Optional<{
  /** Taken and not looked at: here everything is granted. */
  GrantTokens: readonly string[]
  DryRun: boolean
}>

type ContextInput = Optional<{ EncryptionContext: Context }>

type AlgorithmInput = Optional<{ EncryptionAlgorithm: EncryptionAlgorithm }>

type DataKeyInput = KeyInput & ContextInput & Optional<{ NumberOfBytes: number; KeySpec: 'AES_256' | 'AES_128' }>

/** The ARN of the key that was used. */
interface KeyOutput {
  KeyId: string
}

interface CiphertextOutput extends KeyOutput {
  CiphertextBlob: Uint8Array
}

interface PlaintextOutput extends KeyOutput {
  Plaintext: Uint8Array
}

interface RegionalArn {
  Arn: string
  Region: string
}

/** What `DescribeKey` tells of a key. */
export interface KeyMetadata {
  AWSAccountId: string
  KeyId: string
  Arn: string
  CreationDate: Date
  Enabled: boolean
  Description: string
  KeyUsage: KeyUsage
  KeyState: 'Enabled' | 'Disabled' | 'PendingDeletion'
  Origin: 'AWS_KMS'
  KeyManager: 'CUSTOMER'
  CustomerMasterKeySpec: KeySpec
  KeySpec: KeySpec
  EncryptionAlgorithms?: EncryptionAlgorithm[]
  KeyAgreementAlgorithms?: 'ECDH'[]
  MultiRegion: boolean
  MultiRegionConfiguration?: {
    MultiRegionKeyType: 'PRIMARY' | 'REPLICA'
    PrimaryKey: RegionalArn
    ReplicaKeys: RegionalArn[]
  }
}

/** What `ListAliases` tells of an alias. */
export interface AliasEntry {
  AliasName: string
  AliasArn: string
  TargetKeyId: string
  CreationDate: Date
  LastUpdatedDate: Date
}

type PageInput = Optional<{ Limit: number; Marker: string }>

interface Page {
  Truncated: boolean
  NextMarker?: string
}

/** Every operation, with its request and its answer. */
export interface KmsOperations {
  CreateKey: {
    input: Optional<{
      Description: string
      KeyUsage: KeyUsage
      KeySpec: KeySpec
      CustomerMasterKeySpec: KeySpec
      MultiRegion: boolean
    }>
    output: { KeyMetadata: KeyMetadata }
  }
  ReplicateKey: {
    input: { readonly KeyId: string; readonly ReplicaRegion: string } & Optional<{ Description: string }>
    output: { ReplicaKeyMetadata: KeyMetadata }
  }
  DescribeKey: { input: KeyInput; output: { KeyMetadata: KeyMetadata } }
  ListKeys: { input: PageInput; output: Page & { Keys: { KeyId: string; KeyArn: string }[] } }
  EnableKey: { input: KeyInput; output: object }
  DisableKey: { input: KeyInput; output: object }
  ScheduleKeyDeletion: {
    input: KeyInput & Optional<{ PendingWindowInDays: number }>
    output: KeyOutput & { DeletionDate: Date; KeyState: 'PendingDeletion'; PendingWindowInDays: number }
  }
  CancelKeyDeletion: { input: KeyInput; output: KeyOutput }
  CreateAlias: { input: { readonly AliasName: string; readonly TargetKeyId: string }; output: object }
  DeleteAlias: { input: { readonly AliasName: string }; output: object }
  ListAliases: { input: PageInput & Optional<{ KeyId: string }>; output: Page & { Aliases: AliasEntry[] } }
  GenerateDataKey: { input: DataKeyInput; output: CiphertextOutput & PlaintextOutput }
  GenerateDataKeyWithoutPlaintext: { input: DataKeyInput; output: CiphertextOutput }
  Encrypt: {
    input: KeyInput & ContextInput & AlgorithmInput & { readonly Plaintext: Uint8Array }
    output: CiphertextOutput & { EncryptionAlgorithm: EncryptionAlgorithm }
  }
  Decrypt: {
    input: Partial<KeyInput> & ContextInput & AlgorithmInput & { readonly CiphertextBlob: Uint8Array }
    output: PlaintextOutput & { EncryptionAlgorithm: EncryptionAlgorithm }
  }
  ReEncrypt: {
    input: { readonly CiphertextBlob: Uint8Array; readonly DestinationKeyId: string } & Optional<{
      SourceKeyId: string
      SourceEncryptionContext: Context
      SourceEncryptionAlgorithm: EncryptionAlgorithm
      DestinationEncryptionContext: Context
      DestinationEncryptionAlgorithm: EncryptionAlgorithm
      GrantTokens: readonly string[]
      DryRun: boolean
    }>
    output: CiphertextOutput & {
      SourceKeyId: string
      SourceEncryptionAlgorithm: EncryptionAlgorithm
      DestinationEncryptionAlgorithm: EncryptionAlgorithm
    }
  }
  GetPublicKey: {
    input: KeyInput
    output: KeyOutput & { PublicKey: Uint8Array } & Pick<
        KeyMetadata,
        'CustomerMasterKeySpec' | 'KeySpec' | 'KeyUsage' | 'EncryptionAlgorithms' | 'KeyAgreementAlgorithms'
      >
  }
  DeriveSharedSecret: {
    input: KeyInput & { readonly KeyAgreementAlgorithm: 'ECDH'; readonly PublicKey: Uint8Array }
    output: KeyOutput & { SharedSecret: Uint8Array; KeyAgreementAlgorithm: 'ECDH'; KeyOrigin: 'AWS_KMS' }
  }
}

/** What can be asked. */
export type OperationName = keyof KmsOperations
