/**
 * TypeScript in the projects of users: two compilers, two kinds of resolution, modules and CommonJS.
 *
 * @module
 */
import { cpSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { requiredPeersOf, root, run, thirdPartyOf } from '../scripts/workspace.mjs'
import { entriesOf, installOffline } from './consumer.mjs'

const compilers = [
  ['TypeScript 7', compiler(join(root, 'package.json'), 'typescript')],
  ['TypeScript 5.9', compiler(import.meta.filename ?? new URL(import.meta.url), 'typescript-5')],
]

const strict = {
  strict: true,
  noEmit: true,
  target: 'es2022',
  lib: ['es2022', 'dom', 'dom.iterable', 'dom.asynciterable'],
  types: [],
  // Our declarations are checked too, all of them.
  skipLibCheck: false,
  exactOptionalPropertyTypes: true,
}

const projects = [
  ['bundler', { module: 'esnext', moduleResolution: 'bundler' }, 'types.ts'],
  ['nodenext', { module: 'nodenext', moduleResolution: 'nodenext' }, 'types.mts'],
  ['nodenext from CommonJS', { module: 'nodenext', moduleResolution: 'nodenext' }, 'types.cts'],
  [
    'nodenext, types of Node in place of the DOM',
    { module: 'nodenext', lib: ['es2023'], types: ['node'] },
    'types.mts',
  ],
]

/** @param {import('./context.d.ts').Context} context */
export async function checkTypes(context) {
  const { checks, folder, packages } = context
  checks.section('TypeScript')
  const home = join(folder, 'types')
  const libraries = packages.filter(({ manifest }) => manifest.bin === undefined)
  const names = libraries.map(({ name }) => name)
  const there = await checks.check(
    'a project with all packages but the command',
    () => installOffline(home, names, context) && '',
  )
  if (there === undefined) return
  // What a project for Node has besides: the types of Node, and what those need.
  for (const [name, path] of thirdPartyOf([{ folder: root, manifest: { dependencies: { '@types/node': '*' } } }])) {
    cpSync(path, join(home, 'node_modules', name), { recursive: true })
  }
  // The types of the AWS SDK need those of Node.
  const [withSdk, withoutSdk] = [true, false].map((uses) => libraries.filter((one) => usesSdk(one) === uses))
  for (const file of ['every-entry.ts', 'every-entry.mts']) writeFileSync(join(home, file), importsOfAll(withoutSdk))
  writeFileSync(join(home, 'sdk-entry.mts'), importsOfAll(withSdk))
  for (const [version, tsc] of compilers) {
    for (const [name, options, file] of projects) {
      await checks.check(`${version}, ${name}`, () => {
        const files = file.endsWith('.cts') ? [file] : [file, file.replace('types', 'every-entry')]
        if (options.types?.includes('node')) files.push('sdk-entry.mts', 's3-types.mts')
        writeFileSync(
          join(home, 'tsconfig.json'),
          JSON.stringify({ compilerOptions: { ...strict, ...options }, files }),
        )
        run(process.execPath, [tsc, '--project', home], { cwd: home })
      })
    }
  }
}

function usesSdk({ manifest }) {
  return Object.keys(requiredPeersOf(manifest)).some((name) => name.startsWith('@aws-sdk/'))
}

function importsOfAll(packages) {
  const entries = packages.flatMap(entriesOf)
  return entries.map((entry, i) => `import type * as entry${i} from '${entry}'\nexport type { entry${i} }\n`).join('')
}

function compiler(from, name) {
  return join(dirname(createRequire(from).resolve(`${name}/package.json`)), 'bin', 'tsc')
}
