#!/usr/bin/env node
/**
 * `npm run fuzz [-- --count 1000000] [--seed S]`: mutants of messages, decrypted by what was built, and what must never
 * happen to any of them (`test/fuzz/fuzz.mjs`). Exits 1 when it does.
 *
 * `npm run fuzz -- --s3 [--count 200000] [--seed S]`: mutants of S3 objects, read through `S3EncryptionClient` on the
 * sources (`test/fuzz/s3/fuzz.ts`).
 *
 * `npm run fuzz -- [--s3] --seed S --one N` makes one mutant again, shows its bytes, and what becomes of it.
 */
import { randomInt } from 'node:crypto'
import { basename, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'

const { s3, count, seed, one } = readArguments()
const { fuzz, summaryOf, show } = s3 ? await s3Part() : await messagePart()
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
  const report = await fuzz({ mutants: count, seed, onMutant })
  if (onTerminal) process.stderr.write('\r\u001b[K')
  for (const [code, times] of Object.entries(report.outcomes).sort(([, a], [, b]) => b - a)) {
    console.log(`${times.toLocaleString('en').padStart(12)}  ${code}`)
  }
  console.log(
    `${done.toLocaleString('en')} mutants in ${seconds().toFixed(1)} s (${rate()} a second, ` +
      `the slowest ${report.slowestMs.toFixed()} ms): ${summaryOf(report)}; ${report.findings.length} findings`,
  )
  tell(report.findings)
}

async function single(number) {
  const onMutant = (tried) => console.log(show(tried))
  tell((await fuzz({ mutants: 1, first: number, seed, onMutant })).findings)
}

async function messagePart() {
  const [client, cmm, keyringRaw, { fuzz }] = await Promise.all([
    import('../packages/client/dist/index.js'),
    import('../packages/cmm/dist/index.js'),
    import('../packages/keyring-raw/dist/index.js'),
    import('../test/fuzz/fuzz.mjs'),
  ])
  return {
    fuzz: (options) => fuzz({ client, cmm, keyringRaw }, options),
    summaryOf: ({ outsiders, insiders, allowed, unchanged }) =>
      `${outsiders} by outsiders, ${insiders} by insiders; ${allowed + unchanged} that are to be decrypted`,
    show: ({ made, bytes, outcome }) => `made by    ${made}\noutcome    ${outcome}\n${hexOf(bytes)}`,
  }
}

async function s3Part() {
  // Before the AWS SDK is loaded, which says on each start that releases of next year need a newer Node.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true'
  const { fuzzObjects } = await import(await bundled('test/fuzz/s3/fuzz.ts'))
  return {
    fuzz: fuzzObjects,
    summaryOf: ({ unchanged }) => `${unchanged} unchanged ones that are to be read`,
    show({ mutant: { made, object, reading, range }, outcome }) {
      const file = object.file && new TextDecoder().decode(object.file)
      const parts = { made, reading, range, outcome, metadata: Object.fromEntries(object.metadata), file }
      return `${JSON.stringify(parts, null, 2)}\nbody: ${hexOf(object.body)}`
    },
  }
}

/** The URL of a module of `test/`, with all it imports. Node 20 cannot run TypeScript by itself. */
async function bundled(path) {
  const { build } = await import('esbuild')
  const { root } = await import('./workspace.mjs')
  const outfile = join(root, 'test', 'node_modules', '.cache', `${basename(path, '.ts')}.mjs`)
  await build({
    entryPoints: [join(root, path)],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    conditions: ['@esdk/source'],
    external: ['@aws-sdk/*'],
    // Where the vectors are, for the module that reads them.
    define: { 'import.meta.url': JSON.stringify(pathToFileURL(join(root, 'test-vectors', 'source.ts')).href) },
    logLevel: 'warning',
  })
  return pathToFileURL(outfile).href
}

function hexOf(bytes) {
  return `${bytes.length} bytes  ${Buffer.from(bytes).toString('hex')}`
}

function tell(findings) {
  for (const { what, mutant, details } of findings) {
    console.error(`FOUND: ${what}\n  ${details}\n  ${mutant < 0 ? `seed ${seed}` : howToRepeat(mutant)}`)
  }
  if (findings.length > 0) process.exitCode = 1
}

function howToRepeat(mutant) {
  return `npm run fuzz -- ${s3 ? '--s3 ' : ''}--seed ${seed} --one ${mutant}`
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
      options: {
        s3: { type: 'boolean', default: false },
        count: { type: 'string' },
        seed: { type: 'string' },
        one: { type: 'string' },
      },
    })
    const wanted = {
      s3: values.s3,
      count: numberOf('count', values.count) ?? (values.s3 ? 200_000 : 1_000_000),
      seed: numberOf('seed', values.seed),
      one: numberOf('one', values.one),
    }
    if (wanted.one !== undefined && wanted.seed === undefined) throw new Error('--one needs the --seed of its mutant')
    return { ...wanted, seed: wanted.seed ?? randomInt(2 ** 31) }
  } catch (error) {
    console.error(`${error.message}\nusage: npm run fuzz [-- --s3] [--count N] [--seed S] [--one N]`)
    process.exit(2)
  }
}

function numberOf(name, text) {
  if (text === undefined) return undefined
  if (/^\d{1,10}$/.test(text)) return Number(text)
  throw new Error(`--${name} must be a whole number, found ${JSON.stringify(text)}`)
}
