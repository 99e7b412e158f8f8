#!/usr/bin/env node
/**
 * `npm run emulators`: the agreement suite of local-kms, run against local-kms over HTTP, LocalStack and moto: what one
 * does, each must do, but for the departures from AWS that are known. The last line is `N passed, N failed`.
 *
 *     npm run emulators -- [local-kms] [localstack] [moto]
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { departures } from './emulators/departures.mjs'
import { kmsServers } from './emulators/kms-servers.mjs'
import { MissingToolchain, run } from './toolchain.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const suite = 'packages/local-kms/src/agreement.node.test.ts'

const names = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(kmsServers)
const unknown = names.find((name) => !Object.hasOwn(kmsServers, name))
if (unknown !== undefined) {
  console.error(`there are ${Object.keys(kmsServers).join(', ')}; found ${unknown}`)
  process.exit(2)
}

// So that what was started ends too.
for (const signal of ['SIGHUP', 'SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1))

let passed = 0
let failed = 0
for (const name of names) {
  try {
    const { agreed, known, wrong } = await agreementWith(name)
    passed += agreed
    failed += wrong.length
    console.log(`${name}: ${agreed} agree, ${wrong.length} do not, ${known.length} known departures from AWS`)
    for (const [test, { does, aws }] of known)
      console.log(`  known: ${test}\n         ${name} ${does}\n         AWS: ${aws}`)
    for (const line of wrong) console.error(`  FAILED: ${line}`)
  } catch (error) {
    if (error instanceof MissingToolchain) {
      console.log(`SKIPPED: ${name}: ${error.message}, so local-kms was not compared with it`)
    } else {
      failed++
      console.error(`${name}: ${error.message}`)
    }
  }
}
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed > 0 || passed === 0 ? 1 : 0

async function agreementWith(name) {
  const { endpoint, stop } = await kmsServers[name]()
  try {
    return compare(await runSuite(endpoint), departures[name] ?? {})
  } finally {
    await stop()
  }
}

/** What became of each test of the suite, by its name. */
async function runSuite(endpoint) {
  const folder = await mkdtemp(join(tmpdir(), 'esdk-agreement-'))
  try {
    const report = join(folder, 'report.json')
    const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs')
    const options = ['--project', 'node', '-t', 'a KMS at', '--reporter=json', `--outputFile=${report}`]
    process.env.ESDK_KMS_ENDPOINT = endpoint
    const { output } = await run(process.execPath, [vitest, 'run', '--root', root, suite, ...options], {
      timeout: 300_000,
    })
    const text = await readFile(report, 'utf8').catch(() => {
      throw new Error(`the suite left no report:\n${output}`)
    })
    const tests = JSON.parse(text).testResults.flatMap(({ assertionResults }) => assertionResults)
    return new Map(tests.filter(({ status }) => status === 'passed' || status === 'failed').map(outcomeOf))
  } finally {
    await rm(folder, { recursive: true })
  }
}

function outcomeOf({ ancestorTitles, title, status, failureMessages }) {
  const [why = ''] = failureMessages
  return [[...ancestorTitles.slice(1), title].join(' > '), status === 'passed' ? undefined : why.split('\n')[0]]
}

function compare(outcomes, expected) {
  const known = Object.entries(expected).filter(([test]) => outcomes.get(test) !== undefined)
  const wrong = [...outcomes].filter(([test, why]) => why !== undefined && !Object.hasOwn(expected, test))
  const mended = Object.keys(expected).filter((test) => outcomes.get(test) === undefined)
  return {
    agreed: [...outcomes].filter(([test, why]) => why === undefined && !Object.hasOwn(expected, test)).length,
    known,
    wrong: [
      ...wrong.map(([test, why]) => `${test}: ${why}`),
      ...mended.map((test) => `${test}: ${outcomes.has(test) ? 'it does as AWS does now' : 'there is no such test'}`),
    ],
  }
}
