/** The caching materials manager: its speed, its memory, the herd, and a million requests against a model. */
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { cachingCmm, localCache } from '@esdk/caching-cmm'
import { createClient } from '@esdk/client'
import { DataKey } from '@esdk/cmm'
import { rawAesKeyring } from '@esdk/keyring-raw'
import { algorithmSuite, contextOf } from '@esdk/serialize'
import { runAgainstModel } from '../test/cache-model.mjs'
import { interleaved, median, medianRatio, number, perSecond, table, verdict } from './measure.mjs'

const child = fileURLToPath(new URL('cache-child.mjs', import.meta.url))
const targetRatio = 0.85
const herd = 10_000

export async function cache({ rounds, milliseconds, operations, entries }) {
  await speed({ rounds, milliseconds })
  await calls()
  await model(operations)
  memory(entries)
}

async function speed({ rounds, milliseconds }) {
  const client = createClient()
  const keyring = rawAesKeyring({ namespace: 'bench', name: 'key', wrappingKey: new Uint8Array(32).fill(7) })
  const cmm = cachingCmm({ keyring, cache: localCache({ capacity: 1000 }), maxAgeMs: 600_000 })
  const encryptionContext = { purpose: 'bench', tenant: '42' }
  const plaintext = new Uint8Array(256).fill(0x61)
  const rows = []
  for (const suite of [0x0478, 0x0578]) {
    const { ciphertext } = await client.encrypt(plaintext, { keyring, encryptionContext, suite })
    const operations = {
      encrypt: (source) => client.encrypt(plaintext, { ...source, encryptionContext, suite }),
      decrypt: (source) => client.decrypt(ciphertext, source),
    }
    for (const [name, operation] of Object.entries(operations)) {
      const figures = await interleaved(
        {
          cached: () => perSecond(() => operation({ cmm }), milliseconds),
          uncached: () => perSecond(() => operation({ keyring }), milliseconds),
        },
        rounds,
      )
      const ratio = medianRatio(figures.cached, figures.uncached)
      const target = suite === 0x0478 && name === 'encrypt' ? targetRatio : undefined
      rows.push([
        `0${suite.toString(16)} ${name} 256 B`,
        number(median(figures.cached)),
        number(median(figures.uncached)),
        `${number(ratio, 2)}x`,
        target ? `${target}x` : '',
        verdict(ratio, target),
      ])
    }
  }
  console.log(
    `\nCached materials beside a raw AES keyring; operations per second, medians of ${rounds} interleaved rounds. The ratio is cached to raw AES: above 1, cached is faster; ${targetRatio} is 15 % slower, and the least that is promised\n`,
  )
  console.log(table(['', 'cached', 'raw AES', 'ratio', 'target', ''], rows))
}

/** Equal requests at the same time. */
async function calls() {
  let made = 0
  const keyring = rawAesKeyring({ namespace: 'bench', name: 'key', wrappingKey: new Uint8Array(32).fill(7) })
  const counting = {
    ...keyring,
    onEncrypt: (...given) => {
      made++
      return keyring.onEncrypt(...given)
    },
  }
  const cmm = cachingCmm({ keyring: counting, cache: localCache({ capacity: 10 }), maxAgeMs: 60_000 })
  const client = createClient()
  const plaintext = new Uint8Array(256)
  const start = performance.now()
  await Promise.all(Array.from({ length: herd }, () => client.encrypt(plaintext, { cmm, suite: 0x0478 })))
  const took = performance.now() - start
  console.log(
    `\n${number(herd)} equal encryptions at once: ${made} call of the keyring, target 1, ${verdict(made, 1, made === 1)}; ${number(took)} ms`,
  )
}

async function model(operations) {
  const tools = { cachingCmm, localCache, DataKey, algorithmSuite, contextOf }
  const rows = []
  for (const capacity of [1000, 20]) {
    const found = await runAgainstModel(tools, { operations: operations / 2, capacity, seed: 4711 + capacity })
    const wrong = found.foreign + found.stale + found.worn
    rows.push([
      capacity,
      number(found.operations),
      number(found.hits),
      found.foreign,
      found.stale,
      found.worn,
      verdict(wrong, 0, wrong === 0),
    ])
  }
  console.log('\nRandom requests of 36 materials managers in 3 partitions over one cache, against a model\n')
  console.log(table(['capacity', 'requests', 'hits', 'foreign', 'stale', 'used up', 'target 0'], rows))
}

function memory(entries) {
  const { heap, resident } = JSON.parse(
    execFileSync(process.execPath, ['--expose-gc', child, String(entries)], { encoding: 'utf8' }),
  )
  console.log(
    `\nA cache of ${number(entries)} entries (0x0478, one encrypted data key, two pairs): ${number(heap / 2 ** 20)} MiB of heap and array buffers, ${number(heap / entries)} bytes each; resident memory grew by ${number(resident / 2 ** 20)} MiB`,
  )
}
