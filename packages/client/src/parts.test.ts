import { PlatformError } from '@esdk/cmm'
import { describe, expect, it } from 'vitest'
import { ByteReader } from './byte-reader.ts'
import { guarded, noRoom, report, type Step } from './parts.ts'

function watched() {
  const reasons: unknown[] = []
  const reader = new ByteReader({ next: () => new Promise(() => {}), close: (reason) => void reasons.push(reason) })
  return { reader, reasons }
}

const step = (done: boolean): Step => ({ parts: [], done })

describe('guarded steps', () => {
  it('leave the reader open until the last of them', async () => {
    const { reader, reasons } = watched()
    const steps = [step(false), step(true)]
    const next = guarded(() => steps.shift() as Step, reader, undefined)
    expect(await next()).toEqual(step(false))
    expect(reasons).toEqual([])
    expect(await next()).toEqual(step(true))
    expect(reasons).toEqual([undefined])
  })

  it('close the reader with the failure, thrown or rejected', async () => {
    for (const fail of [
      () => {
        throw new RangeError('no')
      },
      () => Promise.reject(new RangeError('no')),
    ]) {
      const { reader, reasons } = watched()
      const failure = await guarded(fail, reader, undefined)().catch((error: unknown) => error)
      expect(failure).toBeInstanceOf(PlatformError)
      expect(reasons).toEqual([failure])
    }
  })

  it('do nothing once the signal is aborted, and fail with its reason', async () => {
    const { reader, reasons } = watched()
    let asked = 0
    const next = guarded(
      () => {
        asked++
        return step(false)
      },
      reader,
      AbortSignal.abort('no more'),
    )
    await expect(next()).rejects.toBe('no more')
    expect(asked).toBe(0)
    expect(reasons).toEqual(['no more'])
  })

  it('end a wait when the signal is aborted', async () => {
    const { reader, reasons } = watched()
    const controller = new AbortController()
    const next = guarded(async () => step(!(await reader.fill(1))), reader, controller.signal)
    const waiting = next()
    controller.abort('no more')
    await expect(waiting).rejects.toBe('no more')
    expect(reasons).toEqual(['no more'])
  })

  it('listen to a signal no longer than they last', async () => {
    const { signal } = new AbortController()
    let listening = 0
    const add = signal.addEventListener.bind(signal)
    const remove = signal.removeEventListener.bind(signal)
    signal.addEventListener = (...args: Parameters<typeof add>) => {
      listening++
      add(...args)
    }
    signal.removeEventListener = (...args: Parameters<typeof remove>) => {
      listening--
      remove(...args)
    }
    for (const last of [() => step(true), () => Promise.reject(new Error('no'))]) {
      const steps = [() => step(false), last]
      const next = guarded(() => (steps.shift() as () => Step)(), watched().reader, signal)
      await next()
      expect(listening).toBe(1)
      await next().catch(() => {})
      expect(listening).toBe(0)
    }
  })
})

describe('noRoom', () => {
  it('has room for nothing', () => {
    expect(noRoom(0)).toBeUndefined()
  })
})

describe('a report of progress', () => {
  const progress = { plaintextBytes: 1, ciphertextBytes: 2 }

  it('goes to the caller, if it wants to know', () => {
    const { reader } = watched()
    const seen: unknown[] = []
    report((given) => seen.push(given), progress, reader)
    report(undefined, progress, reader)
    expect(seen).toEqual([progress])
    expect(reader.failure).toBeUndefined()
  })

  it('that fails is the fault of the caller, and remembered as such', () => {
    const { reader } = watched()
    const fault = new Error('no such element')
    const failing = () => {
      throw fault
    }
    expect(() => report(failing, progress, reader)).toThrow(fault)
    expect(reader.failure).toBe(fault)
  })
})
