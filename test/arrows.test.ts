import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { allowedArrows, wrongDependencies, wrongImports } from '../scripts/arrows.mjs'
import { packageSources } from '../scripts/source-files.mjs'
import { importsOf } from '../scripts/syntax.mjs'
import { packagesOf } from '../scripts/workspace.mjs'

const packages = packagesOf()

describe('the arrows between packages', () => {
  it.each(packages.map(({ short }) => short))('%s imports only what is below it', (short) => {
    const sources = packageSources(`packages/${short}/src`)
    expect(sources.length).toBeGreaterThan(0)
    expect(sources.flatMap(wrongImports)).toEqual([])
  })

  it.each(packages.map((one) => [one.short, one] as const))(
    '%s declares the packages below it, in package.json and tsconfig.json alike',
    (short, { folder, manifest }) => {
      const tsconfig = JSON.parse(readFileSync(join(folder, 'tsconfig.json'), 'utf8')) as { references?: [] }
      expect(wrongDependencies(short, manifest, tsconfig)).toEqual([])
    },
  )

  it('lead downwards only: no package is below itself', () => {
    const below = (short: string): string[] => (allowedArrows[short] ?? []).flatMap((other) => [other, ...below(other)])
    for (const short of Object.keys(allowedArrows)) expect(below(short)).not.toContain(short)
  })

  it('let serialize import nothing at all', () => {
    const imports = packageSources('packages/serialize/src').flatMap(importsOf)
    expect(imports.length).toBeGreaterThan(0)
    expect(imports.filter((specifier) => !specifier?.startsWith('./'))).toEqual([])
    expect(packages.find(({ short }) => short === 'serialize')?.manifest).not.toHaveProperty('dependencies')
  })

  it('let the command alone use the local KMS, which protects nothing', () => {
    const allowed = Object.keys(allowedArrows).filter((short) => allowedArrows[short]?.includes('local-kms'))
    expect(allowed).toEqual(['cli'])
    const importers = packageSources('packages').filter((file) => importsOf(file).includes('@esdk/local-kms'))
    expect(importers.filter(({ path }) => !path.startsWith('packages/cli/'))).toEqual([])
    const dependents = packages.filter(({ manifest }) => '@esdk/local-kms' in (manifest['dependencies'] ?? {}))
    expect(dependents.map(({ short }) => short).filter((short) => short !== 'cli')).toEqual([])
  })

  it('let client import no keyring', () => {
    const imports = packageSources('packages/client/src').flatMap(importsOf)
    expect(imports.filter((specifier) => specifier?.includes('keyring-'))).toEqual([])
  })
})

describe('a wrong arrow', () => {
  const inCmm = (text: string) => wrongImports({ path: 'packages/cmm/src/x.ts', text })

  it.each([
    ["import { createClient } from '@esdk/client'"],
    ["import type { Client } from '@esdk/client'"],
    ["export { createClient } from '@esdk/client'"],
    ["export * from '@esdk/client'"],
    ["const client = await import('@esdk/client')"],
    ["const client = require('@esdk/client')"],
    ["let client: import('@esdk/client').Client"],
    ["import '@esdk/client/deeper'"],
  ])('is found in %s', (text) => {
    expect(inCmm(text)).toEqual(['packages/cmm/src/x.ts: cmm may not import @esdk/client'])
  })

  it('is found where it goes round the name of a package', () => {
    expect(inCmm("import '../../client/src/client.ts'")).toHaveLength(1)
    expect(inCmm("import './neighbour.ts'")).toEqual([])
  })

  it('is found where the name is computed, since nobody can tell where it leads', () => {
    expect(inCmm('await import(name)')).toEqual(['packages/cmm/src/x.ts: imports a name that is computed'])
  })

  it('is found where a package of others is used that is not on the list', () => {
    expect(inCmm("import { sha256 } from '@noble/hashes/sha2.js'")).toHaveLength(1)
    expect(wrongImports({ path: 'packages/crypto-backend/src/x.ts', text: "import '@noble/hashes/sha2.js'" })).toEqual(
      [],
    )
  })

  it('is found in dependencies, and where tsconfig.json says something else', () => {
    expect(wrongDependencies('cmm', { dependencies: { '@esdk/client': '^1' } }, { references: [] })).toHaveLength(2)
    expect(wrongDependencies('cmm', { peerDependencies: { lodash: '^1' } }, {})).toEqual([
      'cmm may not depend on lodash',
    ])
    expect(wrongDependencies('unheard-of', {}, {})).toEqual(['unheard-of is not in the table of arrows'])
    expect(
      wrongDependencies(
        'cmm',
        { dependencies: { '@esdk/serialize': '^1' } },
        { references: [{ path: '../serialize' }] },
      ),
    ).toEqual([])
  })
})
