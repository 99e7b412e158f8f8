import { hex } from '@esdk/serialize'
import { describe, expect, it } from 'vitest'
import { chunksOf, pattern, take } from '../test/chunks.ts'
import { knownKey, knownKeyring } from '../test/keyrings.ts'
import { createClient } from './index.ts'

const keyring = knownKeyring()
const client = createClient()

/** Every array that can be reached from a value, whatever it is a part of. */
function arraysIn(value: unknown, found: Set<Uint8Array> = new Set()): Set<Uint8Array> {
  if (value instanceof Uint8Array) found.add(value)
  else if (typeof value === 'object' && value !== null) {
    for (const key of Reflect.ownKeys(value)) arraysIn(Reflect.get(value, key), found)
  }
  return found
}

/** All memory behind an array, in hexadecimal. */
function memoryOf(bytes: Uint8Array): string {
  return hex(new Uint8Array(bytes.buffer))
}

interface Message {
  readonly plaintext: Uint8Array
  /** All that encryption and decryption gave, whole and streamed. */
  readonly arrays: readonly Uint8Array[]
}

async function messageNumber(number: number): Promise<Message> {
  // 24 bytes that no other message has, then some more.
  const plaintext = pattern(24 + (number % 40), number)
  new DataView(plaintext.buffer).setUint32(0, 0xfeed_0000 + number)
  const options = { keyring, frameLength: 32, suite: 0x0478, encryptionContext: { number: String(number) } } as const
  const encrypted = await client.encrypt(plaintext, options)
  const stream = await client.encryptStream(chunksOf(plaintext, 10), options)
  const sealed = await take(stream.ciphertext)
  const decrypted = await client.decrypt(encrypted.ciphertext, { keyring })
  const opening = await client.decryptStream(chunksOf(sealed.bytes, 11), { keyring })
  const opened = await take(opening.plaintext)
  const { ciphertext: _, ...streamed } = stream
  const { plaintext: __, ...opened2 } = opening
  return { plaintext, arrays: [...arraysIn([encrypted, streamed, sealed.chunks, decrypted, opened2, opened.chunks])] }
}

describe('what the client hands out', () => {
  it('shares no memory with other messages, nor with keys: 300 short messages', async () => {
    const messages: Message[] = []
    for (let i = 0; i < 300; i++) messages.push(await messageNumber(i))
    const plaintexts = messages.map(({ plaintext }) => hex(plaintext.subarray(0, 24)))
    const key = hex(knownKey)
    let looked = 0
    for (const [i, { arrays }] of messages.entries()) {
      const all = arrays.map(memoryOf).join(' ')
      looked += arrays.length
      expect(all).not.toContain(key)
      // Its own plaintext is there, so the search finds what it looks for.
      expect(all).toContain(plaintexts[i] as string)
      const others = plaintexts.filter((text, other) => other !== i && all.includes(text))
      expect(others).toEqual([])
    }
    expect(looked).toBeGreaterThan(300 * 10)
  })

  it.each([0, 1, 100, 5000, 20_000, 300_000])('is memory of its own, of its own length: %i bytes', async (length) => {
    for (const frameLength of [100, 4096, 65_536]) {
      const { ciphertext } = await client.encrypt(pattern(length), { keyring, frameLength })
      const { plaintext } = await client.decrypt(ciphertext, { keyring })
      for (const bytes of [ciphertext, plaintext]) {
        expect(bytes.byteOffset).toBe(0)
        expect(bytes.buffer.byteLength).toBe(bytes.length)
        // No Buffer, which would print and slice otherwise.
        expect(Object.getPrototypeOf(bytes)).toBe(Uint8Array.prototype)
      }
    }
  })

  it('streams plain arrays that belong to the reader: changing them changes nothing else', async () => {
    const plaintext = pattern(300_000)
    for (const frameLength of [100, 4096, 65_536]) {
      const { ciphertext } = await client.encryptStream(plaintext, { keyring, frameLength })
      const { chunks, bytes } = await take(ciphertext)
      for (const chunk of chunks) {
        expect(Object.getPrototypeOf(chunk)).toBe(Uint8Array.prototype)
        chunk.fill(0)
      }
      const opening = await client.decryptStream(bytes, { keyring })
      const reader = opening.plaintext.getReader()
      let offset = 0
      for (let read = await reader.read(); !read.done; read = await reader.read()) {
        expect(Object.getPrototypeOf(read.value)).toBe(Uint8Array.prototype)
        expect(hex(read.value)).toBe(hex(plaintext.subarray(offset, offset + read.value.length)))
        offset += read.value.length
        read.value.fill(0)
      }
      expect(offset).toBe(plaintext.length)
    }
  })
})
