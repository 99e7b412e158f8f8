import type { Keyring } from '@esdk/cmm'
import { describe, expect, it } from 'vitest'
import { chunksOf, pattern, take, turn, until } from '../test/chunks.ts'
import { hangingKeyring, knownKeyring } from '../test/keyrings.ts'
import { framesOf, sealMessage } from '../test/sealed-message.ts'
import { createClient } from './index.ts'

const client = createClient()
const keyring = knownKeyring()
const reason = new Error('the user has left')

/** The most that the threat model gives an abort, in milliseconds. */
const patience = 100

/** Fails with the reason; gives the milliseconds since the abort. */
async function aborted(operation: Promise<unknown>, abortedAt: number): Promise<number> {
  const failure = await operation.then(
    () => 'no failure',
    (error: unknown) => error,
  )
  expect(failure).toBe(reason)
  return performance.now() - abortedAt
}

/** The least of a few measurements is within the bound: other processes only make it longer. */
async function expectSoon(measure: () => Promise<number>): Promise<void> {
  let least = Number.POSITIVE_INFINITY
  for (let i = 0; i < 5 && least >= patience; i++) least = Math.min(least, await measure())
  expect(least).toBeLessThan(patience)
}

function median(times: readonly number[]): number {
  return [...times].sort((a, b) => a - b)[Math.floor(times.length / 2)] as number
}

/** Gives chunks for ever, one with each turn of the event loop; knows when it was closed. */
function endlessSource(chunk: Uint8Array) {
  const seen = { given: 0, closed: 0 }
  const stream = {
    seen,
    async *[Symbol.asyncIterator]() {
      try {
        for (;;) {
          await turn()
          seen.given++
          yield chunk
        }
      } finally {
        seen.closed++
      }
    },
  }
  return stream
}

/** Gives the chunks, then hangs; knows when it was closed. */
function hangingSource(chunks: readonly Uint8Array[]) {
  const seen = { asked: 0, closed: [] as unknown[] }
  let hang: () => void = () => {}
  const hangs = new Promise<void>((resolve) => {
    hang = resolve
  })
  const stream = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        const chunk = chunks[seen.asked++]
        if (chunk !== undefined) return controller.enqueue(chunk)
        hang()
        return new Promise(() => {})
      },
      cancel(why) {
        seen.closed.push(why)
      },
    },
    { highWaterMark: 0 },
  )
  return { stream, seen, hangs }
}

const message = await sealMessage({ frameLength: 16, pieces: framesOf(pattern(160), 16) })

describe('an abort before the call', () => {
  it.each(['encrypt', 'decrypt', 'encryptStream', 'decryptStream'] as const)(
    'ends %s before anything is asked',
    async (operation) => {
      await expectSoon(async () => {
        const spy = knownKeyring()
        const signal = AbortSignal.abort(reason)
        const { stream, seen } = hangingSource([])
        const input = operation.endsWith('Stream') ? stream : message
        const start = performance.now()
        const elapsed = await aborted(client[operation](input as Uint8Array, { keyring: spy, signal }), start)
        expect(spy.calls).toEqual([])
        expect(seen.asked).toBe(0)
        if (operation.endsWith('Stream')) expect(seen.closed).toEqual([reason])
        return elapsed
      })
    },
  )

  it('has the reason of its signal, whatever that is', async () => {
    for (const given of ['a text', 0, null, new DOMException('time is up', 'TimeoutError')]) {
      const failure = await client
        .encrypt(pattern(1), { keyring, signal: AbortSignal.abort(given) })
        .catch((error: unknown) => error)
      expect(failure).toBe(given)
    }
    await expect(client.encrypt(pattern(1), { keyring, signal: AbortSignal.abort() })).rejects.toMatchObject({
      name: 'AbortError',
    })
  })
})

describe('an abort while a keyring hangs', () => {
  it.each(['encrypt', 'decrypt', 'encryptStream', 'decryptStream'] as const)(
    'ends %s, and closes the source',
    async (operation) => {
      await expectSoon(async () => {
        const controller = new AbortController()
        const hanging = hangingKeyring()
        const { stream, seen } = hangingSource([message])
        const input = operation.endsWith('Stream') ? stream : message
        const running = client[operation](input as Uint8Array, { keyring: hanging, signal: controller.signal })
        const options = await hanging.asked
        // The keyring is told as well: it may have something to close.
        expect(options?.signal).toBe(controller.signal)
        controller.abort(reason)
        const elapsed = await aborted(running, performance.now())
        if (operation.endsWith('Stream')) expect(seen.closed).toEqual([reason])
        return elapsed
      })
    },
  )
})

describe('an abort while the source hangs', () => {
  it('ends the reading of a header, at each of 20 bytes', async () => {
    const times: number[] = []
    for (let length = 0; length < 20; length++) {
      const controller = new AbortController()
      const { stream, seen, hangs } = hangingSource([...chunksOf(message.subarray(0, 4 * length), 3)])
      const running = client.decryptStream(stream, { keyring, signal: controller.signal })
      await hangs
      controller.abort(reason)
      times.push(await aborted(running, performance.now()))
      expect(seen.closed).toEqual([reason])
    }
    expect(median(times)).toBeLessThan(patience)
  })

  it.each(['encrypt', 'decrypt'] as const)(
    'ends the reading of a body, at each of 20 places: %s',
    async (operation) => {
      const times: number[] = []
      for (let i = 1; i <= 20; i++) {
        const controller = new AbortController()
        const { signal } = controller
        const bytes =
          operation === 'encrypt' ? pattern(1000).subarray(0, i * 9) : message.subarray(0, message.length - i * 9)
        const { stream, seen, hangs } = hangingSource([...chunksOf(bytes, 50)])
        const result =
          operation === 'encrypt'
            ? (await client.encryptStream(stream, { keyring, frameLength: 16, signal })).ciphertext
            : (await client.decryptStream(stream, { keyring, signal })).plaintext
        const reading = take(result)
        await hangs
        controller.abort(reason)
        const abortedAt = performance.now()
        const { error, ended } = await reading
        expect(error).toBe(reason)
        expect(ended).toBe(false)
        times.push(performance.now() - abortedAt)
        expect(seen.closed).toEqual([reason])
      }
      expect(median(times)).toBeLessThan(patience)
    },
  )
})

describe('an abort while everything runs', () => {
  it('gets through to work that never waits: a timer ends it', async () => {
    // The source has the next chunk at once, for ever: without turns of the event loop no timer would run.
    function* endless() {
      const chunk = pattern(65_536)
      for (;;) yield chunk
    }
    await expectSoon(async () => {
      const controller = new AbortController()
      const { ciphertext } = await client.encryptStream(endless(), { keyring, signal: controller.signal })
      let abortedAt = 0
      setTimeout(() => {
        abortedAt = performance.now()
        controller.abort(reason)
      }, 5)
      expect(await take(ciphertext)).toMatchObject({ error: reason, ended: false })
      return performance.now() - abortedAt
    })
  })

  it.each(['encrypt', 'decrypt'] as const)('ends a whole call: %s', async (operation) => {
    const plaintext = pattern(4 * 1024 * 1024)
    const { ciphertext } = await client.encrypt(plaintext, { keyring, suite: 0x0478, frameLength: 4096 })
    await expectSoon(async () => {
      const controller = new AbortController()
      let reports = 0
      let abortedAt = 0
      const onProgress = () => {
        if (++reports !== 2) return
        abortedAt = performance.now()
        controller.abort(reason)
      }
      const options = { keyring, signal: controller.signal, onProgress }
      await expect(client[operation](operation === 'encrypt' ? plaintext : ciphertext, options)).rejects.toBe(reason)
      const elapsed = performance.now() - abortedAt
      expect(reports).toBe(2)
      return elapsed
    })
  })

  it('ends streams that are read slowly, at the next read', async () => {
    const controller = new AbortController()
    const source = endlessSource(pattern(1000))
    const { ciphertext } = await client.encryptStream(source, { keyring, frameLength: 100, signal: controller.signal })
    const reader = ciphertext.getReader()
    for (let i = 0; i < 5; i++) await reader.read()
    controller.abort(reason)
    await expect(reader.read()).rejects.toBe(reason)
    await until(() => source.seen.closed === 1)
  })

  it('is too late when everything is done', async () => {
    const controller = new AbortController()
    const result = await client.decrypt(message, { keyring, signal: controller.signal })
    const { plaintext } = await client.decryptStream([message], { keyring, signal: controller.signal })
    const taken = await take(plaintext)
    controller.abort(reason)
    await turn()
    expect(result.plaintext).toEqual(pattern(160))
    expect(taken.ended).toBe(true)
  })

  it('ends transforms as well', async () => {
    for (const make of ['encryptTransform', 'decryptTransform'] as const) {
      const controller = new AbortController()
      const transform = client[make]({ keyring, signal: controller.signal })
      const reading = take(transform.readable)
      const writer = transform.writable.getWriter()
      const closed = writer.closed.catch((error: unknown) => error)
      await writer.write(make === 'encryptTransform' ? pattern(10) : message.subarray(0, 20))
      controller.abort(reason)
      expect(await reading).toMatchObject({ error: reason, ended: false })
      expect(await closed).toBe(reason)
    }
  })
})

describe('a signal that lives long', () => {
  it('is left by every operation that is over', async () => {
    const { signal } = new AbortController()
    let listening = 0
    let most = 0
    const add = signal.addEventListener.bind(signal)
    const remove = signal.removeEventListener.bind(signal)
    signal.addEventListener = (...args: Parameters<typeof add>) => {
      most = Math.max(most, ++listening)
      add(...args)
    }
    signal.removeEventListener = (...args: Parameters<typeof remove>) => {
      listening--
      remove(...args)
    }
    const failing: Keyring = {
      onEncrypt: () => Promise.reject(new Error('no')),
      onDecrypt: () => Promise.reject(new Error('no')),
    }
    for (const each of [keyring, failing]) {
      const options = { keyring: each, signal }
      await client.encrypt(pattern(1), options).catch(() => {})
      await client.decrypt(message, options).catch(() => {})
      await client.decrypt(message.subarray(0, 30), options).catch(() => {})
      await client.encryptStream([], options).then(
        ({ ciphertext }) => take(ciphertext),
        () => {},
      )
      await client.decryptStream([message], options).then(
        ({ plaintext }) => take(plaintext),
        () => {},
      )
      await client.decryptStream([message], options).then(
        ({ plaintext }) => plaintext.cancel(),
        () => {},
      )
    }
    expect(most).toBeGreaterThan(0)
    expect(listening).toBe(0)
  })

  it('reaches keyrings that answer too late: their key is overwritten', async () => {
    const controller = new AbortController()
    let answer: () => void = () => {}
    const late = new Promise<void>((resolve) => {
      answer = resolve
    })
    let given: Awaited<ReturnType<Keyring['onEncrypt']>> | undefined
    const slow: Keyring = {
      ...keyring,
      async onEncrypt(...args) {
        await late
        given = await keyring.onEncrypt(...args)
        return given
      },
    }
    const running = client.encrypt(pattern(1), { keyring: slow, signal: controller.signal })
    controller.abort(reason)
    await aborted(running, performance.now())
    answer()
    await until(() => given !== undefined)
    await turn()
    expect(() => given?.dataKey.expose()).toThrow('zeroed')
  })
})
