#!/usr/bin/env node
/**
 * `npm run TASK`: installs what the lockfile names when it is not there, builds, then runs the task.
 *
 * Needs Node and npm alone, and imports nothing that has to be installed first. The second time it needs no network.
 */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const stamp = join(root, 'node_modules', '.cache', 'esdk-installed')
const [task, ...args] = process.argv.slice(2)

const tasks = {
  setup: () => install({ force: true }) && build(),
  build: () => install() && build(),
  format: () => install() && bin('biome', 'check', '--write', ...args),
  lint: () => install() && build() && script('scripts/lint.mjs', ...args),
  test: () => install() && build() && script('scripts/test.mjs', ...args),
  coverage: () => install() && build() && script('scripts/test.mjs', '--coverage', '--thresholds', ...args),
  demo: () => install() && build() && script('scripts/demo.mjs', ...args),
  example: () => install() && script('scripts/example.mjs', ...args),
  bench: () => install() && build() && script('bench/run.mjs', ...args),
  fuzz: () => install() && build() && script('scripts/fuzz.mjs', ...args),
  interop: () => install() && build() && script('interop/run.mjs', ...args),
  bulk: () => install() && build() && script('bulk/run.mjs', ...args),
  emulators: () => install() && build() && script('scripts/emulators.mjs', ...args),
  packaging: () => install() && build() && script('packaging/run.mjs', ...args),
}

if (!Object.hasOwn(tasks, task ?? '')) {
  console.error(`usage: npm run <${Object.keys(tasks).join('|')}>`)
  process.exit(2)
}
if (!tasks[task]()) process.exit(1)

/** Installs the lockfile, unless it is the one that was installed last. */
function install({ force = false } = {}) {
  const wanted = createHash('sha256')
    .update(readFileSync(join(root, 'pnpm-lock.yaml')))
    .update(readFileSync(join(root, 'package.json')))
    .digest('hex')
  if (!force && existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return true
  const { pnpm } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).devDependencies
  console.error('Installing the dependencies in pnpm-lock.yaml (the first time only) ...')
  const installed = run('npx', ['--yes', `pnpm@${pnpm}`, 'install', '--frozen-lockfile', '--prefer-offline'])
  if (!installed) {
    console.error('\nThe installation failed. It needs the network once, and Node 20 or newer.')
    return false
  }
  mkdirSync(dirname(stamp), { recursive: true })
  writeFileSync(stamp, wanted)
  return true
}

function build() {
  return script('scripts/build.mjs')
}

function bin(name, ...rest) {
  return run(join(root, 'node_modules', '.bin', name), rest)
}

function script(path, ...rest) {
  return run(process.execPath, [join(root, path), ...rest])
}

function run(command, rest) {
  // On Windows, npx and the binaries are command files, which need a shell.
  const shell = process.platform === 'win32' && command !== process.execPath
  const { status, error } = spawnSync(command, rest, { cwd: root, stdio: 'inherit', shell })
  if (error) console.error(String(error))
  return status === 0
}
