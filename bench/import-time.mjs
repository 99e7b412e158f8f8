/** What it costs to import the client, beside a Node that imports nothing. */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { interleaved, median, number, table, verdict } from './measure.mjs'

const target = 20
const here = fileURLToPath(new URL('.', import.meta.url))

export async function importTime({ rounds }) {
  const figures = await interleaved(
    {
      bare: () => milliseconds(''),
      client: () => milliseconds("import '@esdk/client'"),
      'client and raw keyrings': () => milliseconds("import '@esdk/client'; import '@esdk/keyring-raw'"),
      '@aws-crypto/client-node 5.0.2': () => milliseconds("import '@aws-crypto/client-node'"),
    },
    rounds,
  )
  const bare = median(figures.bare)
  const rows = Object.entries(figures)
    .filter(([name]) => name !== 'bare')
    .map(([name, times]) => {
      const above = median(times.map((time, round) => time - figures.bare[round]))
      return [
        name,
        number(above, 1),
        name === 'client' ? `<= ${target}` : '',
        name === 'client' ? verdict(above, target, above <= target) : '',
      ]
    })
  console.log(`\nImport; ms above a bare Node (${number(bare, 1)} ms), medians of ${rounds} interleaved rounds\n`)
  console.log(table(['', 'ms', 'target', ''], rows))
}

function milliseconds(code) {
  const start = process.hrtime.bigint()
  const { status } = spawnSync(process.execPath, ['--input-type=module', '--eval', code], {
    cwd: here,
    stdio: 'inherit',
  })
  if (status !== 0) throw new Error(`importing failed: ${code}`)
  return Number(process.hrtime.bigint() - start) / 1e6
}
