import { describe, expect, it } from 'vitest'
import { pattern } from '../test/chunks.ts'
import { Collector, collect } from './collect.ts'
import type { Step, Steps } from './parts.ts'

/** Gives these steps, then throws `failure`. */
function stepsOf(steps: readonly Step[], failure?: unknown): Steps {
  let next = 0
  return async () => {
    const step = steps[next++]
    if (step === undefined) throw failure
    return step
  }
}

describe('collecting', () => {
  it('puts parts one behind the other', async () => {
    const steps = stepsOf([
      { parts: [pattern(2), pattern(3)], done: false },
      { parts: [], done: false },
      { parts: [pattern(4)], done: true },
    ])
    const whole = Uint8Array.of(...pattern(2), ...pattern(3), ...pattern(4))
    expect(await collect(new Collector(9), steps)).toEqual(whole)
  })

  it.each([0, 1, 8, 9, 10, 1000])(
    'ends in memory of its own and of the right length when %i bytes were expected',
    async (expected) => {
      const result = await collect(new Collector(expected), stepsOf([{ parts: [pattern(9)], done: true }]))
      expect(result).toEqual(pattern(9))
      expect(result.byteOffset).toBe(0)
      expect(result.buffer.byteLength).toBe(9)
    },
  )

  it('lets a part be written in its place, and copies it not again', async () => {
    const collector = new Collector(8)
    const room = collector.room(3) as Uint8Array
    room.set(pattern(3))
    collector.add(room)
    expect(collector.room(6)).toBeUndefined()
    const rest = collector.room(5) as Uint8Array
    expect(rest.byteOffset).toBe(3)
    rest.set(pattern(5))
    collector.add(rest)
    const whole = collector.finish()
    expect(whole).toEqual(Uint8Array.of(...pattern(3), ...pattern(5)))
    expect(whole.buffer).toBe(room.buffer)
  })

  it('overwrites what it held when it grows', () => {
    const collector = new Collector(4)
    const small = collector.room(4) as Uint8Array
    small.set(pattern(4))
    collector.add(small)
    collector.add(pattern(5))
    expect(small).toEqual(new Uint8Array(4))
    expect(collector.finish()).toEqual(Uint8Array.of(...pattern(4), ...pattern(5)))
  })

  it('overwrites everything when a part fails, and fails with it', async () => {
    const collector = new Collector(8)
    const room = collector.room(4) as Uint8Array
    room.set(pattern(4))
    const fault = new Error('the tag does not match')
    await expect(collect(collector, stepsOf([{ parts: [room], done: false }], fault))).rejects.toBe(fault)
    expect(room).toEqual(new Uint8Array(4))
  })
})
