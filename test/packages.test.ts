import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { cleanBuild } from '../scripts/clean-build.mjs'
import { lineOf, parse, walk } from '../scripts/syntax.mjs'
import { packagesOf, root } from '../scripts/workspace.mjs'

const packages = packagesOf()
const { version } = JSON.parse(readFileSync(join(root, 'lerna.json'), 'utf8')) as { version: string }

describe.each(packages.map((one) => [one.name, one] as const))('package.json of %s', (_, { short, manifest }) => {
  it('says what npm and bundlers need to know', () => {
    expect(manifest).toMatchObject({
      name: `@esdk/${short}`,
      version,
      license: 'Apache-2.0',
      type: 'module',
      engines: { node: '>=20' },
      files: [
        'dist',
        'src',
        '!src/**/*.test.ts',
        // Contracts for tests are published without their sources.
        ...('./testing' in (manifest['exports'] as object) ? ['!src/testing/**'] : []),
        '!dist/**/*.test.*',
        '!dist/.tsbuildinfo',
      ],
      publishConfig: { access: 'public' },
      repository: { type: 'git', directory: `packages/${short}` },
    })
    expect((manifest['description'] as string).length).toBeGreaterThan(20)
  })

  it('says that only a command does something when it is loaded', () => {
    expect(manifest['sideEffects']).toEqual(manifest['bin'] ? ['./dist/bin.js', './src/bin.ts'] : false)
  })

  it('asks for the version of its neighbours that it was released with', () => {
    for (const [name, range] of Object.entries((manifest['dependencies'] ?? {}) as Record<string, string>)) {
      if (name.startsWith('@esdk/')) expect([name, range]).toEqual([name, `^${version}`])
    }
  })

  it('has for each entry the source, then the types, then the module', () => {
    const { './package.json': itself, ...entries } = manifest['exports'] as Record<string, Record<string, string>>
    expect(itself).toBe('./package.json')
    expect(Object.keys(entries)[0]).toBe('.')
    for (const [path, conditions] of Object.entries(entries)) {
      const stem = path === '.' ? 'index' : path.slice(2)
      expect(Object.entries(conditions)).toEqual([
        ['@esdk/source', `./src/${stem}.ts`],
        ['types', `./dist/${stem}.d.ts`],
        ['default', `./dist/${stem}.js`],
      ])
    }
  })
})

describe.each(['platform', 'body-platform'])('the %s of crypto-backend', (module) => {
  const conditionsOf = () => {
    const { manifest } = packages.find(({ short }) => short === 'crypto-backend') as (typeof packages)[0]
    return (manifest['imports'] as Record<string, Record<string, { default: string }>>)[`#${module}`] ?? {}
  }
  /** Takes the first condition that holds, as runtimes and bundlers do. */
  const picked = (...conditions: string[]) =>
    Object.entries(conditionsOf()).find(([name]) => name === 'default' || conditions.includes(name))?.[1].default

  it.each([
    ['Node', ['node', 'import'], 'node'],
    ['Bun', ['bun', 'node', 'import'], 'node'],
    ['Deno', ['deno', 'node', 'import'], 'web'],
    ['workers with the modules of Node', ['workerd', 'worker', 'node', 'import'], 'web'],
    ['a bundle for browsers', ['browser', 'import', 'module'], 'web'],
    ['what nobody knows yet', ['import'], 'web'],
  ])('on %s', (_, conditions, platform) => {
    expect(picked(...conditions)).toBe(`./dist/${module}.${platform}.js`)
  })
})

describe('a clean build', () => {
  const folder = mkdtempSync(join(tmpdir(), 'esdk-packages-'))
  let built: Awaited<ReturnType<typeof cleanBuild>> = []
  beforeAll(async () => {
    built = await cleanBuild(folder)
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  const pathsIn = (value: unknown): string[] =>
    typeof value === 'string' ? [value] : Object.values(value ?? {}).flatMap(pathsIn)

  it.each(packages.map(({ short }) => short))('of %s has every file that its package.json names', (short) => {
    const one = built.find((candidate) => candidate.short === short) as (typeof built)[0]
    const { exports, imports, bin } = one.manifest as Record<string, unknown>
    const paths = [exports, imports, bin].flatMap(pathsIn)
    expect(paths.length).toBeGreaterThan(0)
    expect(paths.filter((path) => !existsSync(join(one.folder, path)))).toEqual([])
  })

  const functions = new Set(['FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression'])
  const awaitedAtTop = (path: string, text: string): string[] =>
    [...walk(parse({ path, text }))]
      .filter(
        ({ node }) => node.type === 'AwaitExpression' || (node.type === 'ForOfStatement' && node['await'] === true),
      )
      .filter(({ parents }) => !parents.some(({ type }) => functions.has(type)))
      .map(({ node }) => `${path}:${lineOf(text, node.start)}`)

  it.each(packages.map(({ short }) => short))(
    'of %s waits for nothing while it loads, so that require works',
    (short) => {
      const one = built.find((candidate) => candidate.short === short) as (typeof built)[0]
      const { exports } = one.manifest as { exports: Record<string, { default?: string }> }
      const reached = new Set<string>()
      const visit = (path: string): void => {
        if (reached.has(path) || !existsSync(path)) return
        reached.add(path)
        const text = readFileSync(path, 'utf8')
        for (const [, relative] of text.matchAll(/(?:from |^import )["'](\.[^"']+)["']/gm))
          visit(join(path, '..', relative as string))
      }
      for (const entry of Object.values(exports)) if (entry.default) visit(join(one.folder, entry.default))
      expect(reached.size).toBeGreaterThan(0)
      expect([...reached].flatMap((path) => awaitedAtTop(path, readFileSync(path, 'utf8')))).toEqual([])
    },
  )

  it('would be seen to wait', () => {
    expect(awaitedAtTop('x.js', 'await 1\nasync () => { await 2 }\nfor await (const x of y);')).toEqual([
      'x.js:1',
      'x.js:3',
    ])
  })
})
