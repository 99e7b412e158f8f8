import { describe, expect, it } from 'vitest'
import { plaintext, webStream } from '../test/clients.ts'
import { answerStream } from './body-stream.ts'
import { chunksOf, collectAll } from './chunks.ts'

async function* chunks(...given: (Uint8Array | Error)[]): AsyncGenerator<Uint8Array> {
  for (const each of given) {
    if (each instanceof Error) throw each
    yield each
  }
}

/** As answers of `fetch` have them; in Node, the AWS SDK gives streams of Node. */
const ofFetch = () => webStream(plaintext(1))
const nothing = () => {}

describe.each([
  ['of the web', ofFetch],
  ['of the platform', () => ({})],
])('a body to answer with, as a stream %s', (_, origin) => {
  it('gives the chunks', async () => {
    const body = answerStream(chunks(plaintext(3), plaintext(2)), origin(), nothing)
    expect(await collectAll(chunksOf(body))).toEqual(Uint8Array.of(0, 7, 14, 0, 7))
  })

  it.each([
    ['utf-8', 'grün', new TextEncoder().encode('grün')],
    [undefined, '\u{feff}a', Uint8Array.of(0xef, 0xbb, 0xbf, 0x61)],
    ['hex', '00ff10', Uint8Array.of(0, 255, 16)],
    ['base64', 'AP8Q', Uint8Array.of(0, 255, 16)],
  ])('is text, %s', async (encoding, text, bytes) => {
    const body = answerStream(chunks(bytes), origin(), nothing)
    expect(await body.transformToString(encoding)).toBe(text)
  })

  it('of an encoding that nobody knows is a TypeError, and can be read as another', async () => {
    const body = answerStream(chunks(plaintext(3)), origin(), nothing)
    await expect(body.transformToString('utf-9')).rejects.toThrow(
      new TypeError(
        'no encoding "utf-9" is known: name one that TextDecoder has, such as "utf-8", or "base64" or "hex"',
      ),
    )
    expect(await body.transformToString('hex')).toBe('00070e')
  })

  it('is read once', async () => {
    const body = answerStream(chunks(plaintext(3)), origin(), nothing)
    expect(await body.transformToByteArray()).toEqual(plaintext(3))
    await expect(body.transformToByteArray()).rejects.toThrow(TypeError)
    await expect(body.transformToString()).rejects.toThrow(TypeError)
    expect(() => body.transformToWebStream()).toThrow(TypeError)
  })

  it('ends with the error that its chunks end with', async () => {
    const failure = new Error('not authentic')
    for (const read of [
      (body: ReturnType<typeof answerStream>) => body.transformToByteArray(),
      (body: ReturnType<typeof answerStream>) => collectAll(chunksOf(body)),
      (body: ReturnType<typeof answerStream>) => collectAll(chunksOf(body.transformToWebStream())),
    ]) {
      await expect(read(answerStream(chunks(plaintext(3), failure), origin(), nothing))).rejects.toBe(failure)
    }
  })

  it('reads nothing before it is read', async () => {
    let asked = 0
    async function* counting() {
      asked++
      yield plaintext(3)
    }
    const body = answerStream(counting(), origin(), nothing)
    await Promise.resolve()
    expect(asked).toBe(0)
    await body.transformToByteArray()
    expect(asked).toBe(1)
  })

  it('closes what is behind it as soon as nobody wants the rest, even while a chunk is waited for', async () => {
    async function* stuck() {
      yield plaintext(3)
      await new Promise(() => {})
    }
    let closed = 0
    const stream = answerStream(stuck(), origin(), () => closed++).transformToWebStream()
    const reader = stream.getReader()
    await reader.read()
    await reader.cancel()
    await expect.poll(() => closed).toBe(1)
  })
})
