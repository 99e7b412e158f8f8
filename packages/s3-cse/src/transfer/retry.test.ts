import { describe, expect, it } from 'vitest'
import { retried } from './retry.ts'

const { signal } = new AbortController()
const failure = new Error('the connection is lost')

/** Fails so many times; tells the pauses between. */
async function failing(times: number) {
  const pauses: number[] = []
  const outcome = retried(
    async (number) => (number <= times ? { kind: 'failed', error: failure } : { kind: 'done', value: number }),
    signal,
    async (milliseconds) => void pauses.push(milliseconds),
  )
  return { outcome: await outcome.catch((error: unknown) => error), pauses }
}

describe('an attempt', () => {
  it.each([
    [0, 1, []],
    [1, 2, [100]],
    [3, 4, [100, 200, 400]],
    [4, failure, [100, 200, 400]],
  ])('that fails %i times ends with %s, after pauses of %j ms', async (times, outcome, pauses) => {
    expect(await failing(times)).toEqual({ outcome, pauses })
  })

  it('that throws is the last one', async () => {
    let attempts = 0
    const attempt = async () => {
      attempts++
      throw failure
    }
    await expect(retried(attempt, signal)).rejects.toBe(failure)
    expect(attempts).toBe(1)
  })

  it.each(['during the attempt', 'during the pause'])('is not made again after an abort %s', async (when) => {
    const stop = new AbortController()
    const reason = new Error('enough')
    let attempts = 0
    const attempt = async () => {
      attempts++
      if (when === 'during the attempt') stop.abort(reason)
      else setTimeout(() => stop.abort(reason))
      return { kind: 'failed', error: failure } as const
    }
    await expect(retried(attempt, stop.signal)).rejects.toBe(reason)
    expect(attempts).toBe(1)
  })
})
