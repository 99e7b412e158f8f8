/**
 * `@esdk/crypto-backend/testing`: what every backend does, as rules that any test runner can check.
 *
 * ```ts
 * import { backendRules } from '@esdk/crypto-backend/testing'
 *
 * it.each(backendRules.map((rule) => [rule.name, rule] as const))('%s', (_, rule) => rule.check(myBackend))
 * ```
 *
 * @module
 */

import type { CryptoBackend } from './backend.ts'
import type { BodyBackend } from './body-backend.ts'
import { aesGcmRules } from './testing/aes-gcm-rules.ts'
import { bodyGcmRules } from './testing/body-gcm-rules.ts'
import { bodyPartsRules } from './testing/body-parts-rules.ts'
import { cbcRules } from './testing/cbc-rules.ts'
import { ecbKeyRules } from './testing/ecb-key-rules.ts'
import { ecdhRules } from './testing/ecdh-rules.ts'
import { ecdsaRules } from './testing/ecdsa-rules.ts'
import { hashRules } from './testing/hash-rules.ts'
import { keyWrapRules } from './testing/key-wrap-rules.ts'
import { randomRules } from './testing/random-rules.ts'
import { rangeRules } from './testing/range-rules.ts'
import { rsaRules } from './testing/rsa-rules.ts'
import type { BackendRule, BodyBackendRule, Rule } from './testing/rule.ts'
import { runRules } from './testing/run-rules.ts'

export type { BackendRule, BodyBackendRule, Rule } from './testing/rule.ts'

/** What every backend does, one rule for each thing. */
export const backendRules: readonly BackendRule[] = [
  ...randomRules,
  ...hashRules,
  ...aesGcmRules,
  ...runRules,
  ...ecdsaRules,
  ...ecdhRules,
  ...rsaRules,
]

/** What every backend for bodies does, one rule for each thing. */
export const bodyBackendRules: readonly BodyBackendRule[] = [
  ...bodyGcmRules,
  ...bodyPartsRules,
  ...rangeRules,
  ...cbcRules,
  ...ecbKeyRules,
  ...keyWrapRules,
]

/**
 * Checks a backend against all of {@link backendRules}; takes some seconds.
 *
 * @throws AggregateError - names every rule that the backend breaks; `errors` holds what was found, in the same order
 */
export function backendContract(backend: CryptoBackend): Promise<void> {
  return checkAll(backendRules, backend)
}

/**
 * Checks a backend for bodies against all of {@link bodyBackendRules}; takes some seconds.
 *
 * @throws AggregateError - as {@link backendContract}
 */
export function bodyBackendContract(backend: BodyBackend): Promise<void> {
  return checkAll(bodyBackendRules, backend)
}

async function checkAll<Backend extends { readonly name: string }>(
  rules: readonly Rule<Backend>[],
  backend: Backend,
): Promise<void> {
  const broken: { readonly name: string; readonly error: unknown }[] = []
  for (const { name, check } of rules) {
    try {
      await check(backend)
    } catch (error) {
      broken.push({ name, error })
    }
  }
  if (broken.length === 0) return
  const lines = broken.map(({ name, error }) => `- ${name}: ${error instanceof Error ? error.message : String(error)}`)
  throw new AggregateError(
    broken.map(({ error }) => error),
    `the backend "${backend.name}" breaks ${broken.length} of ${rules.length} rules:\n${lines.join('\n')}`,
  )
}
