/**
 * `@esdk/local-kms`: a KMS for laptops, tests and demos. It protects nothing.
 *
 * @module
 */

export type { Fault, KmsCall } from './fault.ts'
export { UnreachableError } from './fault.ts'
export { KeyFileError } from './key-file.ts'
export type { EncryptionAlgorithm, KeySpec, KeyUsage } from './key-spec.ts'
export { type KmsErrorName, LocalKmsError } from './kms-error.ts'
export {
  type LocalKms,
  type LocalKmsCallOptions,
  type LocalKmsClient,
  type LocalKmsOptions,
  localKms,
} from './local-kms.ts'
export type { AliasEntry, KeyMetadata, KmsOperations, OperationName } from './operation-types.ts'
export { type LocalKmsServer, type LocalKmsServerOptions, startLocalKms } from './server.ts'
