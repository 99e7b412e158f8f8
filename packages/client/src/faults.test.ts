import { describe, expect, it } from 'vitest'
import { chunksOf, pattern, take, turn, until, webStream } from '../test/chunks.ts'
import { knownKeyring } from '../test/keyrings.ts'
import { anyCode } from '../test/matchers.ts'
import { framesOf, sealMessage } from '../test/sealed-message.ts'
import { type Client, createClient } from './index.ts'

// The run of tests fails when a rejection stays unhandled anywhere, so every test here also shows that none does.

const client = createClient()
const keyring = knownKeyring()
const plaintext = pattern(160)
const frameLength = 16
const message = await sealMessage({ frameLength, pieces: framesOf(plaintext, frameLength) })
const signed = await sealMessage({ suite: 0x0578, frameLength, pieces: framesOf(plaintext, frameLength) })

const fault = new Error('the network is gone')

type Source = Parameters<Client['encryptStream']>[0]

/** The chunks up to number `at`, then the fault; and whether the source was closed afterwards. */
const faultySources: Readonly<Record<string, (chunks: Iterable<Uint8Array>, at: number) => Source>> = {
  'an iterable': (chunks, at) => failing(chunks, at),
  'an async iterable': (chunks, at) => failingLater(chunks, at),
  'a web stream': (chunks, at) => {
    const iterator = failing(chunks, at)
    return new ReadableStream<Uint8Array>({
      pull(controller) {
        const { done, value } = iterator.next()
        if (done) controller.close()
        else controller.enqueue(value)
      },
    })
  },
}

function* failing(chunks: Iterable<Uint8Array>, at: number): Generator<Uint8Array, void> {
  let i = 0
  for (const chunk of chunks) {
    if (i++ === at) throw fault
    yield chunk
  }
  if (i <= at) throw fault
}

async function* failingLater(chunks: Iterable<Uint8Array>, at: number): AsyncGenerator<Uint8Array, void> {
  await Promise.resolve()
  yield* failing(chunks, at)
}

/** The result of an operation as a stream: an error before the stream counts as one of the stream. */
async function outcome(operation: 'encryptStream' | 'decryptStream', source: Source) {
  try {
    const result = await client[operation](source, { keyring, frameLength })
    return await take('ciphertext' in result ? result.ciphertext : result.plaintext)
  } catch (error) {
    return { bytes: new Uint8Array(0), chunks: [], ended: false, error }
  }
}

describe.each(Object.entries(faultySources))('a fault of %s', (_, make) => {
  it.each(['encryptStream', 'decryptStream'] as const)(
    'at each chunk is the error of %s, as it is',
    async (operation) => {
      for (const bytes of operation === 'encryptStream' ? [plaintext] : [message, signed]) {
        const chunks = [...chunksOf(bytes, 10)]
        for (let at = 0; at <= chunks.length; at++) {
          const { ended, error } = await outcome(operation, make(chunks, at))
          expect(error).toBe(fault)
          expect(ended).toBe(false)
        }
      }
    },
  )
})

describe('an error', () => {
  it('is seen once: by the reader, and afterwards again only by who asks again', async () => {
    const { plaintext: stream } = await client.decryptStream(failing(chunksOf(message, 10), 20), { keyring })
    const reader = stream.getReader()
    const errors: unknown[] = []
    reader.closed.catch((error: unknown) => errors.push(error))
    let reads = 0
    await expect(
      (async () => {
        for (;;) {
          if ((await reader.read()).done) return
          reads++
        }
      })(),
    ).rejects.toBe(fault)
    expect(reads).toBeGreaterThan(0)
    await turn()
    expect(errors).toEqual([fault])
    await expect(reader.read()).rejects.toBe(fault)
  })

  it('of the callback for progress ends the operation', async () => {
    for (const operation of ['encrypt', 'decrypt'] as const) {
      const onProgress = () => {
        throw fault
      }
      const bytes = operation === 'encrypt' ? plaintext : message
      await expect(client[operation](bytes, { keyring, onProgress })).rejects.toBe(fault)
    }
  })

  it('closes the source', async () => {
    const changed = message.slice()
    changed[message.length - 50] = (changed[message.length - 50] as number) ^ 1
    for (const chunks of [chunksOf(changed, 10), chunksOf(pattern(500), 10)]) {
      let closed = 0
      function* source() {
        try {
          yield* chunks
          // So that it is not closed by its own end.
          for (;;) yield pattern(1)
        } finally {
          closed++
        }
      }
      const { error } = await outcome('decryptStream', source())
      expect(error).toMatchObject({ code: anyCode })
      expect(closed).toBe(1)
    }
  })
})

describe('a reader that stops', () => {
  const streams = {
    ciphertext: async (source: Source) => (await client.encryptStream(source, { keyring, frameLength })).ciphertext,
    plaintext: async (source: Source) => (await client.decryptStream(source, { keyring })).plaintext,
  }

  /** A source that tells when it was closed, and how often. */
  function watched(bytes: Uint8Array) {
    const seen = { closed: [] as unknown[], finished: false }
    const iterator = chunksOf(bytes, 10)
    const stream = new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          const { done, value } = iterator.next()
          if (done) {
            seen.finished = true
            controller.close()
          } else controller.enqueue(value)
        },
        cancel(reason) {
          seen.closed.push(reason)
        },
      },
      { highWaterMark: 0 },
    )
    return { stream, seen }
  }

  it.each(['ciphertext', 'plaintext'] as const)(
    'of the %s may cancel at any time, and the source is closed',
    async (kind) => {
      const bytes = kind === 'ciphertext' ? plaintext : message
      for (let reads = 0; reads < 20; reads++) {
        const { stream, seen } = watched(bytes)
        const reader = (await streams[kind](stream)).getReader()
        let ended = false
        for (let i = 0; i < reads && !ended; i++) ended = (await reader.read()).done
        await reader.cancel('enough')
        expect(seen.closed).toEqual(seen.finished ? [] : ['enough'])
        // Again, and after the end: safe, and nothing more happens.
        await reader.cancel('again')
        expect(await reader.read()).toEqual({ done: true, value: undefined })
        expect(seen.closed).toHaveLength(seen.finished ? 0 : 1)
      }
    },
  )

  it.each(['ciphertext', 'plaintext'] as const)(
    'of the %s may cancel while a read waits for the source',
    async (kind) => {
      const bytes = kind === 'ciphertext' ? plaintext.subarray(0, 100) : message.subarray(0, 200)
      let closed: unknown
      let waits: () => void = () => {}
      const waiting = new Promise<void>((resolve) => {
        waits = resolve
      })
      const chunks = chunksOf(bytes, 10)
      const stream = new ReadableStream<Uint8Array>({
        pull(controller) {
          const { done, value } = chunks.next()
          if (!done) return controller.enqueue(value)
          waits()
          return new Promise(() => {})
        },
        cancel(reason) {
          closed = reason
        },
      })
      const reader = (await streams[kind](stream)).getReader()
      const reads = Array.from({ length: 30 }, () => reader.read())
      await waiting
      await reader.cancel('enough')
      const results = await Promise.all(reads)
      expect(results.at(-1)).toEqual({ done: true, value: undefined })
      expect(closed).toBe('enough')
    },
  )

  it('and reads no more leaves nothing running', async () => {
    let asked = 0
    async function* source() {
      for (;;) {
        asked++
        yield pattern(100)
      }
    }
    const { ciphertext } = await client.encryptStream(source(), { keyring, frameLength })
    const reader = ciphertext.getReader()
    for (let i = 0; i < 4; i++) await reader.read()
    const before = asked
    for (let i = 0; i < 5; i++) await turn()
    expect(asked).toBe(before)
  })

  it('may break out of a loop', async () => {
    let closed = false
    async function* source() {
      try {
        for (;;) yield pattern(100)
      } finally {
        closed = true
      }
    }
    const { ciphertext } = await client.encryptStream(source(), { keyring })
    // Browsers differ in whether streams are iterable, so by hand, as the loop would do it.
    const reader = ciphertext.getReader()
    for (let i = 0; i < 3; i++) await reader.read()
    await reader.cancel()
    await until(() => closed)
  })
})

describe('backpressure', () => {
  /** A source that counts what it gave. */
  function counted(bytes: Uint8Array, length: number) {
    const seen = { given: 0 }
    function* chunks() {
      for (const chunk of chunksOf(bytes, length)) {
        seen.given += chunk.length
        yield chunk
      }
    }
    return { seen, chunks }
  }

  it('keeps a source from being read more than two chunks ahead, encrypting', async () => {
    const bytes = pattern(20_000)
    for (const [chunkLength, frame] of [
      [100, 64],
      [64, 64],
      [1000, 64],
      [10, 500],
    ] as const) {
      for (const wrap of [(chunks: Iterable<Uint8Array>) => chunks, webStream]) {
        const { seen, chunks } = counted(bytes, chunkLength)
        const { ciphertext } = await client.encryptStream(wrap(chunks()), {
          keyring,
          suite: 0x0478,
          frameLength: frame,
        })
        await turn()
        expect(seen.given).toBe(0)
        const reader = ciphertext.getReader()
        let read = 0
        let first = true
        for (;;) {
          const { done, value } = await reader.read()
          if (done) break
          read += value.length
          // What was read stands for at least as much plaintext less the header and what surrounds the frames.
          const sealed = Math.max(0, Math.floor((read - 200) / (frame + 32)) * frame)
          expect(seen.given - sealed).toBeLessThanOrEqual(frame + 2 * chunkLength + 200)
          if (first) expect(seen.given).toBe(0)
          first = false
        }
        expect(seen.given).toBe(bytes.length)
      }
    }
  })

  it('keeps a source from being read more than two chunks ahead, decrypting', async () => {
    const bytes = await sealMessage({ frameLength: 64, pieces: framesOf(pattern(20_000), 64) })
    for (const chunkLength of [10, 96, 100, 1000]) {
      for (const wrap of [(chunks: Iterable<Uint8Array>) => chunks, webStream]) {
        const { seen, chunks } = counted(bytes, chunkLength)
        const { plaintext: stream } = await client.decryptStream(wrap(chunks()), { keyring })
        const reader = stream.getReader()
        let opened = 0
        for (;;) {
          const { done, value } = await reader.read()
          if (done) break
          opened += value.length
          const sealed = (opened / 64) * 96
          expect(seen.given - sealed).toBeLessThanOrEqual(200 + 96 + 2 * chunkLength)
        }
        expect(opened).toBe(20_000)
      }
    }
  })

  it('goes through transforms, in both directions', async () => {
    let given = 0
    const source = new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          given++
          controller.enqueue(pattern(1000))
        },
      },
      { highWaterMark: 0 },
    )
    const result = source
      .pipeThrough(client.encryptTransform({ keyring, frameLength: 1000, suite: 0x0478 }))
      .pipeThrough(client.decryptTransform({ keyring }))
    for (let i = 0; i < 5; i++) await turn()
    const before = given
    expect(before).toBeLessThanOrEqual(2)
    const reader = result.getReader()
    let read = 0
    while (read < 20_000) read += ((await reader.read()).value as Uint8Array).length
    for (let i = 0; i < 5; i++) await turn()
    // A chunk waits in each of the streams that lie between.
    expect(given * 1000 - read).toBeLessThanOrEqual(8000)
    await reader.cancel()
  })
})
