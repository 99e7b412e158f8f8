import { KeyringError, MaterialsError, PlatformError } from '@esdk/cmm'
import { isEsdkError, MessageFormatError } from '@esdk/serialize'
import { describe, expect, it } from 'vitest'
import { turn } from '../test/chunks.ts'
import { ByteReader } from './byte-reader.ts'
import { failureOf, fromPlugIn } from './failure.ts'

const ours = new MessageFormatError('ERR_ESDK_TRUNCATED', 'cut')
const theirs = new RangeError('not ours')

describe('the error of an operation', () => {
  it('is the reason of the abort, whatever else went wrong', () => {
    const signal = AbortSignal.abort('no more')
    expect(failureOf(ours, signal)).toBe('no more')
    expect(failureOf(theirs, signal)).toBe('no more')
    expect(failureOf(ours, new AbortController().signal)).toBe(ours)
  })

  it('is ours as it is', () => {
    expect(failureOf(ours, undefined)).toBe(ours)
  })

  it('is what the caller’s source threw, as it is', async () => {
    const reader = new ByteReader({ next: () => Promise.reject(theirs), close() {} })
    await Promise.resolve(reader.fill(1)).catch(() => {})
    expect(failureOf(theirs, undefined, reader)).toBe(theirs)
    expect(failureOf(new RangeError('another'), undefined, reader)).toBeInstanceOf(PlatformError)
  })

  it.each([theirs, 'a text', undefined])('is the platform’s otherwise, and wrapped: %s', (error) => {
    const failure = failureOf(error, undefined)
    expect(failure).toBeInstanceOf(PlatformError)
    expect(failure).toMatchObject({ code: 'ERR_ESDK_PLATFORM', cause: error })
    expect(isEsdkError(failure)).toBe(true)
  })
})

describe('a call of a plug-in', () => {
  const ignore = () => {}

  it('gives what the plug-in gives', async () => {
    expect(await fromPlugIn(async () => 7, undefined, ignore)).toBe(7)
    expect(await fromPlugIn(async () => 7, new AbortController().signal, ignore)).toBe(7)
  })

  it('passes on errors of esdk, and wraps others', async () => {
    const error = new KeyringError('no such key')
    for (const signal of [undefined, new AbortController().signal]) {
      await expect(fromPlugIn(() => Promise.reject(error), signal, ignore)).rejects.toBe(error)
      for (const cause of [theirs, 'a text', undefined]) {
        const failure = await fromPlugIn(() => Promise.reject(cause), signal, ignore).catch((caught: unknown) => caught)
        expect(failure).toBeInstanceOf(MaterialsError)
        expect(failure).toMatchObject({ code: 'ERR_ESDK_MATERIALS', cause })
      }
    }
    await expect(fromPlugIn(() => Promise.reject(theirs), undefined, ignore)).rejects.toThrow(
      'the keyring or materials manager failed: not ours',
    )
  })

  it('takes an error that is thrown like one that is rejected with', async () => {
    const throwing = () => {
      throw theirs
    }
    await expect(fromPlugIn(throwing, undefined, ignore)).rejects.toMatchObject({ cause: theirs })
  })

  it.each([undefined, null, 7, {}])('needs a promise, not %s', async (value) => {
    const call = (() => value) as unknown as () => Promise<number>
    await expect(fromPlugIn(call, undefined, ignore)).rejects.toThrow(
      'the keyring or materials manager failed: it gave no promise',
    )
  })

  it('is not made when the signal is aborted already', async () => {
    let called = false
    const call = async () => {
      called = true
    }
    await expect(fromPlugIn(call, AbortSignal.abort('no more'), ignore)).rejects.toBe('no more')
    expect(called).toBe(false)
  })

  it('ends with the reason of an abort, and cleans up what comes too late', async () => {
    const controller = new AbortController()
    let answer: (value: string) => void = () => {}
    const pending = new Promise<string>((resolve) => {
      answer = resolve
    })
    const late: string[] = []
    const call = fromPlugIn(
      () => pending,
      controller.signal,
      (value) => late.push(value),
    )
    controller.abort('no more')
    await expect(call).rejects.toBe('no more')
    expect(late).toEqual([])
    answer('a data key')
    await turn()
    expect(late).toEqual(['a data key'])
  })

  it('is quiet about an error that comes too late', async () => {
    const controller = new AbortController()
    let fail: (error: unknown) => void = () => {}
    const pending = new Promise<never>((_, reject) => {
      fail = reject
    })
    const call = fromPlugIn(() => pending, controller.signal, ignore)
    controller.abort('no more')
    await expect(call).rejects.toBe('no more')
    fail(theirs)
    await turn()
  })
})
