import { describe, expect, it } from 'vitest'
import { pattern, take, turn } from '../test/chunks.ts'
import type { Step } from './parts.ts'
import { streamOf } from './web-stream.ts'

describe('a stream of steps', () => {
  it('asks for nothing before somebody reads, and then for one step at a time', async () => {
    let asked = 0
    const stream = streamOf(
      async () => ({ parts: [pattern(++asked)], done: asked === 3 }),
      () => {},
    )
    await turn()
    expect(asked).toBe(0)
    const reader = stream.getReader()
    expect((await reader.read()).value).toEqual(pattern(1))
    await turn()
    expect(asked).toBe(1)
    await reader.read()
    expect((await reader.read()).value).toEqual(pattern(3))
    expect(await reader.read()).toEqual({ done: true, value: undefined })
    expect(asked).toBe(3)
  })

  it('passes over empty parts, which readers take for an end', async () => {
    const steps: Step[] = [
      { parts: [], done: false },
      { parts: [new Uint8Array(0), pattern(2), new Uint8Array(0), pattern(1)], done: false },
      { parts: [new Uint8Array(0)], done: true },
    ]
    const taken = await take(
      streamOf(
        async () => steps.shift() as Step,
        () => {},
      ),
    )
    expect(taken.chunks).toEqual([pattern(2), pattern(1)])
    expect(taken.ended).toBe(true)
  })

  it('fails as a step fails, and does not end', async () => {
    const fault = new Error('no')
    const taken = await take(
      streamOf(
        () => Promise.reject(fault),
        () => {},
      ),
    )
    expect(taken).toMatchObject({ ended: false, error: fault })
  })

  it('closes at once when it is cancelled, also while a step is under way', async () => {
    const reasons: unknown[] = []
    let finish: (step: Step) => void = () => {}
    const pending = new Promise<Step>((resolve) => {
      finish = resolve
    })
    const reader = streamOf(
      () => pending,
      (reason) => void reasons.push(reason),
    ).getReader()
    const reading = reader.read()
    const cancelling = reader.cancel('enough')
    expect(reasons).toEqual(['enough'])
    await cancelling
    expect(await reading).toEqual({ done: true, value: undefined })
    // What comes too late goes nowhere, and is no unhandled rejection.
    finish({ parts: [pattern(1)], done: false })
    await turn()
  })
})
