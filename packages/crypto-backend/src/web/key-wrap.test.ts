import { describe, expect, it } from 'vitest'
import { withSubtle } from '../../test/changed-subtle.ts'
import { unwrapAesKey } from './key-wrap.ts'

const { subtle } = globalThis.crypto

describe('unwrapAesKey', () => {
  it('is nothing when the platform gives a key that is none', async () => {
    const lenient = withSubtle({
      async exportKey() {
        return new ArrayBuffer(40)
      },
    } as unknown as Partial<SubtleCrypto>)
    const wrapped = Uint8Array.from('1fa68b0a8112b447aef34bd8fb5a7b829d3e862371d2cfe5'.match(/../g) ?? [], (byte) =>
      Number.parseInt(byte, 16),
    )
    const wrappingKey = Uint8Array.from({ length: 16 }, (_, i) => i)
    expect(await unwrapAesKey(subtle, wrappingKey, wrapped)).toHaveLength(16)
    expect(await unwrapAesKey(lenient, wrappingKey, wrapped)).toBeUndefined()
  })
})
