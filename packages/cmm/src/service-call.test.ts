import { describe, expect, it } from 'vitest'
import { callService, checkGrantTokens, zeroSecret } from './service-call.ts'

const failed = (cause: unknown) => new Error('the call failed', { cause })

describe('a call of a service', () => {
  it('may answer at once, or throw at once', async () => {
    expect(await callService((() => 5) as never, undefined, { failed })).toBe(5)
    const cause = new RangeError('at once')
    const thrown = callService(
      () => {
        throw cause
      },
      undefined,
      { failed },
    )
    await expect(thrown).rejects.toEqual(new Error('the call failed', { cause }))
  })

  it('gets the signal, and no option where there is none', async () => {
    const { signal } = new AbortController()
    expect(await callService(async (options) => options.abortSignal, { signal }, { failed })).toBe(signal)
    expect(await callService(async (options) => options, {}, { failed })).toEqual({})
  })

  it('ends with the reason of an abort, and hands the late answer on', async () => {
    const controller = new AbortController()
    const reason = new Error('enough')
    let answer: (text: string) => void = () => {}
    const pending = new Promise<string>((resolve) => {
      answer = resolve
    })
    let tooLate: (text: string) => void = () => {}
    const late = new Promise<string>((resolve) => {
      tooLate = resolve
    })
    const called = callService(() => pending, controller, { failed, tooLate })
    controller.abort(reason)
    await expect(called).rejects.toBe(reason)
    answer('late')
    expect(await late).toBe('late')
  })

  it('is not made at all when the abort came before', async () => {
    let calls = 0
    const call = async () => calls++
    await expect(callService(call, { signal: AbortSignal.abort('before') }, { failed })).rejects.toBe('before')
    expect(calls).toBe(0)
  })
})

describe('what may be a secret', () => {
  it('is overwritten in its own bytes, and in no others', () => {
    const memory = new Uint8Array(8).fill(7)
    zeroSecret(memory.subarray(2, 4))
    zeroSecret(new DataView(memory.buffer, 6, 1))
    expect([...memory]).toEqual([7, 7, 0, 0, 7, 7, 0, 7])
    zeroSecret(memory.buffer)
    expect([...memory]).toEqual([0, 0, 0, 0, 0, 0, 0, 0])
  })

  it.each(['text', 5, undefined, null, {}])('is left alone where it cannot be overwritten: %j', (value) => {
    expect(() => zeroSecret(value)).not.toThrow()
  })
})

describe('grant tokens', () => {
  it('are a copy that nobody changes', () => {
    const given = ['a']
    const checked = checkGrantTokens(given)
    given.push('b')
    expect(checked).toEqual(['a'])
    expect(Object.isFrozen(checked)).toBe(true)
    expect(checkGrantTokens()).toEqual([])
  })

  it.each(['a', [''], [5], [undefined], {}, 5, null])('are a list of texts, and not %j', (value) => {
    expect(() => checkGrantTokens(value as never)).toThrow(TypeError)
  })
})
