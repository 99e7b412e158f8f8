#!/usr/bin/env node
/**
 * `npm run fuzz [-- --count 1000000] [--seed S]`: mutants of messages, decrypted by what was built, and what must never
 * happen to any of them (`test/fuzz/fuzz.mjs`). Exits 1 when it does.
 *
 * `npm run fuzz -- --seed S --one N` makes one mutant again, shows its bytes, and what becomes of it.
 */
import { randomInt } from 'node:crypto'
import { parseArgs } from 'node:util'
import * as client from '../packages/client/dist/index.js'
import * as cmm from '../packages/cmm/dist/index.js'
import * as keyringRaw from '../packages/keyring-raw/dist/index.js'
import { fuzz } from '../test/fuzz/fuzz.mjs'

const library = { client, cmm, keyringRaw }
const { count, seed, one } = readArguments()
const onTerminal = process.stderr.isTTY
const start = performance.now()
let done = 0
let last = -1
let shown = 0
let finished = false

process.on('unhandledRejection', (reason) => {
  console.error(`\nunhandled rejection: ${reason instanceof Error ? reason.stack : String(reason)}`)
  process.exit(1)
})
process.on('SIGINT', () => process.exit(130))
process.on('exit', () => {
  if (finished) return
  // A promise that is never settled ends the process too.
  console.error(`\nended during the mutant after ${last}: ${howToRepeat(last + 1)}`)
  process.exitCode ||= 1
})

if (one === undefined) await many()
else await single(one)
finished = true

async function many() {
  console.log(`${count.toLocaleString('en')} mutants of seed ${seed}`)
  const report = await fuzz(library, { mutants: count, seed, onMutant })
  if (onTerminal) process.stderr.write('\r\u001b[K')
  for (const [code, times] of Object.entries(report.outcomes).sort(([, a], [, b]) => b - a)) {
    console.log(`${times.toLocaleString('en').padStart(12)}  ${code}`)
  }
  console.log(
    `${done.toLocaleString('en')} mutants in ${seconds().toFixed(1)} s (${rate()} a second, ` +
      `the slowest ${report.slowestMs.toFixed()} ms): ${report.outsiders} by outsiders, ${report.insiders} by insiders; ` +
      `${report.allowed + report.unchanged} that are to be decrypted; ${report.findings.length} findings`,
  )
  tell(report.findings)
}

async function single(number) {
  const show = ({ made, bytes, outcome }) => {
    console.log(
      `made by    ${made}\noutcome    ${outcome}\n${bytes.length} bytes  ${Buffer.from(bytes).toString('hex')}`,
    )
  }
  tell((await fuzz(library, { mutants: 1, first: number, seed, onMutant: show })).findings)
}

function tell(findings) {
  for (const { what, mutant, details } of findings) {
    console.error(`FOUND: ${what}\n  ${details}\n  ${mutant < 0 ? `seed ${seed}` : howToRepeat(mutant)}`)
  }
  if (findings.length > 0) process.exitCode = 1
}

function howToRepeat(mutant) {
  return `npm run fuzz -- --seed ${seed} --one ${mutant}`
}

function onMutant({ index }) {
  last = index
  done++
  if (!onTerminal || performance.now() - shown < 200) return
  shown = performance.now()
  const share = ((100 * done) / count).toFixed(1)
  process.stderr.write(`\r\u001b[K${share} %  ${done.toLocaleString('en')} mutants, ${rate()} a second`)
}

function seconds() {
  return (performance.now() - start) / 1000
}

function rate() {
  return Math.round(done / seconds()).toLocaleString('en')
}

function readArguments() {
  try {
    const { values } = parseArgs({
      options: { count: { type: 'string' }, seed: { type: 'string' }, one: { type: 'string' } },
    })
    const wanted = {
      count: numberOf('count', values.count) ?? 1_000_000,
      seed: numberOf('seed', values.seed),
      one: numberOf('one', values.one),
    }
    if (wanted.one !== undefined && wanted.seed === undefined) throw new Error('--one needs the --seed of its mutant')
    return { ...wanted, seed: wanted.seed ?? randomInt(2 ** 31) }
  } catch (error) {
    console.error(`${error.message}\nusage: npm run fuzz [-- --count N] [--seed S] [--one N]`)
    process.exit(2)
  }
}

function numberOf(name, text) {
  if (text === undefined) return undefined
  if (/^\d{1,10}$/.test(text)) return Number(text)
  throw new Error(`--${name} must be a whole number, found ${JSON.stringify(text)}`)
}
