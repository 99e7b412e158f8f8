import { describe, expect, it } from 'vitest'
import { EarlyRefresh } from './early-refresh.ts'

const settings = { gracePeriodMs: 100, graceIntervalMs: 10, fanOut: 2 }

describe('an entry is renewed', () => {
  it('from the grace period on, which its first millisecond belongs to', () => {
    const refresh = new EarlyRefresh(settings)
    expect([101, 100].map((expiresInMs) => refresh.isDue('a', expiresInMs, 0))).toEqual([false, true])
  })

  it('by one request in each interval', () => {
    const refresh = new EarlyRefresh(settings)
    expect([0, 1, 9, 10, 11, 20].map((now) => refresh.isDue('a', 50, now))).toEqual([
      true,
      false,
      false,
      true,
      false,
      true,
    ])
  })

  it('at once, when it comes near its end again after it was renewed', () => {
    const refresh = new EarlyRefresh(settings)
    expect(refresh.isDue('a', 50, 0)).toBe(true)
    refresh.done('a')
    expect(refresh.isDue('a', 50, 1)).toBe(true)
  })

  it('beside no more others than the fan-out; attempts that are over make room', () => {
    const refresh = new EarlyRefresh(settings)
    expect(['a', 'b', 'c'].map((id) => refresh.isDue(id, 50, 0))).toEqual([true, true, false])
    expect(refresh.isDue('c', 50, 10)).toBe(true)
    expect(refresh.isDue('d', 50, 10)).toBe(true)
    expect(refresh.isDue('e', 50, 10)).toBe(false)
  })
})
