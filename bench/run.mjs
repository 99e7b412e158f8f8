#!/usr/bin/env node
/** `npm run bench [-- --quick] [-- streams|one-shot|...]`: all figures, or those that are named. */
import { oneShot } from './one-shot.mjs'
import { streams } from './streams.mjs'

const quick = process.argv.includes('--quick')
const asked = process.argv.slice(2).filter((argument) => !argument.startsWith('--'))
const parts = {
  streams: () => streams(quick ? { rounds: 3, mebibytes: 16 } : { rounds: 7, mebibytes: 64 }),
  'one-shot': () => oneShot(quick ? { rounds: 3, milliseconds: 300 } : { rounds: 7, milliseconds: 1000 }),
}
console.log(`Node ${process.versions.node}, OpenSSL ${process.versions.openssl}, ${process.arch}`)
for (const [name, part] of Object.entries(parts)) {
  if (asked.length === 0 || asked.includes(name)) await part()
}
