#!/usr/bin/env node
/** `npm run bench [-- --quick] [-- streams one-shot cache memory import sizes s3]`: all figures, or those that are named. */
import { cache } from './cache.mjs'
import { importTime } from './import-time.mjs'
import { memory } from './memory.mjs'
import { oneShot } from './one-shot.mjs'
import { s3 } from './s3.mjs'
import { sizes } from './sizes.mjs'
import { streams } from './streams.mjs'

const quick = process.argv.includes('--quick')
const asked = process.argv.slice(2).filter((argument) => !argument.startsWith('--'))
const parts = {
  streams: () => streams(quick ? { rounds: 3, mebibytes: 16 } : { rounds: 7, mebibytes: 64 }),
  'one-shot': () => oneShot(quick ? { rounds: 3, milliseconds: 300 } : { rounds: 7, milliseconds: 1000 }),
  cache: () =>
    cache(
      quick
        ? { rounds: 3, milliseconds: 300, operations: 200_000, entries: 20_000 }
        : { rounds: 7, milliseconds: 1000, operations: 1_000_000, entries: 100_000 },
    ),
  memory: () => memory(quick ? { rounds: 1, mebibytes: 256 } : { rounds: 3, mebibytes: 1024 }),
  import: () => importTime({ rounds: quick ? 5 : 15 }),
  sizes,
  s3: () =>
    s3(quick ? { rounds: 5, mebibytes: 64, longMebibytes: 256 } : { rounds: 9, mebibytes: 256, longMebibytes: 1024 }),
}

const unknown = asked.filter((name) => !Object.hasOwn(parts, name))
if (unknown.length > 0) {
  console.error(`no such part: ${unknown.join(', ')}; there are ${Object.keys(parts).join(', ')}`)
  process.exit(2)
}
console.log(`Node ${process.versions.node}, OpenSSL ${process.versions.openssl}, ${process.platform} ${process.arch}`)
for (const [name, part] of Object.entries(parts)) {
  if (asked.length === 0 || asked.includes(name)) await part()
}
