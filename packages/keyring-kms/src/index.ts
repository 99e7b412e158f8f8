/**
 * `@esdk/keyring-kms`: keyrings over keys of AWS KMS.
 *
 * @module
 */

export { type ClientFor, excludeRegions, limitRegions, reuseClients } from './client-for.ts'
export {
  type DiscoveryFilter,
  type KmsDiscoveryKeyringOptions,
  type KmsMrkDiscoveryKeyringOptions,
  kmsDiscoveryKeyring,
  kmsMrkDiscoveryKeyring,
} from './discovery-keyring.ts'
export type {
  KmsCallOptions,
  KmsClient,
  KmsEcdhClient,
  KmsRsaClient,
  KmsRsaPadding,
  UnwrappedAnswer,
  WrappedAnswer,
} from './kms-client.ts'
export { type KmsEcdhKeyringOptions, kmsEcdhKeyring } from './kms-ecdh-keyring.ts'
export { type KmsKeyringOptions, kmsKeyring, kmsMrkKeyring } from './kms-keyring.ts'
export { type KmsRsaKeyringOptions, kmsRsaKeyring } from './kms-rsa-keyring.ts'
