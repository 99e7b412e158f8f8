/**
 * `@esdk/s3-cse`: Amazon S3 client-side encryption.
 *
 * @module
 */

export { InvalidRangeError } from './byte-range.ts'
export { cachedS3Cmm } from './cached-cmm.ts'
export type { ClientSideEncryption } from './client-side-encryption.ts'
export { type ContentSuite, contentSuites, type WritingSuite } from './content-suite.ts'
export { defaultS3Cmm } from './default-cmm.ts'
export type { EnvelopeFormat, WrappedDataKey, WrappingAlgorithm, WritingAlgorithm } from './envelope.ts'
export {
  BodyLengthError,
  BufferLimitError,
  DataKeyError,
  EnvelopeError,
  type EnvelopeErrorCode,
  MultipartError,
  NotAllowedError,
  ObjectNotAuthenticError,
  type ObjectPart,
  RewrapError,
  TargetFileError,
  UnexpectedAnswerError,
} from './errors.ts'
export {
  type InspectionRefusal,
  InspectObjectCommand,
  type InspectObjectCommandInput,
  type InspectObjectCommandOutput,
} from './inspect-object-command.ts'
export { type S3AesDecryptionKey, type S3AesKeyringOptions, s3AesKeyring } from './keyrings/aes-keyring.ts'
export type { S3KmsClient, S3KmsDiscoveryClient } from './keyrings/kms-client.ts'
export {
  type S3DiscoveryFilter,
  type S3KmsDiscoveryKeyringOptions,
  s3KmsDiscoveryKeyring,
} from './keyrings/kms-discovery-keyring.ts'
export { type S3KmsKeyringOptions, s3KmsKeyring } from './keyrings/kms-keyring.ts'
export { type S3RsaDecryptionKey, type S3RsaKeyringOptions, s3RsaKeyring } from './keyrings/rsa-keyring.ts'
export type {
  EmptyObjectDecryptionMaterials,
  EmptyObjectEncryptionMaterials,
  ObjectDecryptionRequest,
  ObjectEncryptionMaterials,
  ObjectEncryptionRequest,
  ReadyObjectDecryptionMaterials,
  ReadyObjectEncryptionMaterials,
  ReEncryptionRequest,
  RewrappingMaterials,
  S3CryptographicMaterialsManager,
  S3Keyring,
} from './materials.ts'
export type { ObjectCommandInput } from './object-command.ts'
export type { S3EncryptionOptions } from './options.ts'
export { readsAioboto3, readsSesMail } from './presets.ts'
export {
  ReencryptObjectCommand,
  type ReencryptObjectCommandInput,
  type ReencryptObjectCommandOutput,
} from './reencrypt-object-command.ts'
export {
  RewrapObjectCommand,
  type RewrapObjectCommandInput,
  type RewrapObjectCommandOutput,
} from './rewrap-object-command.ts'
export { S3EncryptionClient, type S3EncryptionClientConfig } from './s3-encryption-client.ts'
export { type S3Plugin, s3EncryptionPlugin } from './s3-encryption-plugin.ts'
export type { WithClientSideEncryption, WithEncryptionContext, WithInstructionFileSuffix } from './sdk-types.ts'
export {
  type DownloadedObject,
  EncryptedDownload,
  type EncryptedDownloadOptions,
  type EncryptedDownloadParams,
} from './transfer/encrypted-download.ts'
export {
  EncryptedUpload,
  type EncryptedUploadOptions,
  type EncryptedUploadOutput,
  type EncryptedUploadParams,
} from './transfer/encrypted-upload.ts'
export type { TransferOptions, TransferProgress } from './transfer/transfer-options.ts'
