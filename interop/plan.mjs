/**
 * Which messages are exchanged with a peer: every suite with every keyring, raw keyrings in each way a peer has to say
 * it, and every pair of values of any two dimensions, as far as the peer's limits let it.
 *
 * @module
 */

import { dimensionsOf, isMeaningful } from './dimensions.mjs'
import { limitOf } from './limits.mjs'
import { completable, coverPairs, pairsIn, pairsOf } from './pairwise.mjs'
import { randomNumbers } from './random.mjs'

/** What is combined in full. Of AWS KMS, only the plainest keyring in each way to say it. */
const starts = {
  raw: (dimensions) => product(dimensions, ['suite', 'keyring', 'api']),
  kms: (dimensions) => [
    ...product(dimensions, ['suite', 'keyring']),
    ...product({ ...dimensions, keyring: ['KMS'] }, ['suite', 'keyring', 'api']),
  ],
}

/**
 * `rows` are to be tried; `skipped` are those that would have been, with the limit that is in the way.
 *
 * @param direction `write`: the peer encrypts; `read`: the peer decrypts
 */
export function planFor(peer, direction, options) {
  const plans = Object.keys(starts).map((area) => planForArea(peer, direction, area, options))
  return { rows: plans.flatMap(({ rows }) => rows), skipped: plans.flatMap(({ skipped }) => skipped) }
}

function planForArea(peer, direction, area, options) {
  const dimensions = dimensionsOf(peer, direction, area, options)
  return planRows({
    dimensions,
    start: starts[area](dimensions),
    isMeaningful,
    limitOf: (row) => limitOf(peer, direction, row),
    restartWith: ['suite', 'keyring'],
    seed: `${options.seed} ${peer} ${direction} ${area}`,
  })
}

/**
 * Rows that complete those of `start`, and that hold every pair of values, as far as the limits let them.
 *
 * @param limitOf the limit that keeps a row from being tried, if there is one
 * @param restartWith what stays of a row that a limit takes away: it is tried with other values
 */
export function planRows({ dimensions, start, isMeaningful, limitOf, restartWith, seed }) {
  const random = randomNumbers(seed)
  const wanted = coverPairs({ dimensions, start, isAllowed: completable(dimensions, isMeaningful), random })

  const isLimited = (row) => limitOf(row) !== undefined
  const isAllowed = completable(dimensions, (row) => isMeaningful(row) && !isLimited(row))
  const skipped = wanted.filter(isLimited).map((row) => ({ row, reason: limitOf(row).reason }))
  // What a limit takes away in one combination is tried in another one.
  const kept = (row) => Object.fromEntries(restartWith.map((name) => [name, row[name]]))
  const restart = wanted.map((row) => (isLimited(row) ? kept(row) : row))
  const rows = coverPairs({ dimensions, start: unique(restart), isAllowed, random })
  checkAllPairs(dimensions, isAllowed, rows)
  return { rows, skipped }
}

/** Every combination of the values of these dimensions. */
export function product(dimensions, names) {
  return names.reduce(
    (rows, name) => rows.flatMap((row) => dimensions[name].map((value) => ({ ...row, [name]: value }))),
    [{}],
  )
}

function unique(rows) {
  return [...new Map(rows.map((row) => [JSON.stringify(row), row])).values()]
}

/** The promise of the plan, counted again. */
function checkAllPairs(dimensions, isAllowed, rows) {
  const missing = pairsOf(dimensions, isAllowed)
  for (const row of rows) for (const pair of pairsIn(row)) missing.delete(pair)
  if (missing.size > 0) throw new Error(`the plan lacks ${missing.size} pairs, ${missing.keys().next().value} first`)
}
