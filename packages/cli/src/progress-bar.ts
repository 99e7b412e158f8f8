/**
 * The line that shows how far a run is.
 *
 * ```text
 * (2 of 17) photo.raw  ████████████░░░░░░░░  61%  40.1 of 64.0 MiB  212.0 MiB/s  0:03 left
 * ```
 *
 * @module
 */

import { formatBytes, formatDuration } from './format.ts'

/** How far one file is, among others. */
export interface ProgressState {
  readonly shown: string
  /** Bytes of the input that are done, and all of them where that is known. */
  readonly done: number
  readonly total: number | undefined
  /** Bytes in a second; `undefined` at the beginning. */
  readonly rate: number | undefined
  /** Which of how many, from 1. */
  readonly index: number
  readonly count: number
}

export interface BarStyle {
  /** Characters in a line of the terminal. */
  readonly columns: number
  /** Can it show more than ASCII? */
  readonly unicode: boolean
}

const widestBar = 30
const longestName = 30

/** One line, shorter than the terminal is wide. What has no room is left out, the least important first. */
export function progressLine(state: ProgressState, { columns, unicode }: BarStyle): string {
  const { done, total, rate, index, count } = state
  const which = count > 1 ? `(${index} of ${count}) ` : ''
  const name = shortened(state.shown, longestName)
  const speed = rate === undefined ? '' : `  ${formatBytes(Math.round(rate))}/s`
  if (total === undefined) return partsThatFit([`${which}${name}  ${formatBytes(done)}`, speed], columns)
  const part = total === 0 ? 1 : Math.min(1, done / total)
  const percent = `${Math.floor(part * 100)}%`.padStart(4)
  const left = rate ? `  ${formatDuration((total - done) / rate)} left` : ''
  const facts = [percent, `  ${formatBytes(done)} of ${formatBytes(total)}`, speed, left]
  const room = columns - 1 - [...`${which}${name}  `, ...facts.join('')].length - 1
  const bar = room >= 8 ? `${barOf(part, Math.min(room, widestBar), unicode)} ` : ''
  return partsThatFit([`${which}${name}  ${bar}${percent}`, ...facts.slice(1)], columns)
}

function barOf(part: number, width: number, unicode: boolean): string {
  const full = Math.floor(part * width)
  const [done, open] = unicode ? (['█', '░'] as const) : (['#', '.'] as const)
  return done.repeat(full) + open.repeat(width - full)
}

/** The parts that fit; the terminal would break a line that is as wide as itself. */
function partsThatFit([first = '', ...others]: readonly string[], columns: number): string {
  let line = shortened(first, columns - 1)
  for (const part of others) {
    if ([...line, ...part].length < columns) line += part
  }
  return line
}

/** The end of a text, which says more of a path than its beginning. */
function shortened(text: string, length: number): string {
  const characters = [...text]
  return characters.length <= length
    ? text
    : `...${characters.slice(characters.length - Math.max(0, length - 3)).join('')}`
}

/** Bytes in a second, smoothed, from what is done at which time. */
export class RateMeter {
  readonly #now: () => number
  #time: number
  #done = 0
  #rate: number | undefined

  constructor(now: () => number) {
    this.#now = now
    this.#time = now()
  }

  /** The rate after `done` bytes in all. */
  measure(done: number): number | undefined {
    const elapsed = (this.#now() - this.#time) / 1000
    // Shorter stretches say nothing.
    if (elapsed < 0.2) return this.#rate
    const current = (done - this.#done) / elapsed
    this.#rate = this.#rate === undefined ? current : 0.7 * this.#rate + 0.3 * current
    this.#time += elapsed * 1000
    this.#done = done
    return this.#rate
  }
}
