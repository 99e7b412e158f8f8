/**
 * `npm run lint`: format, lint, types, arrows, what the tarballs promise, what nobody uses, and the rules of the house.
 * Prints what failed, then a table of all that ran.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { platformUses, wrongDependencies, wrongImports } from './arrows.mjs'
import { cleanBuild, packAll } from './clean-build.mjs'
import { brokenRules } from './house-rules.mjs'
import { declarationsOf, houseTexts, packageSources } from './source-files.mjs'
import { packagesOf, root } from './workspace.mjs'

let built = []
let tarballs = new Map()
const temporary = mkdtempSync(join(tmpdir(), 'esdk-lint-'))
process.on('exit', () => rmSync(temporary, { recursive: true, force: true }))

/** What each step found wrong; nothing, if nothing is. @type {[name: string, find: () => string | Promise<string>][]} */
const steps = [
  ['format and lint (biome)', () => tool('@biomejs/biome/bin/biome', 'check', '--error-on-warnings', '.')],
  ['lint with types (oxlint)', () => tool('oxlint/bin/oxlint', '--type-aware', '--deny-warnings')],
  ['types, of tests too (tsc)', () => tool('typescript/bin/tsc', '--build', join(root, 'tsconfig.json'))],
  ['arrows and platforms', arrows],
  ['rules of the house', () => brokenRules(houseTexts()).join('\n')],
  ['build and pack', buildAndPack],
  ['no Buffer in declarations', ifPacked(() => brokenRules(declarationsOf(built)).join('\n'))],
  ['package.json (publint)', ifPacked(checkManifests)],
  ['types of tarballs (attw)', ifPacked(checkTypes)],
  ['unused exports and files (knip)', () => tool('knip/bin/knip.js', '--no-progress')],
]

const table = []
for (const [name, find] of steps) {
  const start = performance.now()
  const problems = await find()
  const seconds = ((performance.now() - start) / 1000).toFixed(1)
  if (problems !== '') console.log(`\n${name}\n${'-'.repeat(name.length)}\n${problems}`)
  table.push([name, problems === '', seconds])
}

console.log()
for (const [name, ok, seconds] of table) console.log(`${ok ? 'ok    ' : 'FAILED'}  ${name.padEnd(34)}${seconds} s`)
const failed = table.filter(([, ok]) => !ok).length
console.log(`${table.length - failed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1

function tool(path, ...args) {
  const file = join(root, 'node_modules', ...path.split('/'))
  const { status, stdout, stderr, error } = spawnSync(process.execPath, [file, ...args], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 << 20,
  })
  if (status === 0) return ''
  return [stdout, stderr, error && String(error)].filter(Boolean).join('\n').trim() || `ended with status ${status}`
}

function arrows() {
  const sources = packageSources()
  const manifests = packagesOf().flatMap(({ short, folder, manifest }) =>
    wrongDependencies(short, manifest, JSON.parse(readFileSync(join(folder, 'tsconfig.json'), 'utf8'))),
  )
  return [...sources.flatMap(wrongImports), ...sources.flatMap(platformUses), ...manifests].join('\n')
}

async function buildAndPack() {
  try {
    built = await cleanBuild(join(temporary, 'build'))
    mkdirSync(join(temporary, 'tarballs'))
    tarballs = packAll(built, join(temporary, 'tarballs'))
    return ''
  } catch (error) {
    return error.message
  }
}

/** A step that says so when there is nothing to judge. */
function ifPacked(find) {
  return () => (tarballs.size === 0 ? 'did not run: nothing was packed' : find())
}

async function checkManifests() {
  const found = []
  for (const { name, manifest } of built) {
    const { buffer } = new Uint8Array(readFileSync(tarballs.get(name)))
    const { messages } = await publint({ strict: true, pack: { tarball: buffer } })
    for (const message of messages) found.push(`${name}: ${formatMessage(message, manifest, { color: false })}`)
  }
  return found.join('\n')
}

function checkTypes() {
  const attw = '@arethetypeswrong/cli/dist/index.js'
  return [...tarballs.values()]
    .map((file) => tool(attw, file, '--profile', 'esm-only', '--no-emoji', '--no-color'))
    .filter((text) => text !== '')
    .join('\n')
}
