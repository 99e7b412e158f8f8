import { describe, expect, it } from 'vitest'
import { chunksOf, firstDifference, pattern, readAll, take, turn, webStream } from '../test/chunks.ts'
import { hangingKeyring, knownKeyring } from '../test/keyrings.ts'
import { createClient, inspect, type MessageTransform } from './index.ts'

const client = createClient()
const keyring = knownKeyring()

describe('transforms', () => {
  it.each([0, 1, 4096, 4097, 600_000])('encrypt and decrypt %i bytes that are piped through', async (length) => {
    const plaintext = pattern(length)
    const encryption = client.encryptTransform({ keyring, encryptionContext: { tenant: '42' } })
    const decryption = client.decryptTransform({ keyring })
    const result = webStream(chunksOf(plaintext, 5000)).pipeThrough(encryption).pipeThrough(decryption)
    expect(firstDifference(await readAll(result), plaintext)).toBe(-1)
    const header = await encryption.header
    expect({ ...header.encryptionContext }).toMatchObject({ tenant: '42' })
    expect(await decryption.header).toEqual(header)
  })

  it('begin when somebody reads', async () => {
    const spy = knownKeyring()
    const { readable, header } = client.encryptTransform({ keyring: spy })
    await turn()
    expect(spy.calls).toEqual([])
    const reading = readable.getReader().read()
    await header
    expect(spy.calls).toHaveLength(1)
    expect((await reading).value?.length).toBeGreaterThan(0)
  })

  it('give the header of a message before its body is there', async () => {
    const { ciphertext, header } = await client.encrypt(pattern(10), { keyring })
    const { headerLength } = inspect(ciphertext)
    const decryption = client.decryptTransform({ keyring })
    const reading = decryption.readable.getReader().read()
    const writer = decryption.writable.getWriter()
    writer.write(ciphertext.subarray(0, headerLength)).catch(() => {})
    expect(await decryption.header).toEqual(header)
    await writer.abort('enough')
    await expect(reading).rejects.toBe('enough')
  })

  it('check their options at once', () => {
    expect(() => client.encryptTransform({ keyring, frameLength: 0 })).toThrow(RangeError)
    expect(() => client.decryptTransform({} as never)).toThrow(TypeError)
  })

  it('are good for one message: a second use is refused', async () => {
    const transform = client.encryptTransform({ keyring })
    const first = webStream([pattern(10)]).pipeThrough(transform)
    expect(() => webStream([pattern(10)]).pipeThrough(transform)).toThrow(TypeError)
    expect((await take(first)).ended).toBe(true)
    expect(() => transform.readable.getReader()).toThrow(TypeError)
    await expect(webStream([pattern(10)]).pipeTo(transform.writable)).rejects.toThrow(TypeError)
  })
})

describe('a transform that fails', () => {
  const failing = { ...keyring, onEncrypt: () => Promise.reject(new Error('no key today')) }

  it('fails its reader, its writer and its header with the same error', async () => {
    const transform = client.encryptTransform({ keyring: failing })
    const writer = transform.writable.getWriter()
    const writing = writer.write(pattern(1)).catch((error: unknown) => error)
    const closed = writer.closed.catch((error: unknown) => error)
    const { error, ended } = await take(transform.readable)
    expect(error).toMatchObject({ code: 'ERR_ESDK_MATERIALS' })
    expect(ended).toBe(false)
    expect(await transform.header.catch((caught: unknown) => caught)).toBe(error)
    expect(await closed).toBe(error)
    await writing
  })

  it('stays quiet about a header that nobody asked for', async () => {
    const { error } = await take(client.encryptTransform({ keyring: failing }).readable)
    expect(error).toMatchObject({ code: 'ERR_ESDK_MATERIALS' })
    // An unhandled rejection would fail this run of tests.
    await turn()
  })

  it('cancels what is piped into it', async () => {
    let cancelled: unknown
    const source = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new TextEncoder().encode('this is no message at all')),
      cancel(reason) {
        cancelled = reason
      },
    })
    const { error } = await take(source.pipeThrough(client.decryptTransform({ keyring })))
    expect(error).toMatchObject({ code: 'ERR_ESDK_NOT_A_MESSAGE' })
    await turn()
    expect(cancelled).toBe(error)
  })

  it('fails where the message was changed, after the frames before', async () => {
    const { ciphertext } = await client.encrypt(pattern(100), { keyring, suite: 0x0478, frameLength: 10 })
    // Frames of 10 + 32 bytes, and a final one of 10 + 40: a byte of content three frames before the last.
    const at = ciphertext.length - 50 - 3 * 42 + 20
    ciphertext[at] = (ciphertext[at] as number) ^ 1
    const { bytes, error, ended } = await take(
      webStream(chunksOf(ciphertext, 7)).pipeThrough(client.decryptTransform({ keyring })),
    )
    expect(error).toMatchObject({ code: 'ERR_ESDK_BODY_AUTH' })
    expect(ended).toBe(false)
    expect(bytes).toEqual(pattern(100).subarray(0, 60))
  })

  it('fails when its input is aborted, with the reason', async () => {
    for (const transform of [client.encryptTransform({ keyring }), client.decryptTransform({ keyring })]) {
      const taking = take(transform.readable)
      const reason = new Error('the upload broke off')
      await transform.writable.abort(reason)
      expect(await taking).toMatchObject({ ended: false, error: reason })
    }
  })

  it('is stopped when its output is cancelled, also while it waits for a keyring', async () => {
    const hanging = hangingKeyring()
    const transforms: MessageTransform[] = [
      client.encryptTransform({ keyring: hanging }),
      client.decryptTransform({ keyring }),
    ]
    for (const transform of transforms) {
      const writer = transform.writable.getWriter()
      const closed = writer.closed.catch((error: unknown) => error)
      const reader = transform.readable.getReader()
      const reading = reader.read()
      if (transform === transforms[0]) await hanging.asked
      await reader.cancel('enough')
      expect(await reading).toEqual({ done: true, value: undefined })
      expect(await closed).toBe('enough')
    }
  })
})
