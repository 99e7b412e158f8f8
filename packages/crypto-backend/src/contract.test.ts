import { describe, expect, it } from 'vitest'
import { defaultBackend } from './index.ts'
import { backendRules } from './testing.ts'

describe('the backend of this platform', () => {
  it.each(backendRules.map((rule) => [rule.name, rule] as const))('%s', async (_, rule) => {
    await expect(rule.check(defaultBackend)).resolves.toBeUndefined()
  })
})
