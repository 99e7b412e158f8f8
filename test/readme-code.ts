/**
 * The TypeScript in README files, as modules that can be checked and run.
 *
 * All blocks of a file are one module, in order: a later block sees the names of the earlier ones, and may declare them
 * anew, as each is nested in the one before.
 *
 * | fence         | meaning                                                                                     |
 * | ------------- | ------------------------------------------------------------------------------------------- |
 * | `ts`          | is checked and run                                                                          |
 * | `ts no-run`   | is checked, not run: it needs what a test has not, such as a server                          |
 * | `ts no-check` | is neither checked nor run: a fragment                                                      |
 * | `ts given`    | comes first: what the reader is not shown. Put it in an HTML comment, at the end of the file |
 *
 * What is not declared anywhere is as in {@link commonGivens}.
 *
 * @module
 */

import { compileFunction } from 'node:vm'
import { transform } from 'esbuild'

export interface ReadmeCode {
  /** All that has types. */
  readonly checked: string
  /** The same without the blocks that cannot be run. */
  readonly run: string
  readonly blocks: number
}

/** Names that short examples use without saying where they come from. */
const commonGivens = `const wrappingKey = crypto.getRandomValues(new Uint8Array(32))
const plaintext = new TextEncoder().encode('plaintext of an example')`

interface Block {
  readonly kind: 'given' | 'run' | 'no-run'
  readonly text: string
}

/** @throws Error - a fence that means nothing */
export function readmeCode(markdown: string): ReadmeCode {
  const blocks = [...blocksOf(markdown)]
  const ofKind = (...kinds: Block['kind'][]) =>
    blocks.filter(({ kind }) => kinds.includes(kind)).map(({ text }) => text)
  const given = [commonGivens, ...ofKind('given')]
  return {
    checked: moduleOf([...given, ...ofKind('run', 'no-run')]),
    run: moduleOf([...given, ...ofKind('run')]),
    blocks: ofKind('run', 'no-run').length,
  }
}

function* blocksOf(markdown: string): Generator<Block> {
  for (const [, info = '', text = ''] of markdown.matchAll(/^```(?:ts|typescript)\b[ \t]*(.*)\n([\s\S]*?)^```$/gm)) {
    switch (info.trim()) {
      case '':
        yield { kind: 'run', text }
        break
      case 'given':
      case 'no-run':
        yield { kind: info.trim() as Block['kind'], text }
        break
      case 'no-check':
        break
      default:
        throw new Error(`a block begins with "ts ${info.trim()}": see readme-code.ts for what it may be`)
    }
  }
}

/** One function, since blocks are nested, and await. Imports of types stay imports. */
function moduleOf(texts: readonly string[]): string {
  const types = new Set<string>()
  const nested = texts.reduceRight((inner, text) => `{\n${withoutImports(text, types)}\n${inner}}\n`, '')
  return `${[...types].join('\n')}\nexport async function readme(): Promise<void> ${nested}`
}

function withoutImports(text: string, types: Set<string>): string {
  return text.replaceAll(
    /^import\s+(type\s+)?(?:\* as (\w+)|(\w+)|\{([^}]*)\})\s+from\s+'([^']+)';?$/gm,
    (_, allTypes: string | undefined, namespace?: string, whole?: string, names = '', from = '') => {
      if (namespace !== undefined) return `const ${namespace} = await import('${from}')`
      if (whole !== undefined) return `const { default: ${whole} } = await import('${from}')`
      const parts = (names as string)
        .split(',')
        .map((name) => name.trim())
        .filter((name) => name !== '')
      const isType = (name: string) => allTypes !== undefined || name.startsWith('type ')
      for (const name of parts.filter(isType)) {
        types.add(`import type { ${name.replace(/^type /, '')} } from '${from as string}'`)
      }
      const values = parts.filter((name) => !isType(name)).map((name) => name.replace(' as ', ': '))
      return values.length === 0 ? '' : `const { ${values.join(', ')} } = await import('${from as string}')`
    },
  )
}

type Load = (specifier: string) => Promise<unknown>

/** Runs a module; `load` does its imports, `log` gets what it prints. */
export async function runModule(module: string, load: Load, log: (...values: unknown[]) => void): Promise<void> {
  const { code } = await transform(module, { loader: 'ts', format: 'cjs', supported: { 'dynamic-import': true } })
  const withLoad = code.replaceAll(/\bimport\(/g, 'load(')
  const exported: { exports: { readme?: () => Promise<void> } } = { exports: {} }
  const evaluate = compileFunction(withLoad, ['module', 'exports', 'load', 'console']) as (
    module: typeof exported,
    exports: object,
    load: Load,
    console: object,
  ) => void
  evaluate(exported, exported.exports, load, { log, error: log, warn: log })
  await exported.exports.readme?.()
}
