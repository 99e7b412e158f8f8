import { describe, expect, it } from 'vitest'
import { plaintextLength } from './plaintext-length.ts'

const gcm = { content: { kind: 'gcm', iv: new Uint8Array(12) } } as const
const committing = {
  content: { kind: 'committing', messageId: new Uint8Array(28), commitment: new Uint8Array(28) },
} as const
const cbc = { content: { kind: 'cbc', iv: new Uint8Array(16) } } as const

describe('the length of a plaintext', () => {
  it.each([gcm, committing])('is that of the body without its tag of 16 bytes: %o', (envelope) => {
    expect(plaintextLength(envelope, 16)).toBe(0)
    expect(plaintextLength(envelope, 17)).toBe(1)
    expect(plaintextLength(envelope, 5_000_000_016)).toBe(5_000_000_000)
  })

  it.each([0, 1, 15])('is none in a body of %i bytes, which has no tag', (length) => {
    expect(() => plaintextLength(gcm, length)).toThrow(expect.objectContaining({ code: 'ERR_ESDK_BODY_AUTH' }))
    expect(() => plaintextLength(committing, length)).toThrow(expect.objectContaining({ code: 'ERR_ESDK_BODY_AUTH' }))
  })

  it('is unknown for CBC until it is decrypted', () => {
    expect(plaintextLength(cbc, 32)).toBeUndefined()
  })
})
