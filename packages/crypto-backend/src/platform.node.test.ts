import { describe, expect, it } from 'vitest'
import { defaultBackend } from './index.ts'
import { nodeBackend } from './node.ts'
import { defaultBackend as webDefault } from './platform.web.ts'

describe('the backend of this platform', () => {
  it('is node:crypto in Node', () => {
    expect(defaultBackend).toBe(nodeBackend)
    expect(nodeBackend.name).toBe('node')
  })

  it('cannot be changed by other code in the process', () => {
    expect(Object.isFrozen(nodeBackend)).toBe(true)
  })

  it('is WebCrypto everywhere else', () => {
    expect(webDefault.name).toBe('web')
  })
})
