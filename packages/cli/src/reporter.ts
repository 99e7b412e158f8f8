/**
 * What people and programs are told, and where.
 *
 * Sentences and the progress bar go to the standard error, results in JSON to the standard output, plaintext and
 * ciphertext never through here. Names are quoted before they come; what else is in a text, such as the system's errors,
 * is made visible here.
 *
 * @module
 */

import type { Talk } from './arguments.ts'
import { type Explanation, explain, type Situation } from './explain.ts'
import { type ProgressState, progressLine, RateMeter } from './progress-bar.ts'
import type { Surroundings } from './surroundings.ts'
import { jsonLine, visible } from './visible.ts'
import { writeTo } from './write-stream.ts'

/** Least milliseconds between two pictures of the bar. */
const redrawMs = 100

type World = Pick<Surroundings, 'stdout' | 'stderr' | 'env' | 'now' | 'platform'>

export class Reporter {
  readonly #talk: Talk
  readonly #world: World
  #barShown = false
  #barTime: number | undefined
  #rate: RateMeter | undefined

  constructor(talk: Talk, world: World) {
    this.#talk = talk
    this.#world = world
  }

  /** A result for programs. */
  async result(value: object): Promise<void> {
    if (this.#talk.json) await writeTo(this.#world.stdout, jsonLine(value))
  }

  /** What went well. */
  async say(text: string): Promise<void> {
    if (!this.#talk.quiet && !this.#talk.json) await this.#print(text)
  }

  /** What is of interest to those who ask for more. */
  async detail(text: string): Promise<void> {
    if (this.#talk.verbose > 0) await this.say(text)
  }

  /** What people should change. */
  async warn(text: string): Promise<void> {
    if (!this.#talk.quiet) await this.#print(`esdk: warning: ${text}`)
  }

  /** What went wrong in all: for people, however quiet it should be. */
  async complain(text: string): Promise<void> {
    if (!this.#talk.json) await this.#print(text)
  }

  /** What went wrong, in JSON or in words; `value` is what the JSON says besides. */
  async fail(what: string, error: unknown, situation: Situation = {}, value: object = {}): Promise<Explanation> {
    const explained = explain(error, situation)
    const { code, message, hint } = explained
    if (this.#talk.json) await this.result({ ...value, error: { code, message, ...(hint && { hint }) } })
    else await this.#print([`esdk: ${what}${message}`, ...indented(hint)].join('\n'))
    if (this.#world.env['ESDK_DEBUG'] === '1') await this.#print(stacks(error))
    return explained
  }

  /** A new file begins. */
  beginProgress(): void {
    this.#rate = new RateMeter(this.#world.now)
    // Short runs have no bar that would only flicker.
    this.#barTime ??= this.#world.now()
  }

  /** Show how far the run is: on a terminal, and not too often. */
  progress(state: Omit<ProgressState, 'rate'>): void {
    const { stderr, now } = this.#world
    const time = now()
    if (!this.#hasBar || time - (this.#barTime ?? 0) < redrawMs) return
    this.#barTime = time
    const rate = this.#rate?.measure(state.done)
    // Terminals that do not know how wide they are say 0.
    const line = progressLine({ ...state, rate }, { columns: stderr.columns || 80, unicode: this.#hasUnicode })
    // A terminal that went away fails the next sentence; the bar is not worth an error.
    stderr.write(`\r${line}${eraseToEnd}`)
    this.#barShown = true
  }

  /** Take the bar away. */
  endProgress(): void {
    if (this.#barShown) this.#world.stderr.write(`\r${eraseToEnd}`)
    this.#barShown = false
  }

  get #hasBar(): boolean {
    return (
      this.#world.stderr.isTTY === true && !this.#talk.quiet && !this.#talk.json && this.#world.env['TERM'] !== 'dumb'
    )
  }

  get #hasUnicode(): boolean {
    const { env, platform } = this.#world
    if (platform === 'win32' || platform === 'darwin') return true
    return /utf-?8/i.test(env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || '')
  }

  async #print(text: string): Promise<void> {
    this.endProgress()
    await writeTo(this.#world.stderr, `${visible(text)}\n`)
  }
}

const eraseToEnd = '\u001b[K'

function indented(hint: string | undefined): string[] {
  return hint === undefined ? [] : hint.split('\n').map((line) => `      ${line}`)
}

/** For those who look for a fault in the program itself. */
function stacks(error: unknown): string {
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error)
  const cause = error instanceof Error ? error.cause : undefined
  return cause === undefined ? stack : `${stack}\ncaused by ${stacks(cause)}`
}
