/**
 * `@esdk/keyring-hierarchical`: branch keys in DynamoDB, wrapped by AWS KMS, and the keyring that uses them.
 *
 * @module
 */

export {
  type BranchKeyCache,
  type BranchKeyRequest,
  type LocalBranchKeyCache,
  type LocalBranchKeyCacheOptions,
  localBranchKeyCache,
} from './branch-key-cache.ts'
export type { BranchKeyItem, StoredItem } from './branch-key-item.ts'
export type { BeaconKeyMaterials, BranchKeyMaterials } from './branch-key-materials.ts'
export {
  type BranchKeyStore,
  type BranchKeyStoreOptions,
  branchKeyStore,
  type NewBranchKey,
} from './branch-key-store.ts'
export { type DynamoStorageOptions, dynamoStorage } from './dynamo-storage.ts'
export { BranchKeyStoreError } from './errors.ts'
export {
  type BranchKeyIdSupplier,
  type HierarchicalKeyringOptions,
  hierarchicalKeyring,
} from './hierarchical-keyring.ts'
export type { KmsKeyChoice } from './kms-key.ts'
export { memoryStorage } from './memory-storage.ts'
export type { AttributeValue, BranchKeyDynamoDb, BranchKeyKms, StoredAttribute } from './service-clients.ts'
export type { BranchKeyStorage, ItemToPut } from './storage.ts'
