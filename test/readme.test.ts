import { execFile } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join, posix, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readmeCode, runModule } from './readme-code.ts'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const packages = readdirSync(join(root, 'packages'))
  .map((name) => join(root, 'packages', name))
  .filter((folder) => existsSync(join(folder, 'package.json')))
const readmes = [root, ...packages].map((folder) => join(folder, 'README.md')).filter((path) => existsSync(path))

const files = readmes.map((path) => ({
  name: relative(root, path),
  module: path === join(root, 'README.md') ? 'root' : basename(dirname(path)),
  code: readmeCode(readFileSync(path, 'utf8')),
}))
const withCode = files.filter(({ code }) => code.blocks > 0)

/** Where the source of each entry of our packages is: `@esdk/client`, `@esdk/cmm/testing`. */
const sources = new Map(packages.flatMap(sourcesOf))

function sourcesOf(folder: string): [string, string][] {
  const { name, exports = {} } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    name: string
    exports?: Record<string, string | { '@esdk/source'?: string }>
  }
  return Object.entries(exports).flatMap(([entry, target]): [string, string][] => {
    if (typeof target === 'string' || target['@esdk/source'] === undefined) return []
    return [[posix.join(name, entry), join(folder, target['@esdk/source'])]]
  })
}

function loadSource(specifier: string): Promise<unknown> {
  return import(/* @vite-ignore */ sources.get(specifier) ?? specifier)
}

let folder = ''
const started = process.cwd()
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'esdk-readme-'))
})
afterAll(() => {
  process.chdir(started)
  rmSync(folder, { recursive: true, force: true })
})

describe('the code in README files', () => {
  it.each(withCode.map((file) => [file.name, file] as const))('runs: %s', async (_, { module, code }) => {
    const printed: unknown[] = []
    // Examples read and write files by their bare names.
    const place = join(folder, 'run', module)
    mkdirSync(place, { recursive: true })
    process.chdir(place)
    try {
      await runModule(code.run, loadSource, (...values) => printed.push(...values))
    } finally {
      process.chdir(started)
    }
    expect(printed.filter((value) => value instanceof Error)).toEqual([])
  })

  it('has the right types', async () => {
    const place = join(folder, 'types')
    mkdirSync(place, { recursive: true })
    for (const { module, code } of withCode) writeFileSync(join(place, `${module}.ts`), code.checked)
    writeFileSync(join(place, 'tsconfig.json'), JSON.stringify(tsconfig()))
    writeFileSync(join(place, 'package.json'), '{ "type": "module" }')
    // What a reader has installed beside our packages.
    symlinkSync(join(root, 'test', 'node_modules'), join(place, 'node_modules'), 'junction')
    const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc')
    const checked = promisify(execFile)(process.execPath, [tsc, '-p', place], { cwd: place })
    const faults = await checked.then(
      () => '',
      (error: { stdout: string }) => error.stdout,
    )
    expect(faults).toBe('')
  })
})

/** As a reader's project would be, but with the packages taken from their sources. */
function tsconfig(): object {
  const { compilerOptions } = JSON.parse(readFileSync(join(root, 'tsconfig.base.json'), 'utf8')) as {
    compilerOptions: { lib: string[]; target: string }
  }
  return {
    compilerOptions: {
      target: compilerOptions.target,
      lib: compilerOptions.lib,
      module: 'nodenext',
      strict: true,
      noEmit: true,
      skipLibCheck: true,
      allowImportingTsExtensions: true,
      customConditions: ['@esdk/source'],
      types: ['node'],
      typeRoots: [join(root, 'node_modules', '@types')],
      paths: Object.fromEntries([...sources].map(([specifier, path]) => [specifier, [path]])),
    },
    include: ['*.ts'],
  }
}

describe('the table of errors in the README of the client', () => {
  it('has a line for every code of the packages that it stands on', () => {
    const codes = new Set<string>()
    for (const name of ['serialize', 'crypto-backend', 'cmm', 'keyring-raw', 'client']) {
      const source = join(root, 'packages', name, 'src')
      for (const file of readdirSync(source, { recursive: true, encoding: 'utf8' })) {
        if (!file.endsWith('.ts') || /\.test\.ts$|^testing/.test(file)) continue
        for (const [code] of readFileSync(join(source, file), 'utf8').matchAll(/'ERR_ESDK_\w+(?=')/g)) codes.add(code)
      }
    }
    const readme = readFileSync(join(root, 'packages', 'client', 'README.md'), 'utf8')
    const lines = [...readme.matchAll(/^\| `(ERR_ESDK_\w+)`/gm)].map(([, code]) => `'${code}`)
    expect(lines.sort()).toEqual([...codes].filter((code) => code !== "'ERR_ESDK_").sort())
  })
})

describe('code taken out of a README', () => {
  const fence = (info: string, text: string) => `\`\`\`${info}\n${text}\n\`\`\`\n`

  it('sees the names of the blocks before, and may declare them anew', async () => {
    const markdown = fence('ts', 'const a = 1\nconsole.log(a)') + fence('ts', 'const b = a + 1\nconsole.log(b)')
    const printed: unknown[] = []
    const { run, blocks } = readmeCode(markdown + fence('ts', 'const a = 7\nconsole.log(a, b)') + fence('sh', 'no'))
    await runModule(run, loadSource, (...values) => printed.push(...values))
    expect(printed).toEqual([1, 2, 7, 2])
    expect(blocks).toBe(3)
  })

  it('is left out when its fence says so, and given before it when it is hidden', async () => {
    const printed: unknown[] = []
    const { run, checked, blocks } = readmeCode(
      fence('ts', 'console.log(hidden)') +
        fence('ts no-run', 'console.log("needs a server")') +
        fence('ts no-check', 'a => ...') +
        `<!--\n${fence('ts given', 'const hidden = 5')}-->`,
    )
    await runModule(run, loadSource, (...values) => printed.push(...values))
    expect(printed).toEqual([5])
    expect(checked).toContain('needs a server')
    expect(checked).not.toContain('...')
    expect(blocks).toBe(2)
    expect(() => readmeCode(fence('ts norun', ''))).toThrow('ts norun')
  })

  it('imports values, types, namespaces and defaults', async () => {
    const text = [
      "import { isEsdkError as isOurs, type EncryptOptions } from '@esdk/client'",
      "import type { Keyring } from '@esdk/cmm'",
      "import * as path from 'node:path'",
      "import os from 'node:os'",
      'const keyring: Keyring | undefined = undefined',
      'const options: Partial<EncryptOptions> = {}',
      'console.log(isOurs(1), path.sep === os.EOL, keyring, Object.keys(options).length)',
    ].join('\n')
    const printed: unknown[] = []
    await runModule(readmeCode(fence('ts', text)).run, loadSource, (...values) => printed.push(...values))
    expect(printed).toEqual([false, false, undefined, 0])
  })

  it('fails when it throws', async () => {
    const { run } = readmeCode(fence('ts', "throw new Error('not as it says')"))
    await expect(runModule(run, loadSource, () => {})).rejects.toThrow('not as it says')
  })
})
