import { afterEach, describe, expect, it, vi } from 'vitest'
import { Breaks } from './event-loop.ts'

afterEach(() => vi.unstubAllGlobals())

describe('breaks', () => {
  it('are taken after 20 ms, and then not before another 20', async () => {
    let time = 1000
    const breaks = new Breaks(() => time)
    expect(breaks.take()).toBeUndefined()
    time += 19
    expect(breaks.take()).toBeUndefined()
    time += 1
    const pause = breaks.take()
    expect(pause).toBeInstanceOf(Promise)
    time += 100
    await pause
    expect(breaks.take()).toBeUndefined()
    time += 19
    expect(breaks.take()).toBeUndefined()
    time += 1
    expect(breaks.take()).toBeInstanceOf(Promise)
  })

  it.each([
    ['', {}],
    [' where there is no MessageChannel', { MessageChannel: undefined }],
  ])('let the event loop turn%s', async (_, globals) => {
    for (const [name, value] of Object.entries(globals)) vi.stubGlobal(name, value)
    let turned = false
    setTimeout(() => {
      turned = true
    }, 0)
    // As often as it takes: the order of timers and messages is the platform's. Promises alone would never get there.
    let time = 0
    const breaks = new Breaks(() => time)
    for (let i = 0; i < 10_000 && !turned; i++) {
      time += 20
      await breaks.take()
    }
    expect(turned).toBe(true)
  })

  it('go by the clock of the platform', () => {
    const breaks = new Breaks()
    const end = performance.now() + 20
    while (performance.now() < end);
    expect(breaks.take()).toBeInstanceOf(Promise)
  })
})
