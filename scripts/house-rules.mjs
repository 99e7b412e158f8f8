/**
 * Rules of this house that no linter has.
 *
 * @module
 */
import { homedir, tmpdir } from 'node:os'
import { lineOf, namesOf, parse, walk } from './syntax.mjs'
import { root } from './workspace.mjs'

/** @typedef {import('./syntax.mjs').SourceFile} SourceFile */

/**
 * @typedef {object} Rule
 * @property {string} name
 * @property {(path: string) => boolean} appliesTo
 * @property {(file: SourceFile) => string[]} find what is wrong, as `path:line: text`
 */

const isTypeScript = (path) => /\.[cm]?ts$/.test(path)
const isTest = (path) => path.endsWith('.test.ts')
const isPackageSource = (path) => /^packages\/[^/]+\/src\//.test(path) && isTypeScript(path) && !isTest(path)

/** Values that tell something about a key when they are compared byte by byte. */
const secretName =
  /(?:^|[a-z_])(?:tags?|commitment|commit|mac|hmac|digest|secret|datakey|wrappingkey|contentkey|privatekey|kek)$/i

const byteComparisons = new Set(['sameBytes', 'compareBytes', 'equals', 'indexOf', 'every', 'some', 'localeCompare'])

/** @type {readonly Rule[]} */
export const houseRules = [
  {
    name: 'secrets are compared with equalInConstantTime',
    // The rules that keyrings of others are tested with look at keys made for the test.
    appliesTo: (path) => isPackageSource(path) && !path.includes('/testing/'),
    find: (file) => nodesOf(file, isSecretComparison, 'compares a secret without equalInConstantTime'),
  },
  {
    name: 'bytes are copied with new Uint8Array: slice() of a Buffer copies nothing',
    appliesTo: (path) => isPackageSource(path) && !path.includes('/testing/'),
    find: (file) => nodesOf(file, isWholeSlice, 'slice() without arguments'),
  },
  {
    name: 'no Buffer in public types',
    appliesTo: (path) => path.endsWith('.d.ts'),
    find: (file) =>
      namesOf(file)
        // The command runs on Node alone, and may speak of its streams.
        .filter(({ name }) => name === 'Buffer' || (name === 'NodeJS' && !file.path.startsWith('@esdk/cli/')))
        .map(({ name, line }) => `${file.path}:${line}: ${name}`),
  },
  {
    name: 'no test is focused, skipped or to do',
    appliesTo: isTest,
    find: (file) => linesOf(file, /\b(?:it|test|describe)(?:\.each)?\.(?:only|skip|todo|fails)\b|\bxit\(/),
  },
  {
    name: 'no path of a machine, no host of a registry',
    appliesTo: (path) => path !== '.gitignore',
    find: (file) => linesOf(file, machinePath()),
  },
  {
    name: 'nothing is left to do',
    appliesTo: (path) => path !== 'scripts/house-rules.mjs',
    find: (file) => linesOf(file, /\b(?:TODO|FIXME|XXX|HACK)\b|@ts-ignore|@ts-nocheck/),
  },
  {
    name: 'no emoji',
    appliesTo: (path) => !isTest(path),
    find: (file) => linesOf(file, /\p{Emoji_Presentation}/u),
  },
  {
    name: 'a file is named after its content',
    appliesTo: (path) => /(?:^|\/)(?:utils?|helpers?|common|misc)\.[cm]?[jt]s$/.test(path),
    find: ({ path }) => [`${path}:1: says nothing`],
  },
]

/**
 * All that is wrong with these files.
 *
 * @param {readonly SourceFile[]} files
 * @returns {string[]}
 */
export function brokenRules(files) {
  return houseRules.flatMap(({ name, appliesTo, find }) =>
    files.filter(({ path }) => appliesTo(path)).flatMap((file) => find(file).map((what) => `${what} (${name})`)),
  )
}

function linesOf({ path, text }, pattern) {
  const found = []
  for (const [i, line] of text.split('\n').entries()) {
    const match = pattern.exec(line)
    if (match) found.push(`${path}:${i + 1}: ${match[0]}`)
  }
  return found
}

function nodesOf(file, isWrong, what) {
  const found = []
  for (const { node } of walk(parse(file))) {
    if (isWrong(node)) found.push(`${file.path}:${lineOf(file.text, node.start)}: ${what}`)
  }
  return found
}

function isSecretComparison(node) {
  // The name alone is the identity of an array; a byte of it, or a text made of it, is its content.
  if (node.type === 'BinaryExpression' && /^[=!]==?$/.test(node.operator)) {
    return [node.left, node.right].some(
      (side) => isPartOfSecret(side) || (side.type === 'CallExpression' && isSecret(side)),
    )
  }
  if (node.type !== 'CallExpression') return false
  const { callee } = node
  const name = callee.type === 'MemberExpression' ? callee.property.name : callee.name
  const operands = callee.type === 'MemberExpression' ? [callee.object, ...node.arguments] : node.arguments
  return byteComparisons.has(name) && operands.some(isSecret)
}

/** A name that is a secret, or a call or cast around one: `hex(tag)`, `tag as Uint8Array`. */
function isSecret(node) {
  switch (node.type) {
    case 'Identifier':
      return secretName.test(node.name)
    case 'MemberExpression':
      return !node.computed && secretName.test(node.property.name)
    case 'CallExpression':
      return node.arguments.some(isSecret)
    case 'TSAsExpression':
    case 'TSNonNullExpression':
    case 'ChainExpression':
      return isSecret(node.expression)
    default:
      return false
  }
}

/** `tag[i]` */
function isPartOfSecret(node) {
  return node.type === 'MemberExpression' && node.computed && isSecret(node.object)
}

function isWholeSlice(node) {
  return (
    node.type === 'CallExpression' &&
    node.arguments.length === 0 &&
    node.callee.type === 'MemberExpression' &&
    node.callee.property.name === 'slice'
  )
}

/** This checkout, the home and the temporary folder of this machine, and homes as others have them. */
function machinePath() {
  const here = [root, homedir(), tmpdir()].map((path) => `(?<![\\w.$}])${literally(path)}/`)
  const homes = String.raw`(?<![\w.])/(?:home|Users)/\w+/`
  const hosts = String.raw`\bregistry\.[a-z]+\.(?:org|com)\b`
  return new RegExp([...here, homes, hosts].join('|'))
}

function literally(text) {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)
}
