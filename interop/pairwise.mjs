/**
 * Rows in which each pair of values of two dimensions occurs: most faults need no more than two things to meet, and
 * there are far fewer such rows than combinations of all values.
 *
 * @module
 */

import { shuffled } from './random.mjs'

const attempts = 100

/**
 * Completes each row of `start`, which may leave dimensions open, and adds rows until every pair occurs that
 * `isAllowed` lets occur. Rows of `start` that cannot be completed are left out.
 *
 * @param dimensions an object: name to values
 * @param isAllowed is asked with rows that leave dimensions open, too; then it judges what is there
 */
export function coverPairs({ dimensions, start, isAllowed, random }) {
  const missing = pairsOf(dimensions, isAllowed)
  const rows = []

  function add(partial) {
    for (let attempt = 0; attempt < attempts; attempt++) {
      const row = complete(partial, { dimensions, isAllowed, random, missing })
      if (row === undefined) continue
      for (const pair of pairsIn(row)) missing.delete(pair)
      rows.push(row)
      return true
    }
    return false
  }

  for (const partial of start) add(partial)
  // Each row that is added takes others away that are still to come.
  for (const [pair, row] of missing) {
    if (!add(row)) throw new Error(`no row can hold ${pair}`)
  }
  return rows
}

/** Judges a row that leaves dimensions open by whether there is a complete one that `isAllowed` lets be. */
export function completable(dimensions, isAllowed) {
  const names = Object.keys(dimensions)
  const known = new Map()
  return function canBeCompleted(row) {
    if (!isAllowed(row)) return false
    const open = names.find((name) => !(name in row))
    if (open === undefined) return true
    const text = names.map((name) => row[name]).join('\n')
    if (!known.has(text)) {
      known.set(
        text,
        dimensions[open].some((value) => canBeCompleted({ ...row, [open]: value })),
      )
    }
    return known.get(text)
  }
}

/** Each pair of values, as a text, with the row that holds just the two. */
export function pairsOf(dimensions, isAllowed) {
  const names = Object.keys(dimensions)
  const pairs = new Map()
  for (const [at, first] of names.entries()) {
    for (const second of names.slice(at + 1)) {
      for (const a of dimensions[first]) {
        for (const b of dimensions[second]) {
          const row = { [first]: a, [second]: b }
          if (isAllowed(row)) pairs.set(pairText(first, a, second, b), row)
        }
      }
    }
  }
  return pairs
}

/** The pairs of a complete row, as texts. */
export function* pairsIn(row) {
  const names = Object.keys(row)
  for (const [at, first] of names.entries()) {
    for (const second of names.slice(at + 1)) yield pairText(first, row[first], second, row[second])
  }
}

function pairText(first, a, second, b) {
  return first < second ? `${first}: ${a}, ${second}: ${b}` : `${second}: ${b}, ${first}: ${a}`
}

/** Greedy: each open dimension gets the value that adds most new pairs. `undefined` when none is left that may be. */
function complete(partial, { dimensions, isAllowed, random, missing }) {
  if (!isAllowed(partial)) return undefined
  let row = partial
  const open = Object.keys(dimensions).filter((name) => !(name in partial))
  for (const name of shuffled(open, random)) {
    const candidates = shuffled(dimensions[name], random)
      .map((value) => ({ ...row, [name]: value }))
      .filter((candidate) => isAllowed(candidate))
    if (candidates.length === 0) return undefined
    row = candidates.reduce((best, candidate) =>
      newPairs(candidate, name, missing) > newPairs(best, name, missing) ? candidate : best,
    )
  }
  return row
}

function newPairs(row, name, missing) {
  let count = 0
  for (const other of Object.keys(row)) {
    if (other !== name && missing.has(pairText(name, row[name], other, row[other]))) count++
  }
  return count
}
