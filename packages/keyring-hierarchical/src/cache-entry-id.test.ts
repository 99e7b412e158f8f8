import { defaultBackend } from '@esdk/crypto-backend'
import { utf8 } from '@esdk/serialize'
import { describe, expect, it } from 'vitest'
import { type CacheEntryFields, cacheEntryId } from './cache-entry-id.ts'

const fields = {
  partitionId: utf8('partition'),
  logicalKeyStoreName: 'keys',
  branchKeyId: 'tenant-1',
  version: 'd31bcc48-bf70-40d0-96a1-4f94d7aedeea',
}

function idOf(changes: Partial<CacheEntryFields> = {}) {
  return cacheEntryId(defaultBackend, { ...fields, ...changes })
}

async function sha384(text: string): Promise<string> {
  const digest = await defaultBackend.digest('SHA-384', utf8(text))
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

describe('the id of a cache entry', () => {
  it('begins with the hash of the specification', async () => {
    const store = 'partition\0keys\0tenant-1'
    expect(await idOf({ version: undefined })).toContain(`${await sha384(`\x02\0\x01\0${store}`)} `)
    expect(await idOf()).toContain(`${await sha384(`\x02\0\x02\0${store}\0${fields.version}`)} `)
  })

  it('is another for 10,000 pairs that differ in one field (M6, no two entries are mixed up)', async () => {
    // Short fields over an alphabet with the separator in it: the worst there is for joined texts.
    const words = ['', '\0', 'a', 'a\0', '\0a', 'a\0a', '\0\0', 'b', 'ab', 'b\0a']
    const ids = new Set<string>()
    for (const partition of words) {
      for (const logicalKeyStoreName of words) {
        for (const branchKeyId of words) {
          for (const version of [undefined, ...words.slice(1)]) {
            ids.add(await idOf({ partitionId: utf8(partition), logicalKeyStoreName, branchKeyId, version }))
          }
        }
      }
    }
    expect(ids.size).toBe(10_000)
  })
})
