/**
 * A build of all packages in another folder, and their tarballs.
 *
 * Everything that judges what users get starts from a clean build, since `dist` may hold what a source file left behind
 * that is no longer there.
 *
 * @module
 */
import { cpSync, existsSync, mkdirSync, readdirSync, realpathSync, symlinkSync } from 'node:fs'
import { basename, join, relative, sep } from 'node:path'
import { build } from './build.mjs'
import { packagesOf, root, run } from './workspace.mjs'

/** @typedef {import('./workspace.mjs').Package} Package */

/**
 * Copies the sources of all packages to an empty folder and builds them there, with the tools of this checkout.
 *
 * @param {string} to
 * @returns {Promise<Package[]>} the packages of the copy
 */
export async function cleanBuild(to) {
  mkdirSync(join(to, 'packages'), { recursive: true })
  for (const file of ['tsconfig.base.json', 'tsconfig.build.json', 'pnpm-workspace.yaml', 'package.json', 'LICENSE']) {
    cpSync(join(root, file), join(to, file))
  }
  symlinkSync(join(root, 'node_modules'), join(to, 'node_modules'), 'junction')
  for (const { short, folder } of packagesOf()) {
    const copy = join(to, 'packages', short)
    const skipped = new Set([join(folder, 'dist'), join(folder, 'node_modules')])
    cpSync(folder, copy, { recursive: true, filter: (path) => !skipped.has(path) })
    linkModules(join(folder, 'node_modules'), join(copy, 'node_modules'), to)
  }
  await build(to)
  return packagesOf(to)
}

/** Links to our packages go to those of the copy, all others to where they went. */
function linkModules(from, to, workspace) {
  if (!existsSync(from)) return
  mkdirSync(to, { recursive: true })
  for (const name of readdirSync(from)) {
    if (name.startsWith('.')) continue
    if (name.startsWith('@')) {
      linkModules(join(from, name), join(to, name), workspace)
      continue
    }
    const target = realpathSync(join(from, name))
    const within = relative(join(root, 'packages'), target)
    const ours = !within.startsWith('..') && !within.includes(sep)
    symlinkSync(ours ? join(workspace, 'packages', within) : target, join(to, name), 'junction')
  }
}

/**
 * Packs packages of a clean build, as a release does.
 *
 * @param {Package[]} packages
 * @param {string} to an existing folder
 * @returns {Map<string, string>} the path of each tarball, by the name of the package
 */
export function packAll(packages, to) {
  const pnpm = join(root, 'node_modules', 'pnpm', 'bin', 'pnpm.cjs')
  return new Map(
    packages.map(({ name, folder }) => {
      const output = run(process.execPath, [pnpm, 'pack', '--json', '--pack-destination', to], { cwd: folder })
      return [name, join(to, basename(JSON.parse(output).filename))]
    }),
  )
}
