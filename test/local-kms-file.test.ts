import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { localKms } from '@esdk/local-kms'
import { build } from 'esbuild'
import { afterAll, beforeAll, expect, it } from 'vitest'

const root = dirname(dirname(fileURLToPath(import.meta.url)))

/** Makes keys without end, and says which, each time one is kept. */
const maker = `
  import { localKms } from ${JSON.stringify(join(root, 'packages/local-kms/src/index.ts'))}
  const client = localKms({ keyFile: process.argv[2] }).client('us-east-1')
  for (;;) process.stdout.write((await client.createKey()).KeyMetadata.KeyId + '\\n')
`

let folder = ''
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'esdk-local-kms-'))
  await build({
    stdin: { contents: maker, resolveDir: root, loader: 'ts' },
    outfile: join(folder, 'maker.mjs'),
    bundle: true,
    platform: 'node',
    format: 'esm',
    conditions: ['@esdk/source', 'node'],
  })
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Kills the maker when it has said this many keys. Gives all that it had said until it was gone. */
function killAfter(keys: number, keyFile: string): Promise<readonly string[]> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(folder, 'maker.mjs'), keyFile], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const said: string[] = []
    const lines = createInterface({ input: child.stdout })
    lines.on('line', (line) => {
      said.push(line)
      if (said.length === keys) child.kill('SIGKILL')
    })
    child.once('error', reject)
    child.once('close', (_, signal) => {
      if (signal === 'SIGKILL') resolve(said)
      else reject(new Error(`the maker ended by itself after ${said.length} keys`))
    })
  })
}

// A threat of the command line (C1) that the key file shares: a process that ends while it writes.
it('a key file is whole, and has every key that was answered, wherever its process was killed', async () => {
  const keyFile = join(folder, 'keys.json')
  // A file that takes a while to write, so that most kills come in the middle of that.
  const { KeyMetadata: large } = await localKms({ keyFile })
    .client('us-east-1')
    .createKey({ Description: 'x'.repeat(1_000_000) })
  const expected = new Set([large.KeyId])
  for (let round = 1; round <= 20; round++) {
    for (const id of await killAfter(1 + (round % 4), keyFile)) expected.add(id)
    expect(() => void JSON.parse(readFileSync(keyFile, 'utf8'))).not.toThrow()
    const { Keys: keys } = await localKms({ keyFile }).client('us-east-1').listKeys({ Limit: 1000 })
    const kept = new Set(keys.map(({ KeyId }) => KeyId))
    expect([...expected].filter((id) => !kept.has(id))).toEqual([])
    expect(statSync(keyFile).mode & 0o077).toBe(0)
  }
  expect(expected.size).toBeGreaterThan(20)
})
