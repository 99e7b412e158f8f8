/**
 * `@esdk/cmm`: materials, keyrings and materials managers. All that a keyring of your own needs.
 *
 * @module
 */

export {
  type AlgorithmSuite,
  type AlgorithmSuiteId,
  algorithmSuite,
  contextOf,
  copyContext,
  decodeBase64,
  type EncryptedDataKey,
  type EncryptionContext,
  EsdkError,
  type EsdkErrorCode,
  encodeBase64,
  encodeContext,
  isEsdkError,
  parseUtf8,
} from '@esdk/serialize'
export { checkDecryptionMaterials, checkEncryptionMaterials } from './check-materials.ts'
export {
  type CryptographicMaterialsManager,
  type DecryptionMaterialsRequest,
  type EncryptionMaterialsRequest,
  isCmm,
} from './cmm.ts'
export {
  type CommitmentPolicy,
  type CommittingOrNot,
  checkSuiteToDecrypt,
  checkSuiteToEncrypt,
  commitmentPolicies,
  defaultCommitmentPolicy,
  defaultSuite,
} from './commitment-policy.ts'
export { DataKey } from './data-key.ts'
export { defaultCmm } from './default-cmm.ts'
export {
  CommitmentPolicyError,
  describeKey,
  EncryptionContextError,
  KeyringError,
  MaterialsError,
  NoDataKeyError,
  PlatformError,
  PublicKeyError,
  UnwrapError,
} from './errors.ts'
export { type CallOptions, hasMethods, isKeyring, type Keyring } from './keyring.ts'
export { localeOrders } from './locale-orders.ts'
export {
  checkNoDataKey,
  type EmptyDecryptionMaterials,
  type EmptyEncryptionMaterials,
  type EncryptionMaterials,
  type ReadyDecryptionMaterials,
  type ReadyEncryptionMaterials,
  withGeneratedDataKey,
  withUnwrappedDataKey,
  withWrappedDataKey,
} from './materials.ts'
export { type MultiKeyringOptions, multiKeyring } from './multi-keyring.ts'
export { quote } from './quote.ts'
export { requiredContextCmm } from './required-context-cmm.ts'
export { refusedMaterials, takingOver } from './take-over.ts'
export { untilAborted } from './until-aborted.ts'
export { unwrapFirst } from './unwrap-first.ts'
export { newDataKey, unwrappedKey, type WrappedKey, wrapInto } from './wrapping.ts'
