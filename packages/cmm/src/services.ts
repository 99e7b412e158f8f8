/**
 * `@esdk/cmm/services`: what keyrings share that call services of AWS.
 *
 * @module
 */

export { type CheckedFilter, checkDiscoveryFilter, filterAllows } from './discovery-filter.ts'
export { callService, checkGrantTokens, type ServiceCallOptions, zeroSecret } from './service-call.ts'
export { describeServiceError, isCredentialFailure } from './service-error.ts'
