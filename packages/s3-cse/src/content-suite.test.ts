import { expect, it } from 'vitest'
import { contentSuites } from './content-suite.ts'

// A6: a suite that is said to commit would pass every commitment policy.
it('suites cannot be changed by the keyrings that get them', () => {
  for (const suite of Object.values(contentSuites)) {
    expect(() => Object.assign(suite, { committing: true, id: 0x0073 })).toThrow(TypeError)
    expect(() => (suite.keyLengths as unknown as number[]).push(0)).toThrow(TypeError)
  }
  expect(() => Object.assign(contentSuites, { cbc: contentSuites.committing })).toThrow(TypeError)
})
