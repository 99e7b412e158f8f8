import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { platformUses } from '../scripts/arrows.mjs'
import { cleanBuild } from '../scripts/clean-build.mjs'
import { packageSources } from '../scripts/source-files.mjs'
import { run } from '../scripts/workspace.mjs'

describe('above crypto-backend', () => {
  it.each(['serialize', 'cmm', 'keyring-raw', 'keyring-kms', 'keyring-hierarchical', 'caching-cmm', 'client'])(
    '%s names no platform',
    (short) => {
      const sources = packageSources(`packages/${short}/src`)
      expect(sources.length).toBeGreaterThan(0)
      expect(sources.flatMap(platformUses)).toEqual([])
    },
  )
})

describe('crypto-backend', () => {
  it('names Node only where it is the backend for Node', () => {
    expect(packageSources('packages/crypto-backend/src').flatMap(platformUses)).toEqual([])
  })
})

describe('a platform', () => {
  const inClient = (text: string) => platformUses({ path: 'packages/client/src/x.ts', text })

  it.each([
    ["import { createHash } from 'node:crypto'"],
    ["import { Readable } from 'stream'"],
    ["import type { Readable } from 'node:stream'"],
    ["const { createHash } = await import('node:crypto')"],
    ['process.exit(1)'],
    ['const bytes = Buffer.from(text)'],
    ['let bytes: Buffer'],
    ['let stream: NodeJS.ReadableStream'],
    ['if (typeof window === "object") x()'],
    ['Deno.exit()'],
    ['const { subtle } = crypto'],
    ['const { subtle } = globalThis.crypto'],
    ['const { subtle } = globalThis["crypto"]'],
    ['document.write(text)'],
  ])('is found in %s', (text) => {
    expect(inClient(text)).toHaveLength(1)
  })

  it('is not found in properties of that name, nor in words', () => {
    expect(inClient('// the process of a Buffer\nprogress.process = { window: 1, Buffer: "document" }.window')).toEqual(
      [],
    )
  })

  it('may be named by the backend for it, and by the command', () => {
    const text = "import 'node:crypto'\nprocess.exit()"
    expect(platformUses({ path: 'packages/crypto-backend/src/node/aes.ts', text })).toEqual([])
    expect(platformUses({ path: 'packages/cli/src/bin.ts', text })).toEqual([])
    expect(platformUses({ path: 'packages/crypto-backend/src/web/aes.ts', text })).toHaveLength(2)
  })
})

describe('what runs on Node', () => {
  const folder = mkdtempSync(join(tmpdir(), 'esdk-platform-'))
  beforeAll(async () => {
    await cleanBuild(join(folder, 'build'))
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  /** The files that a module loads when it runs in a Node of its own: V8 lists them with its coverage. */
  function filesLoadedBy(text: string): string[] {
    const main = join(folder, 'build', 'packages', 'keyring-raw', 'main.mjs')
    const coverage = join(folder, 'coverage')
    rmSync(coverage, { recursive: true, force: true })
    mkdirSync(coverage)
    writeFileSync(main, text)
    run(process.execPath, [main], { env: { ...process.env, NODE_V8_COVERAGE: coverage, NODE_OPTIONS: '' } })
    const reports = readdirSync(coverage).map(
      (name) => JSON.parse(readFileSync(join(coverage, name), 'utf8')) as { result: { url: string }[] },
    )
    const urls = reports.flatMap(({ result }) => result.map(({ url }) => url))
    return urls.filter((url) => url.startsWith('file:')).map((url) => fileURLToPath(url))
  }

  const client = () => pathToFileURL(join(folder, 'build', 'packages', 'client', 'dist', 'index.js')).href
  const roundTrips = () => `
    import { createClient } from ${JSON.stringify(client())}
    import { generateRsaKeyPair, rawAesKeyring, rawRsaKeyring } from './dist/index.js'
    const pair = await generateRsaKeyPair(2048)
    const id = { namespace: 'tests', name: 'key' }
    for (const keyring of [
      rawAesKeyring({ ...id, wrappingKey: new Uint8Array(32) }),
      rawAesKeyring({ ...id, wrappingKey: new Uint8Array(24) }),
      rawRsaKeyring({ ...id, ...pair, padding: 'oaep-sha256' }),
    ]) {
      for (const suite of [0x0478, 0x0578]) {
        const client = createClient()
        const { ciphertext } = await client.encrypt(new Uint8Array(10_000), { keyring, suite })
        const { plaintext } = await client.decrypt(ciphertext, { keyring })
        if (plaintext.length !== 10_000) throw new Error('another plaintext')
      }
    }
  `

  it('loads no file of anybody else for round trips, signed ones too', () => {
    const files = filesLoadedBy(roundTrips())
    expect(files.some((path) => path.endsWith(join('client', 'dist', 'index.js')))).toBe(true)
    expect(files.filter((path) => path.includes('node_modules'))).toEqual([])
    expect(files.filter((path) => path.includes('platform.web'))).toEqual([])
  })

  it('would be seen to load one', () => {
    const noble = pathToFileURL(join(folder, 'build/packages/crypto-backend/node_modules/@noble/hashes/sha2.js')).href
    const files = filesLoadedBy(`import ${JSON.stringify(noble)}`)
    expect(files.some((path) => path.includes('@noble'))).toBe(true)
  })
})
