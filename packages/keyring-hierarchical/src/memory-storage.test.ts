import { expect, it } from 'vitest'
import { memoryStorage } from './memory-storage.ts'

const item = { 'branch-key-id': { S: 'a' }, type: { S: 'b' }, enc: { B: Uint8Array.of(1) } }

it('a storage in memory keeps what it is given, in memory of its own', async () => {
  const enc = Uint8Array.of(1)
  const storage = memoryStorage([{ ...item, enc: { B: enc } }])
  enc.fill(9)
  const found = await storage.get('a', 'b')
  expect(found).toEqual(item)
  found?.['enc']?.B?.fill(9)
  expect(await storage.get('a', 'b')).toEqual(item)
  expect(await storage.get('b', 'a')).toBeUndefined()
})

it('a storage in memory writes all or nothing', async () => {
  const storage = memoryStorage([item])
  const other = { ...item, type: { S: 'c' } }
  await expect(storage.put([{ item: other }, { item }])).rejects.toMatchObject({ code: 'ERR_ESDK_BRANCH_KEY_STORE' })
  await expect(storage.put([{ item: other }, { item, replaces: Uint8Array.of(2) }])).rejects.toThrow('changed')
  expect(await storage.get('a', 'c')).toBeUndefined()
  const changed = { ...item, enc: { B: Uint8Array.of(3) } }
  await storage.put([{ item: other }, { item: changed, replaces: Uint8Array.of(1) }])
  expect(await storage.get('a', 'b')).toEqual(changed)
  expect(await storage.get('a', 'c')).toEqual(other)
})

it('a storage in memory is there from the start, and does nothing after an abort', async () => {
  const storage = memoryStorage()
  expect(await storage.createTable()).toBe('memory')
  const aborted = { signal: AbortSignal.abort('enough') }
  for (const use of [
    () => storage.createTable(aborted),
    () => storage.get('a', 'b', aborted),
    () => storage.put([{ item }], aborted),
  ]) {
    await expect(use()).rejects.toBe('enough')
  }
  expect(await storage.get('a', 'b')).toBeUndefined()
})

it.each(['branch-key-id', 'type'])('a storage in memory takes no item without %s as a text', (name) => {
  expect(() => memoryStorage([{ ...item, [name]: { N: '1' } }])).toThrow(TypeError)
})
