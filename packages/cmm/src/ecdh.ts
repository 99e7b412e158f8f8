/**
 * `@esdk/cmm/ecdh`: what keyrings share that wrap data keys by elliptic-curve agreement.
 *
 * @module
 */

export {
  type EcdhProviderInfo,
  encodeEcdhProviderInfo,
  findEcdhParties,
  isEcdhProvider,
  kmsEcdhProviderId,
  parseEcdhProviderInfo,
  rawEcdhProviderId,
} from './ecdh-provider-info.ts'
export { type EcdhAgreement, unwrapWithSharedSecret, wrapWithSharedSecret } from './ecdh-wrapping.ts'
