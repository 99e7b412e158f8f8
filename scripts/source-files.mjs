/**
 * The files of the checkout, as texts.
 *
 * @module
 */
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './workspace.mjs'

/** @typedef {import('./syntax.mjs').SourceFile} SourceFile */

/**
 * The sources of the packages that users run; no tests.
 *
 * @param {string} under a folder, such as `packages/cmm/src`
 * @returns {SourceFile[]}
 */
export function packageSources(under = 'packages') {
  return filesBelow(under)
    .filter((path) => /^packages\/[^/]+\/src\/.*\.ts$/.test(path) && !path.endsWith('.test.ts'))
    .map(read)
}

/**
 * All texts that are in git or would be: no data, no lockfile, nothing ignored.
 *
 * @returns {SourceFile[]}
 */
export function houseTexts() {
  const git = ['ls-files', '--cached', '--others', '--exclude-standard', '-z']
  const paths = execFileSync('git', git, { cwd: root, encoding: 'utf8', maxBuffer: 16 << 20 }).split('\0')
  return paths
    .filter((path) => path !== '' && existsSync(join(root, path)))
    .filter((path) => !/^test-vectors\/(esdk|s3|wycheproof)\/|^pnpm-lock\.yaml$|^LICENSE$|\.(bin|png|ico)$/.test(path))
    .map(read)
}

/**
 * The declarations of built packages.
 *
 * @param {import('./workspace.mjs').Package[]} built
 * @returns {SourceFile[]}
 */
export function declarationsOf(built) {
  return built.flatMap(({ name, folder }) =>
    readdirSync(join(folder, 'dist'), { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.d.ts'))
      .map((path) => ({ path: `${name}/${path}`, text: readFileSync(join(folder, 'dist', path), 'utf8') })),
  )
}

function filesBelow(folder) {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`
    if (!entry.isDirectory()) return [path]
    return entry.name === 'node_modules' || entry.name === 'dist' ? [] : filesBelow(path)
  })
}

/** @param {string} path */
function read(path) {
  return { path, text: readFileSync(join(root, path), 'utf8') }
}
