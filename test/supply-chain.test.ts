import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { allowedDependencies, allowedPeers } from '../scripts/arrows.mjs'
import { cleanBuild, packAll } from '../scripts/clean-build.mjs'
import { billOfMaterials } from '../scripts/sbom.mjs'
import { installScriptsOf, tarballProblems, workflowProblems } from '../scripts/supply-chain.mjs'
import { filesInTarball } from '../scripts/tarball.mjs'
import { packagesOf, root, thirdPartyOf } from '../scripts/workspace.mjs'

const packages = packagesOf()
const textOf = (path: string): string => readFileSync(join(root, path), 'utf8')

describe('installing', () => {
  it.each(packages.map((one) => [one.name, one.manifest] as const))('%s runs no script', (_, manifest) => {
    expect(installScriptsOf(manifest)).toEqual([])
  })

  it.each([...thirdPartyOf(packages)])('%s, which ours need, runs no script', (_, folder) => {
    const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as object
    expect(installScriptsOf(manifest, { from: 'registry' })).toEqual([])
    expect(existsSync(join(folder, 'binding.gyp'))).toBe(false)
  })

  it('runs no script of what we build and test with, either', () => {
    expect(textOf('.npmrc')).toMatch(/^ignore-scripts=true$/m)
    expect(textOf('pnpm-workspace.yaml')).toMatch(/^ignoreScripts: true$/m)
  })

  it('takes what is in the lockfile and nothing else', () => {
    expect(textOf('scripts/task.mjs')).toContain("'install', '--frozen-lockfile'")
    const lock = textOf('pnpm-lock.yaml')
    expect(lock).toMatch(/^ {4}resolution: \{integrity: sha512-/m)
    // Each entry is a release of the registry, with the hash of its bytes; none is a tarball or a repository elsewhere.
    const entries =
      lock
        .split('\npackages:\n')[1]
        ?.split('\nsnapshots:\n')[0]
        ?.split(/\n {2}(?=\S)/) ?? []
    expect(entries.length).toBeGreaterThan(100)
    expect(entries.slice(1).filter((entry) => !entry.includes('resolution: {integrity: sha512-'))).toEqual([])
  })

  it.each([
    [{ scripts: { postinstall: 'node x.js' } }, ['postinstall']],
    [{ scripts: { prepare: 'tsc', test: 'vitest' } }, ['prepare']],
    [{ gypfile: true }, ['binding.gyp']],
    [{ scripts: { test: 'vitest' } }, []],
  ])('with %j would run %j', (manifest, expected) => {
    expect(installScriptsOf(manifest)).toEqual(expected)
  })
})

describe('what packages depend on', () => {
  const needed = (dependencies: object | undefined) =>
    Object.keys(dependencies ?? {}).filter((name) => !name.startsWith('@esdk/'))

  it.each(packages.map((one) => [one.short, one.manifest] as const))('%s: what is on the list', (short, manifest) => {
    expect(needed(manifest['dependencies'] as object).toSorted()).toEqual(allowedDependencies[short] ?? [])
    expect(needed(manifest['peerDependencies'] as object).toSorted()).toEqual(allowedPeers[short] ?? [])
    expect(manifest).not.toHaveProperty('optionalDependencies')
    expect(manifest).not.toHaveProperty('bundleDependencies')
  })

  it('needs nothing more itself, but what the AWS SDK brings for the command', () => {
    const names = [...thirdPartyOf(packages).keys()].filter((name) => !/^@(?:aws|aws-sdk|smithy)\//.test(name))
    const listed = packages.flatMap(({ short }) => allowedDependencies[short] ?? [])
    const ofTheAwsSdk = ['bowser', 'mnemonist', 'obliterator', 'tslib']
    const others = listed.filter((name) => !name.startsWith('@aws-sdk/'))
    expect(names.toSorted()).toEqual([...new Set([...others, ...ofTheAwsSdk])].toSorted())
    // Of all other packages, and of what they need, none is of the AWS SDK.
    const core = packages.filter(({ short }) => short !== 'cli')
    expect([...thirdPartyOf(core).keys()].filter((name) => names.includes(name)).toSorted()).toEqual(
      core.flatMap(({ short }) => allowedDependencies[short] ?? []).toSorted(),
    )
  })
})

describe('the bill of materials', () => {
  it('names all that a release consists of, others with the hash of their tarball', () => {
    const { components, dependencies } = billOfMaterials()
    const others = [...thirdPartyOf(packages).keys()]
    expect(components.map(({ name }) => String(name))).toEqual([...packages.map(({ name }) => name), ...others])
    for (const component of components) {
      expect(component.version).toMatch(/^\d+\.\d+\.\d+$/)
      if (others.includes(String(component.name))) expect(component.hashes?.[0]?.content).toMatch(/^[0-9a-f]{128}$/)
    }
    const known = new Set(components.map((component) => component['bom-ref']))
    for (const { dependsOn } of dependencies) expect(dependsOn.filter((ref) => !known.has(ref))).toEqual([])
  })
})

describe('workflows', () => {
  const folder = '.github/workflows'

  it.each(readdirSync(join(root, folder)))('%s: pinned, and without rights it does not need', (name) => {
    expect(workflowProblems(textOf(`${folder}/${name}`))).toEqual([])
  })

  const workflow = (step: string) => `on: push\npermissions: {}\njobs:\n  test:\n    steps:\n      - ${step}\n`

  it.each([
    ['uses: actions/checkout@v5'],
    ['uses: actions/checkout@main'],
    [`uses: actions/checkout@${'a'.repeat(40)}`],
    ['run: npm install left-pad'],
    ['run: npx pnpm install'],
    [`run: echo "$\{{ github.event.issue.title }}"`],
    ['env: { NODE_AUTH_TOKEN: x }'],
  ])('with "%s" would be refused', (step) => {
    expect(workflowProblems(workflow(step))).toHaveLength(1)
  })

  it('without permissions at the top, or with pull_request_target, would be refused', () => {
    expect(workflowProblems(workflow('run: npm test').replace('permissions: {}\n', ''))).toHaveLength(1)
    expect(workflowProblems(workflow('run: npm test').replace('push', 'pull_request_target'))).toHaveLength(1)
    expect(workflowProblems(workflow('run: npm test'))).toEqual([])
    expect(workflowProblems(workflow(`uses: actions/checkout@${'a'.repeat(40)} # v5.0.0`))).toEqual([])
  })
})

describe('tarballs', () => {
  const folder = mkdtempSync(join(tmpdir(), 'esdk-supply-chain-'))
  const packedIn = async (name: string): Promise<Map<string, string>> => {
    const to = join(folder, name, 'tarballs')
    mkdirSync(to, { recursive: true })
    return packAll(await cleanBuild(join(folder, name, 'build')), to)
  }
  let tarballs: Map<string, string>
  beforeAll(async () => {
    tarballs = await packedIn('first')
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it.each(packages.map(({ name }) => name))('%s holds what is listed, and no more', (name) => {
    const files = filesInTarball(tarballs.get(name) as string)
    expect(files.length).toBeGreaterThan(3)
    expect(tarballProblems(files)).toEqual([])
  })

  it('have the same bytes when they are built again, in another folder', async () => {
    const again = await packedIn('second, elsewhere')
    const hashes = (paths: Map<string, string>) =>
      [...paths].map(([name, path]) => [name, createHash('sha256').update(readFileSync(path)).digest('hex')])
    expect(hashes(again)).toEqual(hashes(tarballs))
  })

  const least = ['package.json', 'README.md', 'LICENSE', 'dist/index.js', 'src/index.ts']

  it.each([
    ['.env'],
    ['dist/.tsbuildinfo'],
    ['dist/index.test.js'],
    ['src/index.test.ts'],
    ['test/keyrings.ts'],
    ['tsconfig.json'],
    ['dist/left-over.d.ts'],
    ['dist/chunk.mjs'],
    ['src/data.json'],
  ])('with %s would be refused', (path) => {
    expect(tarballProblems([...least, path])).not.toEqual([])
  })

  it('without a licence would be refused', () => {
    expect(tarballProblems(least)).toEqual([])
    expect(tarballProblems(least.filter((path) => path !== 'LICENSE'))).toEqual(['LICENSE is missing'])
  })
})
