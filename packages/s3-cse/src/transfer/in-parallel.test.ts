import { describe, expect, it } from 'vitest'
import { inParallel } from './in-parallel.ts'

async function* counting(count: number) {
  for (let i = 0; i < count; i++) yield i
}

describe('work in parallel', () => {
  it.each([1, 3, 100])('is done for all items, in %i lanes at most', async (lanes) => {
    let [now, most] = [0, 0]
    const done: number[] = []
    let open = () => {}
    const allLanesWork = new Promise<void>((resolve) => {
      open = resolve
    })
    await inParallel(counting(10), lanes, new AbortController(), async (item) => {
      most = Math.max(most, ++now)
      if (now === Math.min(10, lanes)) open()
      await allLanesWork
      now--
      done.push(item)
    })
    expect(done.toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    expect(most).toBe(Math.min(10, lanes))
  })

  it('ends with the first failure, when what is under way has ended, and begins nothing new', async () => {
    const failure = new Error('the first')
    const stop = new AbortController()
    const begun: number[] = []
    let ended = false
    const work = inParallel(counting(100), 2, stop, async (item, signal) => {
      begun.push(item)
      if (item === 1) throw failure
      await new Promise((resolve) => signal.addEventListener('abort', resolve))
      await Promise.resolve()
      ended = true
      throw new Error('what that led to')
    })
    await expect(work).rejects.toBe(failure)
    expect({ begun, ended, reason: stop.signal.reason as unknown }).toEqual({
      begun: [0, 1],
      ended: true,
      reason: failure,
    })
  })

  it('ends while an item is waited for, with the reason of the abort', async () => {
    const stop = new AbortController()
    async function* stalled() {
      yield 0
      await new Promise(() => {})
    }
    const reason = new Error('the reason')
    const work = inParallel(stalled(), 3, stop, async () => stop.abort(reason))
    await expect(work).rejects.toBe(reason)
  })

  it('ends with the failure of the source', async () => {
    const failure = new Error('no such file')
    async function* failing() {
      yield 0
      throw failure
    }
    await expect(inParallel(failing(), 2, new AbortController(), async () => {})).rejects.toBe(failure)
  })

  it('closes the source after a failure', async () => {
    let closed = false
    async function* source() {
      try {
        yield* counting(10)
      } finally {
        closed = true
      }
    }
    const refuse = async () => {
      throw new Error('no')
    }
    await expect(inParallel(source(), 1, new AbortController(), refuse)).rejects.toThrow('no')
    await expect.poll(() => closed).toBe(true)
  })
})
