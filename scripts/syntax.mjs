/**
 * What a source file imports and which names it uses, read from its syntax tree.
 *
 * @module
 */
import { parseSync } from 'vite'

/**
 * @typedef {{ type: string, start: number, end: number, [key: string]: any }} Node
 * @typedef {{ path: string, text: string }} SourceFile
 */

/**
 * @param {SourceFile} file
 * @returns {Node}
 */
export function parse({ path, text }) {
  const { program, errors } = parseSync(path, text)
  if (errors.length > 0) throw new SyntaxError(`${path}: ${errors[0].message}`)
  return program
}

/**
 * Each node of a tree, with those it stands in, the nearest first.
 *
 * @param {Node} node
 * @param {readonly Node[]} parents
 * @returns {Generator<{ node: Node, parents: readonly Node[] }>}
 */
export function* walk(node, parents = []) {
  yield { node, parents }
  for (const value of Object.values(node)) {
    for (const child of Array.isArray(value) ? value : [value]) {
      if (typeof child?.type === 'string') yield* walk(child, [node, ...parents])
    }
  }
}

/**
 * The modules that a file names: imports and exports, of types too, `import()` and `require()`. What is computed is
 * `undefined`.
 *
 * @param {SourceFile} file
 * @returns {(string | undefined)[]}
 */
export function importsOf(file) {
  const found = []
  for (const { node } of walk(parse(file))) {
    switch (node.type) {
      case 'ImportDeclaration':
      case 'ExportAllDeclaration':
      case 'ExportNamedDeclaration':
      case 'ImportExpression':
      case 'TSImportType':
        if (node.source) found.push(literalOf(node.source))
        break
      case 'TSExternalModuleReference':
        found.push(literalOf(node.expression))
        break
      case 'CallExpression':
        if (node.callee.type === 'Identifier' && node.callee.name === 'require')
          found.push(literalOf(node.arguments[0]))
        break
    }
  }
  return found
}

function literalOf(node) {
  if (node?.type === 'TSLiteralType') return literalOf(node.literal)
  if (node?.type === 'TemplateLiteral' && node.expressions.length === 0) return node.quasis[0].value.cooked
  return node?.type === 'Literal' && typeof node.value === 'string' ? node.value : undefined
}

/**
 * The names that a file refers to, or declares, as values and as types; not those of properties. Properties of
 * `globalThis` count as names.
 *
 * @param {SourceFile} file
 * @returns {{ name: string, line: number }[]}
 */
export function namesOf(file) {
  const found = []
  for (const { node, parents } of walk(parse(file))) {
    const line = lineOf(file.text, node.start)
    if (node.type === 'Identifier' && !isPropertyName(node, parents[0])) found.push({ name: node.name, line })
    if (node.type === 'MemberExpression' && node.object.name === 'globalThis') {
      found.push({ name: node.computed ? String(literalOf(node.property)) : node.property.name, line })
    }
  }
  return found
}

const withKey = new Set([
  'Property',
  'PropertyDefinition',
  'AccessorProperty',
  'MethodDefinition',
  'TSPropertySignature',
  'TSMethodSignature',
])

function isPropertyName(node, parent) {
  if (parent === undefined || parent.computed) return false
  if (parent.type === 'MemberExpression') return parent.property === node
  if (parent.type === 'TSQualifiedName') return parent.right === node
  // `{ name }` is both: the key is the name that is referred to.
  return withKey.has(parent.type) && parent.key === node && !parent.shorthand
}

/**
 * @param {string} text
 * @param {number} offset
 */
export function lineOf(text, offset) {
  return text.slice(0, offset).split('\n').length
}
