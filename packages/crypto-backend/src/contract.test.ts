import { describe, expect, it } from 'vitest'
import { defaultBodyBackend } from './body.ts'
import { defaultBackend } from './index.ts'
import { backendRules, bodyBackendRules } from './testing.ts'

describe('the backend of this platform', () => {
  it.each(backendRules.map((rule) => [rule.name, rule] as const))('%s', async (_, rule) => {
    await expect(rule.check(defaultBackend)).resolves.toBeUndefined()
  })
})

describe('the backend for bodies of this platform', () => {
  it.each(bodyBackendRules.map((rule) => [rule.name, rule] as const))('%s', async (_, rule) => {
    await expect(rule.check(defaultBodyBackend)).resolves.toBeUndefined()
  })
})
