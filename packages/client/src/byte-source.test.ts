import { describe, expect, it } from 'vitest'
import { joined, turn } from '../test/chunks.ts'
import { type ByteInput, type ByteSource, byteSource, isShared } from './byte-source.ts'

const a = Uint8Array.of(1, 2, 3)
const b = Uint8Array.of(4)

async function allOf(source: ByteSource): Promise<Uint8Array[]> {
  const chunks: Uint8Array[] = []
  for (let chunk = await source.next(); chunk !== undefined; chunk = await source.next()) chunks.push(chunk)
  return chunks
}

/** Counts what is asked of it; hangs when it has given all chunks. */
function watchedIterator(chunks: readonly unknown[], onReturn: () => unknown = () => {}) {
  const seen = { asked: 0, returned: 0 }
  const iterator = {
    next() {
      const value = chunks[seen.asked++]
      return value === undefined ? new Promise<never>(() => {}) : Promise.resolve({ done: false, value })
    },
    return() {
      seen.returned++
      return onReturn()
    },
  }
  return { seen, input: { [Symbol.asyncIterator]: () => iterator } as unknown as ByteInput }
}

describe('a source', () => {
  it('gives the one chunk of a Uint8Array where it lies', async () => {
    const chunks = await allOf(byteSource(a))
    expect(chunks).toHaveLength(1)
    expect(chunks[0]).toBe(a)
  })

  it('gives the chunks of iterables and web streams in order, then nothing more', async () => {
    const stream = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(a)
        controller.enqueue(b)
        controller.close()
      },
    })
    async function* generated() {
      yield a
      yield b
    }
    for (const input of [[a, b], new Set([a, b]), generated(), stream]) {
      const source = byteSource(input)
      expect(await allOf(source)).toEqual([a, b])
      expect(await source.next()).toBeUndefined()
    }
  })

  it('gives the bytes of a Blob', async () => {
    expect(joined(await allOf(byteSource(new Blob([a, b]))))).toEqual(Uint8Array.of(1, 2, 3, 4))
  })

  it.each([
    ['text', 'bytes expected, found a string: encode it with TextEncoder'],
    [12, 'bytes expected, found number'],
    [undefined, 'bytes expected, found undefined'],
    [null, 'bytes expected, found object'],
    [() => a, 'bytes expected, found function'],
    [new ArrayBuffer(8), 'bytes expected: a Uint8Array, a Blob, a stream, or an iterable of Uint8Array'],
    [{}, 'bytes expected: a Uint8Array, a Blob, a stream, or an iterable of Uint8Array'],
  ])('is not made of %s', (input, text) => {
    expect(() => byteSource(input as unknown as ByteInput)).toThrow(new TypeError(text))
  })

  it.each([{ readableEnded: true }, { destroyed: true }])('is not made of a Node stream that is spent: %j', (state) => {
    expect(() => byteSource({ ...state, *[Symbol.iterator]() {} } as ByteInput)).toThrow(
      new TypeError('the stream has been read to its end, or destroyed: open a new one'),
    )
  })

  it('is not made of a stream that somebody else reads', () => {
    const stream = new ReadableStream<Uint8Array>()
    stream.getReader()
    expect(() => byteSource(stream)).toThrow(new TypeError('the stream is locked: something else reads it already'))
  })

  it.each([
    ['text', 'the source gives strings, bytes expected: do not set an encoding on the stream'],
    [65, 'the source gives chunks of type number, Uint8Array expected'],
    [null, 'the source gives chunks of type object, Uint8Array expected'],
    [new DataView(new ArrayBuffer(2)), 'the source gives chunks of type object, Uint8Array expected'],
  ])('refuses the chunk %j, of iterables and of web streams', async (chunk, text) => {
    const stream = new ReadableStream({
      start(controller) {
        controller.enqueue(chunk)
      },
    })
    for (const input of [[chunk], stream]) {
      await expect(byteSource(input as unknown as ByteInput).next()).rejects.toThrow(new TypeError(text))
    }
  })

  it('fails as the source behind it fails', async () => {
    const fault = new Error('the disk is gone')
    // biome-ignore lint/correctness/useYield: it fails before its first chunk
    function* failing(): Generator<Uint8Array> {
      throw fault
    }
    const stream = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.error(fault)
      },
    })
    for (const input of [failing(), stream]) {
      const source = byteSource(input)
      await expect(source.next()).rejects.toBe(fault)
      source.close(fault)
    }
    await turn()
  })
})

describe('closing a source', () => {
  it('cancels a web stream with the reason, also while a read waits', async () => {
    const reasons: unknown[] = []
    const source = byteSource(new ReadableStream<Uint8Array>({ cancel: (reason) => void reasons.push(reason) }))
    const waiting = source.next()
    source.close('enough')
    expect(reasons).toEqual(['enough'])
    expect(await waiting).toBeUndefined()
  })

  it('returns from an iterator, also while it is asked', () => {
    const { seen, input } = watchedIterator([])
    const source = byteSource(input)
    void source.next()
    source.close('enough')
    expect(seen).toEqual({ asked: 1, returned: 1 })
  })

  it('runs the finally block of a generator', async () => {
    let cleaned = false
    function* generated() {
      try {
        yield a
        yield b
      } finally {
        cleaned = true
      }
    }
    const source = byteSource(generated())
    await source.next()
    source.close(undefined)
    expect(cleaned).toBe(true)
  })

  it('asks nothing of an iterator that cannot return', () => {
    const input = { [Symbol.iterator]: () => ({ next: () => ({ done: true, value: undefined }) }) }
    expect(() => byteSource(input as Iterable<Uint8Array>).close(undefined)).not.toThrow()
  })

  it('destroys what can be destroyed, and does not wait for its iterator', () => {
    const { seen, input } = watchedIterator([])
    let destroyed = 0
    const source = byteSource(Object.assign(input, { destroy: () => void destroyed++ }))
    void source.next()
    source.close(undefined)
    expect(destroyed).toBe(1)
    expect(seen.returned).toBe(0)
  })

  // What a source does when it is closed is of no use to anybody any more: the operation has its outcome already.
  it.each([
    ['rejects', () => Promise.reject(new Error('cannot close'))],
    [
      'throws',
      () => {
        throw new Error('cannot close')
      },
    ],
  ])('is quiet about a return that %s', async (_, onReturn) => {
    const { seen, input } = watchedIterator([a], onReturn)
    const source = byteSource(input)
    await source.next()
    expect(() => source.close('enough')).not.toThrow()
    expect(seen.returned).toBe(1)
    await turn()
  })

  it('is quiet about a destroy that throws', () => {
    const { input } = watchedIterator([a])
    const destroy = () => {
      throw new Error('cannot destroy')
    }
    expect(() => byteSource(Object.assign(input, { destroy })).close('enough')).not.toThrow()
  })

  it('is quiet about a web stream that cannot be cancelled', async () => {
    const stream = new ReadableStream<Uint8Array>({
      cancel() {
        throw new Error('cannot cancel')
      },
    })
    byteSource(stream).close('enough')
    await turn()
  })
})

describe('isShared', () => {
  it('is false for memory of one thread', () => {
    expect(isShared(a)).toBe(false)
  })
})
