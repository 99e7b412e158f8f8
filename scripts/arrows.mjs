/**
 * Which package may import which: the arrows of the house, and the names of platforms that stay at its bottom.
 *
 * @module
 */
import { builtinModules } from 'node:module'
import { importsOf, namesOf } from './syntax.mjs'

const cmmAndBelow = ['cmm', 'serialize', 'crypto-backend']
const libraries = [
  ...cmmAndBelow,
  'client',
  'keyring-raw',
  'keyring-kms',
  'keyring-hierarchical',
  'caching-cmm',
  's3-cse',
  's3-migrate',
  'local-kms',
]

/** Our packages that each of our packages may import. @type {Record<string, readonly string[]>} */
export const allowedArrows = {
  serialize: [],
  'crypto-backend': [],
  cmm: ['serialize', 'crypto-backend'],
  client: cmmAndBelow,
  'keyring-raw': cmmAndBelow,
  'keyring-kms': cmmAndBelow,
  'keyring-hierarchical': cmmAndBelow,
  'caching-cmm': cmmAndBelow,
  's3-cse': ['cmm', 'crypto-backend'],
  's3-migrate': ['s3-cse', 'cmm', 'crypto-backend'],
  'local-kms': ['crypto-backend'],
  cli: libraries,
}

/**
 * What each may use of others at runtime. A name that is added here is worth a sentence in the pull request.
 *
 * @type {Record<string, readonly string[]>}
 */
export const allowedDependencies = {
  'crypto-backend': ['@noble/ciphers', '@noble/curves', '@noble/hashes'],
  'caching-cmm': ['lru-cache'],
  cli: ['@aws-sdk/client-dynamodb', '@aws-sdk/client-kms', '@aws-sdk/client-s3', 'commander'],
}

/**
 * What each may use when its user has installed it, and does without otherwise.
 *
 * @type {Record<string, readonly string[]>}
 */
export const allowedPeers = {
  'keyring-kms': ['@aws-sdk/client-kms'],
  's3-cse': ['@aws-sdk/client-kms', '@aws-sdk/client-s3'],
  's3-migrate': ['@aws-sdk/client-s3', 'bullmq'],
  cli: ['bullmq'],
}

const mayUseNode = new Set(['cli', 'local-kms'])

/** Files that are the platform. */
const platformFiles =
  /^packages\/(crypto-backend\/src\/(node\/|node\.|platform\.node\.)|s3-cse\/src\/node-(file|stream)\.)/

const platformNames = new Set(
  [
    'process Buffer NodeJS require module exports global __dirname __filename',
    'Deno Bun window document navigator self location caches WorkerGlobalScope',
  ].flatMap((names) => names.split(' ')),
)

const builtins = new Set(builtinModules)

/**
 * @typedef {import('./syntax.mjs').SourceFile} SourceFile paths begin with `packages/`
 */

/**
 * What is wrong with the imports of a source file; nothing, if nothing is.
 *
 * @param {SourceFile} file
 * @returns {string[]}
 */
export function wrongImports(file) {
  const short = packageOf(file)
  return importsOf(file).flatMap((specifier) => {
    const problem = problemOf(short, specifier, file)
    return problem === undefined ? [] : [`${file.path}: ${problem}`]
  })
}

function problemOf(short, specifier, file) {
  if (specifier === undefined) return 'imports a name that is computed'
  if (specifier.startsWith('.')) {
    const target = new URL(specifier, `file:///${file.path}`).pathname
    return target.startsWith(`/packages/${short}/src/`) ? undefined : `imports ${specifier}, outside of its package`
  }
  if (specifier.startsWith('#')) return undefined
  if (isBuiltin(specifier)) return undefined
  const name = nameOf(specifier)
  if (name.startsWith('@esdk/')) {
    return allowedArrows[short]?.includes(name.slice('@esdk/'.length)) ? undefined : `${short} may not import ${name}`
  }
  const allowed = [...(allowedDependencies[short] ?? []), ...(allowedPeers[short] ?? [])]
  return allowed.includes(name) ? undefined : `${short} may not depend on ${name}`
}

/**
 * Where a source file names a platform and may not.
 *
 * @param {SourceFile} file
 * @returns {string[]}
 */
export function platformUses(file) {
  const short = packageOf(file)
  if (mayUseNode.has(short) || platformFiles.test(file.path)) return []
  const imports = importsOf(file)
    .filter((specifier) => specifier !== undefined && isBuiltin(specifier))
    .map((specifier) => `${file.path}: imports ${specifier}`)
  const forbidden = short === 'crypto-backend' ? platformNames : new Set([...platformNames, 'crypto'])
  const names = namesOf(file)
    .filter(({ name }) => forbidden.has(name))
    .map(({ name, line }) => `${file.path}:${line}: names ${name}`)
  return [...imports, ...names]
}

/**
 * What is wrong with the dependencies that a package declares, and with the references of its `tsconfig.json`.
 *
 * @param {string} short
 * @param {{ dependencies?: object, peerDependencies?: object, optionalDependencies?: object }} manifest
 * @param {{ references?: readonly { path: string }[] }} tsconfig
 * @returns {string[]}
 */
export function wrongDependencies(short, manifest, tsconfig) {
  const declared = [manifest.dependencies, manifest.peerDependencies, manifest.optionalDependencies].flatMap((group) =>
    Object.keys(group ?? {}),
  )
  const allowed = new Set([
    ...(allowedArrows[short] ?? []).map((other) => `@esdk/${other}`),
    ...(allowedDependencies[short] ?? []),
    ...(allowedPeers[short] ?? []),
  ])
  const unknown = short in allowedArrows ? [] : [`${short} is not in the table of arrows`]
  const wrong = declared.filter((name) => !allowed.has(name)).map((name) => `${short} may not depend on ${name}`)
  const referenced = (tsconfig.references ?? []).map(({ path }) => path.replace('../', '@esdk/')).toSorted()
  const ours = declared.filter((name) => name.startsWith('@esdk/')).toSorted()
  const same = referenced.join() === ours.join()
  return [
    ...unknown,
    ...wrong,
    ...(same
      ? []
      : [`${short} depends on ${ours.join(', ')}, and its tsconfig.json refers to ${referenced.join(', ')}`]),
  ]
}

function packageOf({ path }) {
  return path.split('/')[1]
}

function nameOf(specifier) {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
}

function isBuiltin(specifier) {
  return specifier.startsWith('node:') || builtins.has(specifier)
}
