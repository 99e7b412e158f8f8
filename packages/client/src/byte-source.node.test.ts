import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { chunksOf, firstDifference, joined, pattern, readAll } from '../test/chunks.ts'
import { knownKeyring } from '../test/keyrings.ts'
import { byteSource, isShared } from './byte-source.ts'
import { createClient } from './index.ts'

const client = createClient()
const keyring = knownKeyring()
const plaintext = pattern(300_000)

let folder = ''
let file = ''

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'esdk-source-'))
  file = join(folder, 'plaintext')
  await writeFile(file, plaintext)
})

afterAll(() => rm(folder, { recursive: true }))

describe('a Node stream', () => {
  it('is read to its end', async () => {
    const sources = [createReadStream(file), Readable.from(chunksOf(plaintext, 1000)), new PassThrough()]
    sources[2]?.push(Buffer.from(plaintext))
    sources[2]?.push(null)
    for (const source of sources) {
      const { ciphertext } = await client.encryptStream(source, { keyring })
      const { plaintext: read } = await client.decryptStream(Readable.from(chunksOf(await readAll(ciphertext), 777)), {
        keyring,
      })
      expect(firstDifference(await readAll(read), plaintext)).toBe(-1)
    }
  })

  it('is destroyed when the result is cancelled, also while it waits for data', async () => {
    const source = new PassThrough()
    const { ciphertext } = await client.encryptStream(source, { keyring })
    const reader = ciphertext.getReader()
    // Header and tag come without any plaintext; what comes then needs some.
    await reader.read()
    await reader.read()
    const waiting = reader.read()
    await reader.cancel('enough')
    expect(await waiting).toEqual({ done: true, value: undefined })
    if (!source.closed) await once(source, 'close')
    expect(source.destroyed).toBe(true)
  })

  it('passes on its error as it is', async () => {
    const source = createReadStream(join(folder, 'no such file'))
    const { ciphertext } = await client.encryptStream(source, { keyring })
    await expect(readAll(ciphertext)).rejects.toMatchObject({ code: 'ENOENT', syscall: 'open' })
  })

  it('that ends too early, without an error, fails all the same', async () => {
    const source = new PassThrough()
    const { ciphertext } = await client.encryptStream(source, { keyring })
    const read = readAll(ciphertext)
    source.write(Buffer.from(plaintext))
    source.destroy()
    await expect(read).rejects.toMatchObject({ code: 'ERR_STREAM_PREMATURE_CLOSE' })
  })

  it('that gives text is refused, and told why', async () => {
    const source = createReadStream(file, { encoding: 'latin1' })
    const { ciphertext } = await client.encryptStream(source, { keyring })
    await expect(readAll(ciphertext)).rejects.toThrow(
      new TypeError('the source gives strings, bytes expected: do not set an encoding on the stream'),
    )
    await expect(client.decryptStream(createReadStream(file, { encoding: 'hex' }), { keyring })).rejects.toThrow(
      TypeError,
    )
  })

  it('that has been read, or destroyed, is refused: it would pass for an empty file', async () => {
    const read = createReadStream(file)
    await read.toArray()
    const destroyed = createReadStream(file)
    destroyed.destroy()
    for (const source of [read, destroyed]) {
      await expect(client.encryptStream(source, { keyring })).rejects.toThrow(
        new TypeError('the stream has been read to its end, or destroyed: open a new one'),
      )
    }
  })
})

describe('memory that threads share', () => {
  const shared = new Uint8Array(new SharedArrayBuffer(100))
  shared.set(pattern(100))

  it('is copied chunk by chunk, so that nobody changes it between two looks', async () => {
    const source = byteSource([shared])
    const chunk = (await source.next()) as Uint8Array
    expect(isShared(shared)).toBe(true)
    expect(isShared(chunk)).toBe(false)
    expect(chunk).toEqual(pattern(100))
  })

  it('is copied at the call by encrypt and decrypt', async () => {
    const input = new Uint8Array(new SharedArrayBuffer(5000))
    input.set(pattern(5000))
    const encrypting = client.encrypt(input, { keyring })
    input.fill(0)
    const { ciphertext } = await encrypting
    const message = new Uint8Array(new SharedArrayBuffer(ciphertext.length))
    message.set(ciphertext)
    const decrypting = client.decrypt(message, { keyring })
    message.fill(0)
    const { plaintext: result } = await decrypting
    expect(joined([result])).toEqual(pattern(5000))
    expect(result.buffer).toBeInstanceOf(ArrayBuffer)
  })
})
