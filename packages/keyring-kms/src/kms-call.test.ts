import { describe, expect, it } from 'vitest'
import { type FakeAnswer, fakeKms } from '../test/fake-kms.ts'
import { edkOf, oregon, rejectionOf, toDecrypt, toEncrypt, toWrap } from '../test/materials.ts'
import { kmsDiscoveryKeyring } from './discovery-keyring.ts'
import { callKms } from './kms-call.ts'
import { kmsKeyring } from './kms-keyring.ts'

/** A promise that is settled from outside. */
function later<Value>() {
  let resolve: (value: Value) => void = () => {}
  let reject: (reason: unknown) => void = () => {}
  const promise = new Promise<Value>((onValue, onError) => {
    resolve = onValue
    reject = onError
  })
  return { promise, resolve, reject }
}

/** An AWS KMS that is asked, and answers when the test says so. */
function waitingKms() {
  const kms = fakeKms()
  kms.addKeys(oregon)
  const wasAsked = later<void>()
  const answer = later<FakeAnswer>()
  kms.answering = () => {
    wasAsked.resolve()
    return answer.promise
  }
  return { kms, wasAsked: wasAsked.promise, answer }
}

const reason = new Error('the caller has lost interest')

describe('an abort during a call of AWS KMS (M4)', () => {
  const uses = [
    ['GenerateDataKey', (kms, signal) => strict(kms).onEncrypt(toEncrypt(), { signal })],
    ['Encrypt', (kms, signal) => strict(kms).onEncrypt(toWrap(), { signal })],
    ['Decrypt', (kms, signal) => strict(kms).onDecrypt(toDecrypt(), [edkOf(oregon), edkOf(oregon)], { signal })],
    [
      'Decrypt',
      (kms, signal) =>
        kmsDiscoveryKeyring({ clientFor: kms.clientFor }).onDecrypt(toDecrypt(), [edkOf(oregon), edkOf(oregon)], {
          signal,
        }),
    ],
  ] satisfies [string, (kms: ReturnType<typeof fakeKms>, signal: AbortSignal) => Promise<unknown>][]

  function strict(kms: ReturnType<typeof fakeKms>) {
    return kmsKeyring({ generatorKeyId: oregon, clientFor: kms.clientFor })
  }

  it.each(uses)('ends %s with its reason, without waiting, and makes no other call', async (operation, use) => {
    const { kms, wasAsked } = waitingKms()
    const abort = new AbortController()
    const ended = rejectionOf(use(kms, abort.signal))
    await wasAsked
    abort.abort(reason)
    expect(await ended).toBe(reason)
    expect(kms.calls.map((call) => call.operation)).toEqual([operation])
    expect(kms.calls[0]?.options?.abortSignal).toBe(abort.signal)
  })

  it.each(uses)('zeroes an answer to %s that comes too late', async (_, use) => {
    const { kms, wasAsked, answer } = waitingKms()
    const abort = new AbortController()
    const ended = rejectionOf(use(kms, abort.signal))
    await wasAsked
    abort.abort(reason)
    await ended
    const Plaintext = new Uint8Array(32).fill(7)
    const SharedSecret = new Uint8Array(32).fill(7)
    answer.resolve({ KeyId: oregon, Plaintext, SharedSecret })
    // Reactions run in the order in which they were registered: ours came before this one.
    await answer.promise.then(() => new Promise<void>((resolve) => setTimeout(resolve)))
    expect(Plaintext).toEqual(new Uint8Array(32))
    expect(SharedSecret).toEqual(new Uint8Array(32))
  })

  it.each(uses)('is no rejection that nobody handles when %s fails later', async (_, use) => {
    const { kms, wasAsked, answer } = waitingKms()
    const abort = new AbortController()
    const ended = rejectionOf(use(kms, abort.signal))
    await wasAsked
    abort.abort(reason)
    expect(await ended).toBe(reason)
    // vitest fails the run for a rejection without a handler.
    answer.reject(new Error('too late'))
    await answer.promise.catch(() => {})
  })

  it.each(uses)('makes no call at all when it came before %s', async (_, use) => {
    const { kms } = waitingKms()
    expect(await rejectionOf(use(kms, AbortSignal.abort(reason)))).toBe(reason)
    expect(kms.calls).toEqual([])
    expect(kms.regions).toEqual([])
  })
})

describe('a call', () => {
  const name = { operation: 'Decrypt', keyId: oregon, region: undefined }

  it('may throw at once, or answer at once', async () => {
    const thrown = callKms(name, undefined, () => {
      throw new RangeError('at once')
    })
    await expect(thrown).rejects.toThrow('RangeError: "at once"')
    const answer = { KeyId: oregon }
    expect(await callKms(name, undefined, (() => answer) as never)).toBe(answer)
  })

  it('is described by its key and Region, and in one line', async () => {
    const failed = callKms(name, undefined, async () => {
      throw Object.assign(new Error('line 1\nline 2\u001b[31m'), { name: 'X\nY' })
    })
    const error = await rejectionOf(failed)
    expect(error.message).toBe(
      `KMS Decrypt with "${oregon}" in the default Region failed: X\\u{a}Y: "line 1\\u{a}line 2\\u{1b}[31m"`,
    )
  })
})
