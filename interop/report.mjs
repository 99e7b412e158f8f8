/**
 * What people read at the end.
 *
 * @module
 */

import { directions, isFailure, isPass } from './outcome.mjs'

const failuresShown = 30

/** Prints a table, what was left out and why, and what failed. */
export function printReports(reports) {
  const failures = reports.flatMap(({ outcomes }) => outcomes.filter(isFailure))
  console.log()
  printTable(['peer', 'messages', 'passed', 'failed', 'skipped'], reports.flatMap(countsOf))
  printSkipped(reports)
  printFailures(failures)
  for (const { peer, missing } of reports) {
    if (missing !== undefined) console.log(`SKIPPED: ${peer}: ${missing}`)
  }
}

function countsOf({ peer, outcomes, skipped, missing }) {
  if (missing !== undefined) return []
  const rows = Object.values(directions).map((direction) => {
    const own = outcomes.filter((outcome) => outcome.direction === direction)
    const left = skipped.filter((one) => one.direction === direction)
    return [peer, direction, own.filter(isPass).length, own.filter(isFailure).length, left.length]
  })
  return rows.filter(([, , ...counts]) => counts.some((count) => count > 0))
}

/** A combination that was skipped has left its suite, its keyring and its other values to combinations that are possible. */
function printSkipped(reports) {
  const counts = new Map()
  for (const { peer, skipped } of reports) {
    for (const { direction, reason } of skipped) {
      const line = [peer, direction, reason].join('\t')
      counts.set(line, (counts.get(line) ?? 0) + 1)
    }
  }
  if (counts.size === 0) return
  console.log('\nSkipped, because the peer cannot do it:\n')
  const rows = [...counts].map(([line, count]) => {
    const [peer, direction, reason] = line.split('\t')
    return [peer, direction, count, reason]
  })
  printTable(['peer', 'messages', 'skipped', 'reason'], rows)
}

function printFailures(failures) {
  if (failures.length === 0) return
  console.log(`\nFailed${failures.length > failuresShown ? `, the first ${failuresShown}` : ''}:\n`)
  for (const { peer, direction, row, error } of failures.slice(0, failuresShown)) {
    const values = Object.entries(row).map(([name, value]) => `${name}: ${value}`)
    console.log(`${peer}, ${direction}\n  ${values.join('; ')}\n  ${error.split('\n').join('\n  ')}\n`)
  }
}

function printTable(head, rows) {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => String(row[column]).length)))
  const line = (row) =>
    row
      .map((cell, column) =>
        typeof cell === 'number' ? String(cell).padStart(widths[column]) : cell.padEnd(widths[column]),
      )
      .join('  ')
      .trimEnd()
  console.log(line(head))
  console.log(widths.map((width) => '-'.repeat(width)).join('  '))
  for (const row of rows) console.log(line(row))
  console.log()
}
