#!/usr/bin/env node
/**
 * `npm run interop`: messages of ours are opened by the released implementations, and theirs by ours.
 *
 *     npm run interop -- [--only python|java|javascript] [--quick] [--seed TEXT] [--keep]
 *
 * Each peer is one program in its own language. It gets a list of jobs, does them all, and writes down what came out;
 * everything is compared here.
 *
 * @module
 */

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { longestPlaintext } from './dimensions.mjs'
import { exchange } from './exchange.mjs'
import { generateKeys } from './keys.mjs'
import { randomBytesOf } from './random.mjs'
import { isFailure, isPass, printReports } from './report.mjs'
import { toolchains } from './toolchains.mjs'

const peers = Object.keys(toolchains)
const { values: options } = parseArgs({
  options: {
    only: { type: 'string', multiple: true, default: peers },
    quick: { type: 'boolean', default: false },
    seed: { type: 'string', default: '1' },
    keep: { type: 'boolean', default: false },
  },
})
const unknown = options.only.find((name) => !peers.includes(name))
if (unknown !== undefined) {
  console.error(`--only takes one of ${peers.join(', ')}; found ${unknown}`)
  process.exit(2)
}

console.log(`Seed ${options.seed}: the same messages each time, but for the keys and the random bytes in them.`)
const folder = await mkdtemp(join(tmpdir(), 'esdk-interop-'))
const plaintext = { path: join(folder, 'plaintext'), bytes: randomBytesOf(options.seed, longestPlaintext + 4096) }
await writeFile(plaintext.path, plaintext.bytes)
const keys = { path: join(folder, 'keys.json'), values: await generateKeys() }
await writeFile(keys.path, JSON.stringify(keys.values), { mode: 0o600 })

const { seed, quick } = options
const reports = await Promise.all(
  [...new Set(options.only)].map((peer) => exchange({ peer, folder, plaintext, keys, seed, quick })),
)

const outcomes = reports.flatMap((report) => report.outcomes)
const passed = outcomes.filter(isPass).length
const failed = outcomes.filter(isFailure).length
printReports(reports)
if (options.keep || failed > 0) console.log(`Messages, jobs and test keys are in ${folder}`)
else await rm(folder, { recursive: true })
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed > 0 || passed === 0 ? 1 : 0
