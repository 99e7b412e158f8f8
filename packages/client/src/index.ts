/**
 * `@esdk/client`: encrypt and decrypt messages of the AWS Encryption SDK, whole or as streams.
 *
 * @module
 */

export {
  type CommitmentPolicy,
  CommitmentPolicyError,
  type CryptographicMaterialsManager,
  EncryptionContextError,
  type Keyring,
  KeyringError,
  MaterialsError,
  NoDataKeyError,
  PlatformError,
  PublicKeyError,
  UnwrapError,
} from '@esdk/cmm'
export {
  type AlgorithmSuite,
  type AlgorithmSuiteId,
  algorithmSuite,
  algorithmSuites,
  type ContentType,
  ciphertextLength,
  type EncryptedDataKey,
  type EncryptionContext,
  EsdkError,
  type EsdkErrorCode,
  isEsdkError,
  LimitError,
  MessageFormatError,
  type MessageHeader,
  type MessageHeaderV1,
  type MessageHeaderV2,
  plaintextLength,
} from '@esdk/serialize'
export type { ByteInput } from './byte-source.ts'
export {
  type Client,
  createClient,
  type DecryptResult,
  type DecryptStreamResult,
  type EncryptResult,
  type EncryptStreamResult,
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
