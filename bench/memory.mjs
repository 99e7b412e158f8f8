/** Memory is flat in message size: 1 GiB through a process of its own. */
import { execFileSync } from 'node:child_process'
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { median, number, table, verdict } from './measure.mjs'

const child = fileURLToPath(new URL('memory-child.mjs', import.meta.url))
const targetHighest = 100
const targetGrowth = 4

export function memory({ rounds, mebibytes }) {
  const folder = mkdtempSync(join(tmpdir(), 'esdk-bench-'))
  try {
    const mebibyte = new Uint8Array(2 ** 20).fill(0x61)
    for (let i = 0; i < mebibytes; i++) appendFileSync(join(folder, 'file'), mebibyte)
    measureAll({ rounds, mebibytes, file: join(folder, 'file') })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function measureAll({ rounds, mebibytes, file }) {
  const rows = []
  for (const suite of ['0x0478', '0x0578']) {
    const run = (operation) =>
      execFileSync(process.execPath, [child, operation, suite, String(mebibytes), file], { encoding: 'utf8' })
    run('write')
    for (const operation of ['encrypt', 'decrypt']) {
      const runs = Array.from({ length: rounds }, () => JSON.parse(run(operation)))
      const highest = median(runs.map((run) => run.highest)) / 2 ** 20
      const growth = median(runs.map((run) => run.highest - run.afterFirst)) / 2 ** 20
      rows.push([
        `${suite.slice(2)} ${operation}`,
        number(median(runs.map((run) => run.start)) / 2 ** 20),
        number(highest),
        verdict(highest, targetHighest, highest <= targetHighest),
        number(growth, 1),
        verdict(growth, targetGrowth, growth <= targetGrowth),
      ])
    }
  }
  console.log(`\nResident memory over a file of ${mebibytes} MiB; MiB, medians of ${rounds} processes\n`)
  const head = ['', 'start', 'highest', `<= ${targetHighest}`, 'growth after 64 MiB', `<= ${targetGrowth}`]
  console.log(table(head, rows))
}
