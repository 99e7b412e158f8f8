/**
 * Every suite and raw key, and some messages of other implementations, on other runtimes, and which backend each picks.
 *
 * The runtimes come from npm as packages that hold a program. Where one cannot be had, that is said.
 *
 * @module
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as esbuild from 'esbuild'
import { root, run } from '../scripts/workspace.mjs'
import { ensure } from './checks.mjs'
import { installOffline, npmIn, project } from './consumer.mjs'

const platform = `${process.platform}-${process.arch}`

/** @type {{ name: string, backend: string, install: string[], program: string, args: string[] }[]} */
const runtimes = [
  ...['22', '24', '26'].map((major) => ({
    name: `Node ${major}`,
    backend: 'node',
    install: [`node${major}@npm:node-${platform}@${major}`],
    program: `node${major}/bin/node`,
    args: ['all-suites-main.js'],
  })),
  {
    name: 'Deno',
    backend: 'web',
    install: ['deno@2.9.6'],
    program: '.bin/deno',
    args: ['run', '--allow-all', '--node-modules-dir=manual', 'all-suites-main.js'],
  },
  {
    name: 'Bun',
    backend: 'node',
    // The package `bun` moves its program into place by a script; this is where it takes it from.
    install: ['bun@1.4.5'],
    program: `@oven/bun-${platform}/bin/bun`,
    args: ['all-suites-main.js'],
  },
  {
    name: 'workerd',
    backend: 'web',
    install: ['workerd@1.20261117.1'],
    program: '.bin/workerd',
    args: ['test', 'worker.capnp'],
  },
]

/** @param {import('./context.d.ts').Context} context */
export async function checkRuntimes(context) {
  const { checks, folder } = context
  checks.section('Runtimes')
  const home = join(folder, 'on-runtimes')
  const there = await checks.check('a project with client, keyring and vectors', async () => {
    installOffline(home, ['@esdk/client', '@esdk/keyring-raw'], context)
    const vectors = chooseVectors()
    writeFileSync(join(home, 'vectors.js'), `export const vectors = ${JSON.stringify(vectors)}\n`)
    await bundleForWorkers(home)
    return `${vectors.length} vectors`
  })
  if (there === undefined) return

  const here = { name: `Node ${process.versions.node}`, backend: 'node', args: ['all-suites-main.js'] }
  await checks.check(here.name, () => judge(here, run(process.execPath, here.args, { cwd: home })))
  for (const runtime of runtimes) {
    const modules = join(folder, 'runtimes', runtime.name.replace(' ', '-'))
    const missing = install(modules, runtime)
    if (missing !== undefined) checks.skip(runtime.name, missing)
    else await checks.check(runtime.name, () => judge(runtime, start(modules, home, runtime)))
  }
}

/** Gives why it cannot be had. */
function install(modules, { install: packages }) {
  try {
    project(modules, {})
    npmIn({ cwd: modules }, 'install', '--ignore-scripts', '--prefer-offline', ...packages)
    return undefined
  } catch (error) {
    return error.message.split('\n').slice(0, 3).join(' ')
  }
}

function start(modules, home, { program, args }) {
  return run(join(modules, 'node_modules', ...program.split('/')), args, { cwd: home })
}

/** What it printed says that all went well, and on the backend that is meant for it. */
function judge({ name, backend }, printed) {
  const line = printed.split('\n').find((text) => text.startsWith('{'))
  ensure(line !== undefined, `${name} printed: ${printed}`)
  const result = JSON.parse(line)
  const wrong = result.lines.filter((text) => !text.startsWith('ok '))
  ensure(wrong.length === 0, wrong.join('\n'))
  ensure(result.backend === backend, `picked the backend ${result.backend}, expected ${backend}`)
  return `${result.lines.length} of ${result.lines.length}, on the backend ${backend}`
}

async function bundleForWorkers(home) {
  await esbuild.build({
    entryPoints: [join(home, 'all-suites-worker.js')],
    absWorkingDir: home,
    outfile: join(home, 'worker.js'),
    bundle: true,
    format: 'esm',
    platform: 'neutral',
    conditions: ['workerd', 'worker', 'browser'],
    logLevel: 'silent',
  })
}

/** Of each suite, the shortest messages of each implementation that wrote some with an AES key. */
function chooseVectors() {
  const folder = join(root, 'test-vectors', 'esdk')
  const { tests } = JSON.parse(readFileSync(join(folder, 'decrypt', 'manifest.json'), 'utf8'))
  const { keys } = JSON.parse(readFileSync(join(folder, 'keys.json'), 'utf8'))
  const chosen = new Map()
  for (const test of tests) {
    const { type, key, 'encryption-algorithm': algorithm, 'provider-id': namespace } = test.decryptKeyDescription
    if (test.result !== 'ok' || type !== 'raw' || algorithm !== 'aes' || test.messageLength > 20_000) continue
    if (!test.commitmentPolicies.includes('REQUIRE_ENCRYPT_ALLOW_DECRYPT')) continue
    const place = `${test.suiteId} ${test.producedBy.name}`
    if (test.plaintext.length === 0 || chosen.has(place)) continue
    const message = readFileSync(join(folder, 'decrypt', test.message)).toString('base64')
    const { material, 'key-id': name } = keys[key]
    chosen.set(place, { id: test.id, message, key: material, namespace, name, sha256: test.plaintext.sha256 })
  }
  return [...chosen.values()]
}
