#!/usr/bin/env node
/**
 * `npm run interop`: messages and objects of ours are read by the released implementations, and theirs by ours.
 *
 *     npm run interop -- [--only python|java|javascript|dynamodb|s3-java|s3-java-1|s3-python|s3-aioboto3]
 *                        [--quick] [--seed TEXT] [--keep]
 *
 * Each peer is one program in its own language. It gets jobs, does them, and answers what came out; everything is
 * compared here. All call the AWS KMS of this project, DynamoDB Local, and one S3 server.
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
import { longestObject } from './s3/dimensions.mjs'
import { exchangeObjects } from './s3/exchange.mjs'
import { makeOtherKeys } from './s3/keyrings.mjs'
import { startServices } from './services.mjs'
import { s3Toolchains, toolchains } from './toolchains.mjs'

const parts = [...Object.keys(toolchains), 'dynamodb', ...Object.keys(s3Toolchains)]
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
const length = Math.max(longestPlaintext, longestObject) + 4096
const plaintext = { path: join(folder, 'plaintext'), bytes: randomBytesOf(options.seed, length) }
await writeFile(plaintext.path, plaintext.bytes)

const chosen = [...new Set(options.only)]
const isOfS3 = (part) => Object.hasOwn(s3Toolchains, part)
const services = await startServices(folder, { s3: chosen.some(isOfS3), dynamoDb: !chosen.every(isOfS3) })
const { dynamoDb, s3 } = services
const keys = { ...(await generateKeys()), ...(await makeOtherKeys()), ...services.keys }
if (dynamoDb.endpoint !== undefined) Object.assign(keys, await makeSharedBranchKeys(keys))
if (s3.endpoint !== undefined) console.log(`The S3 server is ${s3.name}.`)

const { seed, quick } = options
const reports = await Promise.all(
  chosen.map((part) => {
    if (part === 'dynamodb') return tryStorage({ part, dynamoDb, keys })
    if (isOfS3(part)) return exchangeObjects({ peer: part, folder, plaintext, keys, s3, seed, quick })
    return exchange({ peer: part, folder, plaintext, keys, seed, quick })
  }),
)
await services.stop()
for (const [peer, { broken }] of Object.entries({ dynamodb: dynamoDb, s3 })) {
  if (broken === undefined) continue
  reports.push({ peer, outcomes: [{ peer, direction: directions.peer, row: {}, error: broken }], skipped: [] })
}

const outcomes = reports.flatMap((report) => report.outcomes)
const passed = outcomes.filter(isPass).length
const failed = outcomes.filter(isFailure).length
printReports(reports)
if (dynamoDb.missing !== undefined) console.log(`SKIPPED: branch keys, with every peer: ${dynamoDb.missing}`)
if (s3.wrong !== undefined) console.log(`SKIPPED: a stricter S3 server: ${s3.wrong}`)
if (options.keep || failed > 0) console.log(`Messages, jobs and test keys are in ${folder}`)
else await rm(folder, { recursive: true })
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed > 0 || passed === 0 ? 1 : 0
