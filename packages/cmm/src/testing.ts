/**
 * `@esdk/cmm/testing`: what every keyring and every materials manager must do, as rules that any test runner can run.
 *
 * ```ts
 * import { keyringContract } from '@esdk/cmm/testing'
 *
 * it('is a keyring', () => keyringContract(() => vaultKeyring(fakeVault, 'orders')))
 * ```
 *
 * The rules need nothing but the package itself: no test runner, no network, and in a browser they run as well.
 *
 * @module
 */

export { cmmContract, cmmRules } from './testing/cmm-rules.ts'
export type { CmmContractOptions } from './testing/cmm-setting.ts'
export { ContractError, type Make, type Rule, type RuleFailure } from './testing/contract.ts'
export { keyringContract, keyringRules } from './testing/keyring-rules.ts'
export type { KeyringContractOptions } from './testing/keyring-setting.ts'
