import { describe, expect, it } from 'vitest'
import { finallyDo } from './clean-up.ts'

describe('finallyDo', () => {
  it('cleans up at once behind a value, and behind what is thrown', () => {
    let cleaned = 0
    expect(
      finallyDo(
        () => 7,
        () => void cleaned++,
      ),
    ).toBe(7)
    expect(cleaned).toBe(1)
    const failing = () => {
      throw new Error('no')
    }
    expect(() => finallyDo(failing, () => void cleaned++)).toThrow('no')
    expect(cleaned).toBe(2)
  })

  it('cleans up behind a promise when it is settled, not before', async () => {
    for (const settle of ['resolve', 'reject'] as const) {
      let cleaned = 0
      let done: (value: string) => void = () => {}
      const pending = new Promise<string>((resolve, reject) => {
        done = settle === 'resolve' ? resolve : reject
      })
      const result = finallyDo(
        () => pending,
        () => void cleaned++,
      )
      expect(cleaned).toBe(0)
      done('over')
      expect(await Promise.resolve(result).catch((reason: unknown) => reason)).toBe('over')
      expect(cleaned).toBe(1)
    }
  })
})
