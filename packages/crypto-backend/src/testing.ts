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
import { aesGcmRules } from './testing/aes-gcm-rules.ts'
import { ecdhRules } from './testing/ecdh-rules.ts'
import { ecdsaRules } from './testing/ecdsa-rules.ts'
import { hashRules } from './testing/hash-rules.ts'
import { keyWrapRules } from './testing/key-wrap-rules.ts'
import { randomRules } from './testing/random-rules.ts'
import { rsaRules } from './testing/rsa-rules.ts'
import type { BackendRule } from './testing/rule.ts'
import { runRules } from './testing/run-rules.ts'

export type { BackendRule } from './testing/rule.ts'

/** What every backend does, one rule for each thing. */
export const backendRules: readonly BackendRule[] = [
  ...randomRules,
  ...hashRules,
  ...aesGcmRules,
  ...runRules,
  ...keyWrapRules,
  ...ecdsaRules,
  ...ecdhRules,
  ...rsaRules,
]

/**
 * Checks a backend against all of {@link backendRules}; takes some seconds.
 *
 * @throws AggregateError - names every rule that the backend breaks; `errors` holds what was found, in the same order
 */
export async function backendContract(backend: CryptoBackend): Promise<void> {
  const broken: { readonly name: string; readonly error: unknown }[] = []
  for (const { name, check } of backendRules) {
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
    `the backend "${backend.name}" breaks ${broken.length} of ${backendRules.length} rules:\n${lines.join('\n')}`,
  )
}
