/**
 * Builds all packages: declarations by tsc, one for each source file; modules by esbuild, one for each entry, with chunks
 * for what entries share (`docs/decisions/0010-one-file-for-each-entry.md`).
 *
 *     node scripts/build.mjs
 *
 * @module
 */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build as esbuild } from 'esbuild'
import { packagesOf, root, run } from './workspace.mjs'

/**
 * @param {string} workspace this checkout, or a copy of it
 */
export async function build(workspace = root) {
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc')
  run(process.execPath, [tsc, '--build', join(workspace, 'tsconfig.build.json'), '--emitDeclarationOnly'], {
    cwd: workspace,
  })
  await Promise.all(packagesOf(workspace).map(joinModules))
}

/** @param {import('./workspace.mjs').Package} one */
async function joinModules({ folder, manifest }) {
  const dist = join(folder, 'dist')
  const { outputFiles } = await esbuild({
    absWorkingDir: folder,
    write: false,
    entryPoints: sourcesOf(manifest),
    outdir: dist,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'neutral',
    // Packages keep importing each other, and their platform, by name.
    packages: 'external',
    external: ['#*'],
    target: 'es2022',
    charset: 'utf8',
    sourcemap: true,
    sourcesContent: false,
    logLevel: 'warning',
  })
  const wanted = outputFiles.filter(({ path }) => !path.endsWith('testing.js.map'))
  for (const { path, text } of wanted) {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, path.endsWith('.js') ? withoutBareImports(mapless(path, text)) : text)
  }
  removeOthers(dist, new Set(wanted.map(({ path }) => path)))
}

/** Contracts for tests are published without their sources, which are longer than all else. */
function mapless(path, text) {
  return path.endsWith('testing.js') ? text.replace(/^\/\/# sourceMappingURL=.*\n?/m, '') : text
}

/** Nothing here has side effects, so an import for their sake is noise. Lines stay where the source map has them. */
function withoutBareImports(text) {
  return text.replaceAll(/^import ".*";$/gm, '')
}

/** Removes the modules of an earlier build that nothing imports any more: chunks are named after their content. */
function removeOthers(dist, written) {
  for (const name of readdirSync(dist, { recursive: true, encoding: 'utf8' })) {
    const path = join(dist, name)
    if (/\.js(\.map)?$/.test(name) && !written.has(path)) rmSync(path)
  }
}

/** The sources of all that `package.json` names: exports, private imports and commands. */
function sourcesOf({ exports, imports, bin }) {
  const named = [exports, imports].flatMap(conditionsOf)
  const commands = Object.values(bin ?? {}).map((path) => path.replace('/dist/', '/src/').replace(/\.js$/, '.ts'))
  return [...new Set([...named, ...commands])]
}

function conditionsOf(value) {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([condition, target]) =>
    condition === '@esdk/source' ? [target] : conditionsOf(target),
  )
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  try {
    await build()
  } catch (error) {
    console.error(error.message)
    process.exitCode = 1
  }
}
