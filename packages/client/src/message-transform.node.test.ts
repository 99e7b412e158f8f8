import { createReadStream, createWriteStream } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough, Readable, Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { chunksOf, firstDifference, joined, pattern } from '../test/chunks.ts'
import { knownKeyring } from '../test/keyrings.ts'
import { createClient, type MessageTransform } from './index.ts'

const client = createClient()
const keyring = knownKeyring()
const plaintext = pattern(2_000_000)

/** Node takes web streams; its type declarations of version 20 do not know it yet. */
function asNode(stream: MessageTransform | ReadableStream): NodeJS.ReadWriteStream {
  return stream as unknown as NodeJS.ReadWriteStream
}

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'esdk-transform-'))
  await writeFile(join(folder, 'plain'), plaintext)
})
afterAll(() => rm(folder, { recursive: true }))

describe('stream.pipeline', () => {
  it('encrypts a file into a file, and decrypts it again', async () => {
    const [plain, sealed, opened] = ['plain', 'sealed', 'opened'].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ]
    await pipeline(createReadStream(plain), asNode(client.encryptTransform({ keyring })), createWriteStream(sealed))
    await pipeline(createReadStream(sealed), asNode(client.decryptTransform({ keyring })), createWriteStream(opened))
    expect(firstDifference(await readFile(opened), plaintext)).toBe(-1)
    expect((await client.decrypt(await readFile(sealed), { keyring })).plaintext.length).toBe(plaintext.length)
  })

  it('takes streams and results of esdk as they are', async () => {
    const parts: Uint8Array[] = []
    const sink = new Writable({
      write(chunk: Uint8Array, _, done) {
        parts.push(chunk)
        done()
      },
    })
    const { ciphertext } = await client.encryptStream(Readable.from(chunksOf(plaintext, 70_000)), { keyring })
    await pipeline(asNode(ciphertext), asNode(client.decryptTransform({ keyring })), sink)
    expect(firstDifference(joined(parts), plaintext)).toBe(-1)
  })

  it('rejects once, and destroys both ends, when the message is cut', async () => {
    const { ciphertext } = await client.encrypt(plaintext, { keyring })
    const source = Readable.from(chunksOf(ciphertext.subarray(0, 1_000_000), 70_000))
    let ended = false
    const sink = new Writable({
      write: (_chunk, _encoding, done) => done(),
      final(done) {
        ended = true
        done()
      },
    })
    await expect(pipeline(source, asNode(client.decryptTransform({ keyring })), sink)).rejects.toMatchObject({
      code: 'ERR_ESDK_TRUNCATED',
    })
    expect(source.destroyed).toBe(true)
    expect(sink.destroyed).toBe(true)
    expect(ended).toBe(false)
  })

  it('passes on the error of the source and of the sink', async () => {
    const fault = new Error('disk is full')
    const source = new PassThrough()
    const reading = pipeline(source, asNode(client.encryptTransform({ keyring })), new PassThrough())
    source.write(plaintext)
    source.destroy(fault)
    await expect(reading).rejects.toBe(fault)
    const sink = new Writable({ write: (_chunk, _encoding, done) => done(fault) })
    const writing = pipeline(
      createReadStream(join(folder, 'plain')),
      asNode(client.encryptTransform({ keyring })),
      sink,
    )
    await expect(writing).rejects.toBe(fault)
  })

  it('ends when its signal is aborted', async () => {
    const controller = new AbortController()
    const source = new PassThrough()
    const running = pipeline(source, asNode(client.encryptTransform({ keyring })), new PassThrough(), {
      signal: controller.signal,
    })
    controller.abort()
    await expect(running).rejects.toMatchObject({ name: 'AbortError' })
    expect(source.destroyed).toBe(true)
  })
})
