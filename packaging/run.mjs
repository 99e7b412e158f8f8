/**
 * `npm run packaging [-- --registry] [-- --runtimes] [-- --all]`: do the tarballs install and work where they are used?
 *
 * Without an argument nothing is fetched: consumers get our tarballs, and what they need from this workspace.
 * `--registry` releases to a registry on this machine and installs from it; `--runtimes` tries other runtimes, which come
 * from the registry of npm. The last line is the count.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { cleanBuild, packAll } from '../scripts/clean-build.mjs'
import { checkBundles } from './bundles.mjs'
import { Checks } from './checks.mjs'
import { checkInstalls } from './installs.mjs'
import { checkRegistry } from './registry.mjs'
import { checkRuntimes } from './runtimes.mjs'
import { checkTypes } from './types.mjs'

const parts = {
  '--offline': [checkInstalls, checkTypes, checkBundles],
  '--registry': [checkRegistry],
  '--runtimes': [checkRuntimes],
}

const asked = process.argv.slice(2)
const unknown = asked.filter((name) => name !== '--all' && !Object.hasOwn(parts, name))
if (unknown.length > 0) {
  console.error(`no such part: ${unknown.join(', ')}; there are ${Object.keys(parts).join(', ')}, --all`)
  process.exit(2)
}

const folder = mkdtempSync(join(tmpdir(), 'esdk-packaging-'))
const checks = new Checks()
try {
  const tarballFolder = join(folder, 'tarballs')
  mkdirSync(tarballFolder)
  const packages = await cleanBuild(join(folder, 'build'))
  const tarballs = packAll(packages, tarballFolder)
  const wanted = asked.includes('--all') ? Object.keys(parts) : asked.length === 0 ? ['--offline'] : asked
  for (const check of wanted.flatMap((name) => parts[name])) await check({ checks, folder, packages, tarballs })
} catch (error) {
  checks.fail('packaging', error)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
checks.finish()
