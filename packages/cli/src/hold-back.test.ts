import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { someBytes } from '../test/session.ts'
import { withHeldBack } from './hold-back.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'esdk-hold-back-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

async function* chunksOf(bytes: Uint8Array, length: number, failure?: Error): AsyncGenerator<Uint8Array> {
  for (let i = 0; i < bytes.length; i += length) yield bytes.slice(i, i + length)
  if (failure !== undefined) throw failure
}

async function gathered(source: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  for await (const chunk of source) chunks.push(new Uint8Array(chunk))
  return new Uint8Array(Buffer.concat(chunks))
}

describe('holding plaintext back', () => {
  it.each([0, 1, 999, 1000, 1001, 5000])('gives all of %i bytes, with 1000 of them in memory', async (length) => {
    const bytes = someBytes(length)
    const held = await withHeldBack(chunksOf(bytes, 300), { folder, memoryLimit: 1000 }, gathered)
    expect(held).toEqual(bytes)
    expect(readdirSync(folder)).toEqual([])
  })

  it.each([10, 100_000])('gives nothing when the source fails after %i bytes, and leaves no file', async (length) => {
    const failure = new Error('signature')
    let used = false
    const holding = withHeldBack(chunksOf(someBytes(length), 300, failure), { folder, memoryLimit: 1000 }, async () => {
      used = true
    })
    await expect(holding).rejects.toBe(failure)
    expect(used).toBe(false)
    expect(readdirSync(folder)).toEqual([])
  })

  it('overwrites what was in memory', async () => {
    const chunk = someBytes(100)
    async function* source() {
      yield chunk
    }
    await withHeldBack(source(), { folder }, async (held) => {
      expect(await gathered(held)).toEqual(someBytes(100))
    })
    expect(chunk).toEqual(new Uint8Array(100))
  })

  it('says which folder cannot take the file', async () => {
    const holding = withHeldBack(
      chunksOf(someBytes(2000), 300),
      { folder: join(folder, 'missing'), memoryLimit: 1000 },
      gathered,
    )
    await expect(holding).rejects.toThrow('cannot write the temporary file for plaintext that is not verified yet')
  })
})
