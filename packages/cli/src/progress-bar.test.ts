import { describe, expect, it } from 'vitest'
import { progressLine, RateMeter } from './progress-bar.ts'

const state = {
  shown: 'photo.raw',
  done: 32 * 1024 ** 2,
  total: 64 * 1024 ** 2,
  rate: 16 * 1024 ** 2,
  index: 1,
  count: 1,
}

describe('the progress line', () => {
  it('has name, bar, part, bytes, rate and time left', () => {
    expect(progressLine(state, { columns: 100, unicode: false })).toBe(
      'photo.raw  ###############...............  50%  32.0 MiB of 64.0 MiB  16.0 MiB/s  0:02 left',
    )
  })

  it('says which of how many', () => {
    expect(progressLine({ ...state, index: 2, count: 17 }, { columns: 100, unicode: true })).toContain(
      '(2 of 17) photo.raw  ████',
    )
  })

  it('is full at the end, and for an empty file', () => {
    expect(progressLine({ ...state, done: state.total }, { columns: 100, unicode: false })).toContain('100%')
    expect(progressLine({ ...state, done: 0, total: 0 }, { columns: 100, unicode: false })).toContain('100%')
  })

  it('has no bar where the length is not known', () => {
    const line = progressLine({ ...state, total: undefined }, { columns: 100, unicode: false })
    expect(line).toBe('photo.raw  32.0 MiB  16.0 MiB/s')
  })

  it.each([1, 10, 20, 40, 60, 80, 200])('is shorter than a terminal of %i columns', (columns) => {
    for (const shown of ['a', 'long'.repeat(50)]) {
      for (const total of [undefined, 2 ** 50]) {
        const line = progressLine({ ...state, shown, total, index: 999, count: 1000 }, { columns, unicode: true })
        expect([...line].length).toBeLessThan(Math.max(columns, 4))
      }
    }
  })
})

describe('the rate', () => {
  it('is bytes in a second, by a clock that is passed in', () => {
    let time = 1000
    const meter = new RateMeter(() => time)
    time += 100
    expect(meter.measure(500)).toBeUndefined()
    time += 400
    expect(meter.measure(1000)).toBe(2000)
    time += 500
    // 0.7 of the rate so far, and 0.3 of the new one, which is 4000.
    expect(meter.measure(3000)).toBeCloseTo(0.7 * 2000 + 0.3 * 4000)
  })
})
