/**
 * Many objects, one after the other: a failure is noted, and the others go on.
 *
 * @module
 */

import { CliError, hasCode, OutputClosedError, UsageError } from './cli-error.ts'
import { exitStatus } from './exit-status.ts'
import { plural } from './format.ts'
import type { S3Run } from './s3-command.ts'
import { s3Failure } from './s3-failure.ts'
import type { S3Location } from './s3-location.ts'
import { nothingBelow, objectsIn, type Place } from './s3-objects.ts'

/** What is done to an object, in the words of the reader. */
export interface ObjectTask {
  /** `rewrap` */
  readonly verb: string
  /** `rewrapped`, `would be rewrapped` */
  readonly done: string
  /** Does it, and says so; or gives the reason why the object is left alone. */
  readonly use: (object: S3Location) => Promise<Skipped | undefined>
}

export interface Skipped {
  readonly reason: string
}

/**
 * Do it for each object, and give the exit status. Below a prefix, objects that are not encrypted are left alone, and a
 * summary says which failed; an object that was named has to be encrypted.
 */
export async function eachObject(place: Place, task: ObjectTask, run: S3Run): Promise<number> {
  const loop = new Loop(place, task, run)
  await loop.all()
  return loop.finish()
}

class Loop {
  readonly #place: Place
  readonly #task: ObjectTask
  readonly #run: S3Run
  readonly #failures: string[] = []
  #done = 0
  #skipped = 0

  constructor(place: Place, task: ObjectTask, run: S3Run) {
    this.#place = place
    this.#task = task
    this.#run = run
  }

  async all(): Promise<void> {
    const { clients, world } = this.#run
    const objects = objectsIn(this.#place, clients.plain, world.signal)
    for (;;) {
      world.signal.throwIfAborted()
      const next = await objects.next().catch((error: unknown) => this.#fail(this.#place.location, 'list', error))
      if (next === undefined || next.done === true) return
      await this.#one(next.value)
    }
  }

  async #one(object: S3Location): Promise<void> {
    try {
      const skipped = await this.#task.use(object)
      if (skipped === undefined) this.#done++
      else await this.#skip(object, skipped)
    } catch (error) {
      const skipped = this.#place.recursive ? reasonToSkip(object, error) : undefined
      if (skipped === undefined) await this.#fail(object, this.#task.verb, error)
      else await this.#skip(object, skipped)
    }
  }

  async #skip({ shown }: S3Location, { reason }: Skipped): Promise<void> {
    this.#skipped++
    await this.#run.reporter.result({ object: shown, status: 'skipped', reason })
    await this.#run.reporter.detail(`skipped ${shown}: ${reason}`)
  }

  async #fail({ shown }: S3Location, verb: string, cause: unknown): Promise<undefined> {
    const { reporter, world } = this.#run
    if (world.signal.aborted || cause instanceof OutputClosedError) throw cause
    const error = this.#place.recursive ? ofOneObject(s3Failure(cause)) : s3Failure(cause)
    if (error instanceof UsageError) throw error
    const entry = { object: shown, status: 'failed' }
    const { code, message } = await reporter.fail(`cannot ${verb} ${shown}: `, error, { object: shown }, entry)
    this.#failures.push(`  ${shown}  ${code}: ${message}`)
  }

  async finish(): Promise<number> {
    const { reporter } = this.#run
    const failed = this.#failures.length
    if (this.#place.recursive) {
      if (this.#done + this.#skipped + failed === 0) throw nothingBelow(this.#place.location)
      const good = `${plural(this.#done, 'object')} ${this.#task.done}, ${this.#skipped} skipped`
      if (failed === 0) await reporter.say(good)
      else await reporter.complain([`esdk: ${failed} failed; ${good}`, ...this.#failures].join('\n'))
    }
    return failed === 0 ? exitStatus.ok : exitStatus.failed
  }
}

/** Why an object that was only listed is left alone. */
function reasonToSkip({ key }: S3Location, error: unknown): Skipped | undefined {
  if (hasCode(error, 'ERR_ESDK_S3_NOT_ENCRYPTED'))
    return { reason: 'not encrypted by a client, or an instruction file' }
  // U+FFFD in a list may stand for another character: then the object is there, by another key.
  const isGone = error instanceof Error && goneNames.has(error.name) && !key.includes('\uFFFD')
  return isGone ? { reason: 'gone since it was listed' } : undefined
}

const goneNames: ReadonlySet<string> = new Set(['NoSuchKey', 'NotFound'])

/** What the arguments cannot be for one object, they may well be for the next. */
function ofOneObject(error: unknown): unknown {
  return error instanceof UsageError
    ? new CliError('ERR_ESDK_CLI_S3', error.message, error.hint, { cause: error })
    : error
}
