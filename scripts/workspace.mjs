/**
 * The published packages, and what they need.
 *
 * @module
 */
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The checkout that this file belongs to. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)))

/**
 * @typedef {object} Package
 * @property {string} name such as `@esdk/cmm`
 * @property {string} short such as `cmm`
 * @property {string} folder
 * @property {Record<string, any>} manifest
 */

/**
 * The packages that are published, each after those it depends on.
 *
 * @param {string} workspace
 * @returns {Package[]}
 */
export function packagesOf(workspace = root) {
  const folders = readdirSync(join(workspace, 'packages')).filter((name) =>
    existsSync(join(workspace, 'packages', name, 'package.json')),
  )
  const all = folders.map((short) => {
    const folder = join(workspace, 'packages', short)
    const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
    return { name: manifest.name, short, folder, manifest }
  })
  const ordered = []
  const visit = (one) => {
    if (ordered.includes(one)) return
    for (const other of all) if (other.name in (one.manifest.dependencies ?? {})) visit(other)
    ordered.push(one)
  }
  for (const one of all) visit(one)
  return ordered
}

/**
 * A package and all of ours that it needs.
 *
 * @param {Package} wanted
 * @param {Package[]} packages
 * @returns {Package[]}
 */
export function closureOf(wanted, packages) {
  const direct = packages.filter(({ name }) => name in (wanted.manifest.dependencies ?? {}))
  return [...new Set([wanted, ...direct.flatMap((one) => closureOf(one, packages))])]
}

/**
 * What a package leaves to its user to install, and cannot do without.
 *
 * @param {Package['manifest']} manifest
 * @returns {Record<string, string>}
 */
export function requiredPeersOf({ peerDependencies = {}, peerDependenciesMeta = {} }) {
  return Object.fromEntries(Object.entries(peerDependencies).filter(([name]) => !peerDependenciesMeta[name]?.optional))
}

/**
 * The dependencies of these packages that are not ours, and theirs, with their folders in this checkout.
 *
 * @param {Pick<Package, 'folder' | 'manifest'>[]} packages
 * @param {{ peers?: boolean }} [options] `peers`: and what their users have to install
 * @returns {Map<string, string>}
 */
export function thirdPartyOf(packages, { peers = false } = {}) {
  const found = new Map()
  const visit = (folder, dependencies) => {
    for (const name of Object.keys(dependencies ?? {})) {
      if (name.startsWith('@esdk/') || found.has(name)) continue
      const path = realpathSync(join(folder, 'node_modules', name))
      found.set(name, path)
      // In the store of pnpm, what a package needs lies beside it.
      const beside = join(path, ...name.split('/').map(() => '..'), '..')
      visit(beside, JSON.parse(readFileSync(join(path, 'package.json'), 'utf8')).dependencies)
    }
  }
  for (const { folder, manifest } of packages) {
    visit(folder, { ...(peers && requiredPeersOf(manifest)), ...manifest.dependencies })
  }
  return found
}

/**
 * What a command prints. When it fails, the error says what it printed.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {import('node:child_process').ExecFileSyncOptions} options
 * @returns {string}
 */
export function run(command, args, options = {}) {
  try {
    return execFileSync(command, args, {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      maxBuffer: 64 << 20,
      ...options,
    })
  } catch (error) {
    const printed = [error.stdout, error.stderr].filter(Boolean).join('\n').trim()
    throw new Error(`${basename(command)} ${args.join(' ')} failed\n${printed || error.message}`, { cause: error })
  }
}
