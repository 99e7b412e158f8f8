import { DataKey } from '@esdk/cmm'
import { defaultBackend } from '@esdk/crypto-backend'
import { algorithmSuites, hex } from '@esdk/serialize'
import { describe, expect, it } from 'vitest'
import { pattern } from '../test/chunks.ts'
import { deriveKeys } from '../test/sealed-message.ts'
import { deriveMessageKeys } from './message-keys.ts'

describe('the keys of a message', () => {
  it.each(algorithmSuites.map((suite) => [suite.name, suite] as const))(
    'are those that HKDF gives for %s',
    async (_, suite) => {
      const bytes = pattern(suite.keyLength, 5)
      const messageId = pattern(suite.messageIdLength, 77)
      const { contentKey, commitment } = await deriveMessageKeys(defaultBackend, suite, new DataKey(bytes), messageId)
      const expected = await deriveKeys(suite, bytes, messageId)
      expect(hex(contentKey)).toBe(hex(expected.contentKey))
      expect(contentKey.length).toBe(suite.keyLength)
      if (suite.committing) expect(hex(commitment as Uint8Array)).toBe(hex(expected.commitment))
      else expect(commitment).toBeUndefined()
    },
  )

  it('without derivation are the data key itself, in memory of its own', async () => {
    const [suite] = algorithmSuites
    const dataKey = new DataKey(pattern(16))
    const { contentKey } = await deriveMessageKeys(
      defaultBackend,
      suite as (typeof algorithmSuites)[0],
      dataKey,
      pattern(16),
    )
    expect(contentKey).toEqual(pattern(16))
    contentKey.fill(0)
    expect(dataKey.expose()).toEqual(pattern(16))
  })

  it('leave nothing behind of what they were extracted from', async () => {
    const seen: Uint8Array[] = []
    const backend = {
      hmac: async (...input: Parameters<typeof defaultBackend.hmac>) => {
        const output = await defaultBackend.hmac(...input)
        seen.push(output)
        return output
      },
    }
    const suite = algorithmSuites.find(({ id }) => id === 0x0478) as (typeof algorithmSuites)[0]
    const keys = await deriveMessageKeys(backend, suite, new DataKey(pattern(32)), pattern(32))
    // One to extract, one for each key.
    expect(seen).toHaveLength(3)
    for (const output of seen) expect(output.every((byte) => byte === 0)).toBe(true)
    expect(keys.contentKey.some((byte) => byte !== 0)).toBe(true)
  })
})
