import { describe, expect, it } from 'vitest'
import { untilAborted } from './until-aborted.ts'

const reason = new Error('the reason')

describe('waiting until an abort', () => {
  it('gives what comes, with a signal and without', async () => {
    expect(await untilAborted(Promise.resolve(5), undefined)).toBe(5)
    expect(await untilAborted(Promise.resolve(5), new AbortController().signal)).toBe(5)
  })

  it('rejects with what fails', async () => {
    const failure = new Error('failed')
    await expect(untilAborted(Promise.reject(failure), new AbortController().signal)).rejects.toBe(failure)
  })

  it('rejects with the reason, also of an abort that came before', async () => {
    await expect(untilAborted(new Promise(() => {}), AbortSignal.abort(reason))).rejects.toBe(reason)
  })

  it('gives what comes too late to be cleaned up, and survives a clean-up that throws', async () => {
    const cleaned: unknown[] = []
    const abort = new AbortController()
    const pending = Promise.resolve({ late: true })
    const waiting = untilAborted(
      pending.then(async (value) => {
        await waiting.catch(() => {})
        return value
      }),
      abort.signal,
      (value) => {
        cleaned.push(value)
        throw new Error('the clean-up failed')
      },
    )
    abort.abort(reason)
    await expect(waiting).rejects.toBe(reason)
    await new Promise<void>((resolve) => setTimeout(resolve))
    expect(cleaned).toEqual([{ late: true }])
  })

  it.each([0, 1, 2, 3, 4, 5])(
    'hands a value to one of the two when the abort comes %i steps after it',
    async (steps) => {
      const tooLate: unknown[] = []
      const abort = new AbortController()
      let give: (value: string) => void = () => {}
      const pending = new Promise<string>((resolve) => {
        give = resolve
      })
      const outcome = untilAborted(pending, abort.signal, (value) => tooLate.push(value)).catch(
        (error: unknown) => error,
      )
      give('the value')
      for (let step = 0; step < steps; step++) await Promise.resolve()
      abort.abort(reason)
      const given = await outcome
      await new Promise<void>((resolve) => setTimeout(resolve))
      expect(given === reason ? tooLate : [given]).toEqual(['the value'])
      expect(tooLate).toHaveLength(given === reason ? 1 : 0)
    },
  )

  it('leaves no listener behind', async () => {
    const listeners: string[] = []
    const { signal } = new AbortController()
    const watched = Object.assign(signal, {
      addEventListener: () => listeners.push('added'),
      removeEventListener: () => listeners.push('removed'),
    })
    await untilAborted(Promise.resolve(5), watched as unknown as AbortSignal)
    expect(listeners).toEqual(['added', 'removed'])
  })
})
