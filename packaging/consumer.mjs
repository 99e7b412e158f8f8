/**
 * Projects of users, empty but for what they install.
 *
 * @module
 */
import { cpSync, existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { closureOf, root, run, thirdPartyOf } from '../scripts/workspace.mjs'

/** @typedef {import('../scripts/workspace.mjs').Package} Package */

/**
 * Makes a project and installs some of our packages, from tarballs alone: what they need of others is packed from this
 * workspace, and npm may not ask anybody.
 *
 * @param {string} folder
 * @param {readonly string[]} names
 * @param {{ packages: Package[], tarballs: Map<string, string>, folder: string }} context
 * @returns {string} the folder
 */
export function installOffline(folder, names, { packages, tarballs, folder: temporary }) {
  const closure = [
    ...new Set(
      names.flatMap((name) =>
        closureOf(
          packages.find((one) => one.name === name),
          packages,
        ),
      ),
    ),
  ]
  const dependencies = Object.fromEntries([
    ...closure.map(({ name }) => [name, `file:${tarballs.get(name)}`]),
    ...[...thirdPartyOf(closure, { peers: true })].map(([name, path]) => [
      name,
      `file:${packed(name, path, temporary)}`,
    ]),
  ])
  project(folder, { dependencies })
  npmIn({ cwd: folder }, 'install', '--offline', '--ignore-scripts')
  return folder
}

/**
 * @param {string} folder
 * @param {object} manifest
 */
export function project(folder, manifest) {
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'consumer', private: true, ...manifest }, null, 2))
  cpSync(join(root, 'packaging', 'consumer'), folder, { recursive: true })
}

/**
 * @param {import('node:child_process').ExecFileSyncOptions} options
 * @param {string[]} args
 * @returns {string}
 */
export function npmIn(options, ...args) {
  const quiet = ['--no-audit', '--no-fund', '--no-update-notifier', '--loglevel=error']
  return run('npm', [...quiet, ...args], { shell: process.platform === 'win32', ...options })
}

/** A tarball of a package of others, made from the files of this workspace. */
function packed(name, path, temporary) {
  const to = join(temporary, 'third-party')
  mkdirSync(to, { recursive: true })
  const prefix = `${name.replace('@', '').replace('/', '-')}-`
  const there = () => readdirSync(to).find((file) => file.startsWith(prefix))
  // Not by npm, which ends midway with some packages ("Exit handler never called").
  const pnpm = join(root, 'node_modules', 'pnpm', 'bin', 'pnpm.cjs')
  if (there() === undefined) {
    run(process.execPath, [pnpm, 'pack', '--config.ignore-scripts=true', '--pack-destination', to], { cwd: path })
  }
  return join(to, there())
}

/**
 * What an installation has: the packages, and the bytes of all their files.
 *
 * @param {string} folder
 * @returns {{ names: string[], bytes: number }}
 */
export function installed(folder) {
  const modules = join(folder, 'node_modules')
  const names = readdirSync(modules)
    .filter((name) => !name.startsWith('.'))
    .flatMap((name) =>
      name.startsWith('@') ? readdirSync(join(modules, name)).map((part) => `${name}/${part}`) : name,
    )
  const nested = names.flatMap((name) => {
    const within = join(modules, name, 'node_modules')
    return existsSync(within) ? [`${name} has packages of its own: ${readdirSync(within)}`] : []
  })
  return { names: [...names, ...nested], bytes: bytesBelow(modules) }
}

function bytesBelow(folder) {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => !path.startsWith('.'))
    .map((path) => statSync(join(folder, path)))
    .reduce((sum, stat) => sum + (stat.isFile() ? stat.size : 0), 0)
}

/**
 * Every way into a package: `@esdk/cmm`, `@esdk/cmm/testing`.
 *
 * @param {Package} one
 * @returns {string[]}
 */
export function entriesOf({ name, manifest }) {
  return Object.keys(manifest.exports)
    .filter((path) => path !== './package.json')
    .map((path) => `${name}${path.slice(1)}`)
}
