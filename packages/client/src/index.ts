/**
 * `@esdk/client`: encrypt and decrypt messages of the AWS Encryption SDK, whole or as streams.
 *
 * @module
 */

export {
  CommitmentPolicyError,
  EncryptionContextError,
  KeyringError,
  MaterialsError,
  NoDataKeyError,
  PlatformError,
  PublicKeyError,
  UnwrapError,
  type CommitmentPolicy,
  type CryptographicMaterialsManager,
  type Keyring,
} from '@esdk/cmm'
export {
  type AlgorithmSuite,
  type AlgorithmSuiteId,
  type ContentType,
  type EncryptedDataKey,
  type EncryptionContext,
  EsdkError,
  type EsdkErrorCode,
  LimitError,
  type MessageHeader,
  type MessageHeaderV1,
  type MessageHeaderV2,
  MessageFormatError,
  algorithmSuite,
  algorithmSuites,
  ciphertextLength,
  isEsdkError,
  plaintextLength,
} from '@esdk/serialize'
export type { ByteInput } from './byte-source.ts'
export {
  type Client,
  type DecryptResult,
  type DecryptStreamResult,
  type EncryptResult,
  type EncryptStreamResult,
  createClient,
} from './client.ts'
export { type MessagePart, NotAuthenticError, SignedMessageError } from './errors.ts'
export { type InspectedHeader, inspect } from './inspect.ts'
export type { Limits } from './limits.ts'
export type { MessageTransform } from './message-transform.ts'
export type {
  ClientOptions,
  DecryptOptions,
  DecryptStreamOptions,
  EncryptOptions,
  MaterialsOptions,
  Progress,
} from './options.ts'
