#!/usr/bin/env node
/**
 * `npm run interop`: messages of ours are opened by the released implementations, and theirs by ours.
 *
 *     npm run interop -- [--only python|java|javascript|dynamodb] [--quick] [--seed TEXT] [--keep]
 *
 * Each peer is one program in its own language. It gets jobs, does them, and answers what came out; everything is
 * compared here. All call the AWS KMS of this project, and DynamoDB Local.
 *
 * @module
 */

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { makeSharedBranchKeys } from './branch-keys.mjs'
import { longestPlaintext } from './dimensions.mjs'
import { tryStorage } from './dynamodb.mjs'
import { exchange } from './exchange.mjs'
import { generateKeys } from './keys.mjs'
import { directions, isFailure, isPass } from './outcome.mjs'
import { randomBytesOf } from './random.mjs'
import { printReports } from './report.mjs'
import { startServices } from './services.mjs'
import { toolchains } from './toolchains.mjs'

const parts = [...Object.keys(toolchains), 'dynamodb']
const { values: options } = parseArgs({
  options: {
    only: { type: 'string', multiple: true, default: parts },
    quick: { type: 'boolean', default: false },
    seed: { type: 'string', default: '1' },
    keep: { type: 'boolean', default: false },
  },
})
const unknown = options.only.find((name) => !parts.includes(name))
if (unknown !== undefined) {
  console.error(`--only takes one of ${parts.join(', ')}; found ${unknown}`)
  process.exit(2)
}

console.log(`Seed ${options.seed}: the same messages each time, but for the keys and the random bytes in them.`)
const folder = await mkdtemp(join(tmpdir(), 'esdk-interop-'))
const plaintext = { path: join(folder, 'plaintext'), bytes: randomBytesOf(options.seed, longestPlaintext + 4096) }
await writeFile(plaintext.path, plaintext.bytes)

const services = await startServices(folder)
const { dynamoDb } = services
const keys = { ...(await generateKeys()), ...services.keys }
if (dynamoDb.endpoint !== undefined) Object.assign(keys, await makeSharedBranchKeys(keys))

const { seed, quick } = options
const chosen = [...new Set(options.only)]
const reports = await Promise.all(
  chosen.map((part) =>
    part === 'dynamodb'
      ? tryStorage({ part, dynamoDb, keys })
      : exchange({ peer: part, folder, plaintext, keys, seed, quick }),
  ),
)
await services.stop()
if (dynamoDb.broken !== undefined) {
  const outcome = { peer: 'dynamodb', direction: directions.peer, row: {}, error: dynamoDb.broken }
  reports.push({ peer: 'dynamodb', outcomes: [outcome], skipped: [] })
}

const outcomes = reports.flatMap((report) => report.outcomes)
const passed = outcomes.filter(isPass).length
const failed = outcomes.filter(isFailure).length
printReports(reports)
if (dynamoDb.missing !== undefined) console.log(`SKIPPED: branch keys, with every peer: ${dynamoDb.missing}`)
if (options.keep || failed > 0) console.log(`Messages, jobs and test keys are in ${folder}`)
else await rm(folder, { recursive: true })
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed > 0 || passed === 0 ? 1 : 0
