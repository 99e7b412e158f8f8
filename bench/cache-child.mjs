/** Fills a cache with as many entries as the argument says, and prints how much memory that took, as JSON. */
import { cachingCmm, localCache } from '@esdk/caching-cmm'
import { rawAesKeyring } from '@esdk/keyring-raw'
import { algorithmSuite, contextOf } from '@esdk/serialize'

const entries = Number(process.argv[2])
const keyring = rawAesKeyring({ namespace: 'bench', name: 'key', wrappingKey: new Uint8Array(32).fill(7) })
const suite = algorithmSuite(0x0478)

async function fill(count) {
  const cache = localCache({ capacity: count })
  const cmm = cachingCmm({ keyring, cache, maxAgeMs: 600_000 })
  for (let i = 0; i < count; i++) {
    const { dataKey } = await cmm.getEncryptionMaterials({
      commitmentPolicy: 'require-encrypt-require-decrypt',
      suite,
      encryptionContext: contextOf([
        ['purpose', 'bench'],
        ['tenant', String(i)],
      ]),
      maxPlaintextLength: 256,
    })
    dataKey.zero()
  }
  return cache
}

function used() {
  globalThis.gc()
  const { heapUsed, arrayBuffers, rss } = process.memoryUsage()
  return { heap: heapUsed + arrayBuffers, resident: rss }
}

// Code that is compiled meanwhile is no part of the figure.
await fill(1000)
const before = used()
const cache = await fill(entries)
const after = used()
if (cache.statistics.entries !== entries) throw new Error(`only ${cache.statistics.entries} entries were kept`)
console.log(JSON.stringify({ heap: after.heap - before.heap, resident: after.resident - before.resident }))
