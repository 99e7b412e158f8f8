import { describe, expect, it } from 'vitest'
import { nodeBodyBackend } from './body/node.ts'
import { defaultBodyBackend } from './body.ts'
import { defaultBodyBackend as webDefault } from './body-platform.web.ts'

describe('the backend for bodies of this platform', () => {
  it('is node:crypto in Node, and cannot be changed by other code in the process', () => {
    expect(defaultBodyBackend).toBe(nodeBodyBackend)
    expect(nodeBodyBackend.name).toBe('node')
    expect(Object.isFrozen(nodeBodyBackend)).toBe(true)
  })

  it('is WebCrypto everywhere else', () => {
    expect(webDefault.name).toBe('web')
  })
})
