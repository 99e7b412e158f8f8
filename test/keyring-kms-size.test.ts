import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build, type Plugin } from 'esbuild'
import { describe, expect, it } from 'vitest'

const folder = join(dirname(dirname(fileURLToPath(import.meta.url))), 'packages', 'keyring-kms')

/** What the client brings anyway. The further entries of cmm are for keyrings alone, and count. */
const withoutTheClients: Plugin = {
  name: 'without the packages of the client',
  setup({ onResolve }) {
    onResolve({ filter: /^@/ }, ({ path }) => (path.startsWith('@esdk/cmm/') ? undefined : { path, external: true }))
  },
}

/** The package without those it stands on, as a bundler for browsers writes it. */
async function bundled() {
  const { outputFiles } = await build({
    entryPoints: [join(folder, 'src', 'index.ts')],
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    conditions: ['@esdk/source'],
    plugins: [withoutTheClients],
  })
  return outputFiles[0]?.text ?? ''
}

describe('@esdk/keyring-kms in a bundle', () => {
  it('adds at most 10 kB of gzip, and as much as its README says', async () => {
    const kilobytes = gzipSync(await bundled(), { level: 9 }).length / 1000
    const [, claimed] = /adds ([\d.]+) kB \(gzip\)/.exec(readFileSync(join(folder, 'README.md'), 'utf8')) ?? []
    expect(kilobytes).toBeLessThanOrEqual(10)
    expect(Math.abs(kilobytes - Number(claimed))).toBeLessThan(0.5)
  })

  it('loads the AWS SDK only when a client of it is needed', async () => {
    const code = await bundled()
    expect(code).toMatch(/import\("@aws-sdk\/client-kms"\)/)
    expect(code).not.toMatch(/from ?"@aws-sdk/)
  })
})
