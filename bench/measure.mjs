/**
 * Interleaved rounds, medians, ratios: on a machine that is never quiet, only what ran side by side can be compared.
 */

/** The middle of the values. */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

/**
 * Runs every candidate once in each round, after one round that does not count.
 *
 * @param {Record<string, () => Promise<number> | number>} candidates - each gives its own figure, higher is better
 * @returns {Promise<Record<string, number[]>>} the figures of each, in the order of the rounds
 */
export async function interleaved(candidates, rounds) {
  const names = Object.keys(candidates)
  const figures = Object.fromEntries(names.map((name) => [name, []]))
  for (let round = -1; round < rounds; round++) {
    // Another order each time, so that nobody always runs behind the same neighbour.
    for (let i = 0; i < names.length; i++) {
      const name = names[(i + Math.max(round, 0)) % names.length]
      const figure = await candidates[name]()
      if (round >= 0) figures[name].push(figure)
    }
  }
  return figures
}

/** The median of the ratios, round by round. */
export function medianRatio(ours, theirs) {
  return median(ours.map((figure, round) => figure / theirs[round]))
}

/** A table for people. */
export function table(head, rows) {
  const cells = [head, ...rows].map((row) => row.map(String))
  const widths = head.map((_, column) => Math.max(...cells.map((row) => row[column].length)))
  const line = (row) =>
    row.map((cell, column) => (column === 0 ? cell.padEnd(widths[column]) : cell.padStart(widths[column]))).join('  ')
  return [line(cells[0]), widths.map((width) => '-'.repeat(width)).join('  '), ...cells.slice(1).map(line)].join('\n')
}

export function number(value, digits = 0) {
  return value.toLocaleString('en', { maximumFractionDigits: digits, minimumFractionDigits: digits })
}

/** A target, and whether it was reached. */
export function verdict(value, target, holds = value >= target) {
  return target === undefined ? '' : holds ? 'reached' : 'MISSED'
}

/** How often an operation is done in a second, one after the other. */
export async function perSecond(operation, milliseconds) {
  const start = performance.now()
  let count = 0
  let elapsed = 0
  do {
    for (let i = 0; i < 10; i++) await operation()
    count += 10
    elapsed = performance.now() - start
  } while (elapsed < milliseconds)
  return (count / elapsed) * 1000
}
