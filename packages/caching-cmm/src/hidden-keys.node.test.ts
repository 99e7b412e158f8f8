import { inspect } from 'node:util'
import { hex } from '@esdk/serialize'
import { describe, expect, it } from 'vitest'
import { CountedKeyring } from '../test/counted-keyring.ts'
import { toDecrypt, toEncrypt } from '../test/requests.ts'
import { cachingCmm } from './caching-cmm.ts'
import { localCache } from './local-cache.ts'

describe('a cache that is full of keys (K12, keys in logs)', () => {
  it('shows none of them when it is printed', async () => {
    const cache = localCache({ capacity: 10 })
    const cmm = cachingCmm({ keyring: new CountedKeyring(), cache, maxAgeMs: 60_000 })
    const materials = await cmm.getEncryptionMaterials(toEncrypt())
    await cmm.decryptMaterials(toDecrypt(materials))
    expect(cache.statistics.entries).toBe(2)
    const bytes = materials.dataKey.expose()
    const printed = [cache, cmm, cmm.statistics, materials].flatMap((value) => [
      inspect(value, { depth: Number.POSITIVE_INFINITY, showHidden: true, getters: true }),
      JSON.stringify(value),
    ])
    // Four bytes in a row, as inspect and JSON write them.
    const shows = (text: string) =>
      text.includes(hex(bytes)) || text.replaceAll(/\s|"\d+":/g, '').includes(bytes.subarray(0, 4).join(','))
    expect([hex(bytes), inspect(bytes), JSON.stringify(bytes)].map(shows)).toEqual([true, true, true])
    for (const text of printed) expect(shows(text)).toBe(false)
  })
})
