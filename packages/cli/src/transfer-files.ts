/**
 * Many files, one after the other: a failure is noted, and the others go on.
 *
 * @module
 */

import { join } from 'node:path'
import type { TransferArguments } from './arguments.ts'
import { CliError, OutputClosedError, UsageError } from './cli-error.ts'
import { exitStatus } from './exit-status.ts'
import type { Explanation, Situation } from './explain.ts'
import { type FileIdentity, identityAt } from './file-identity.ts'
import { formatTransfer, plural } from './format.ts'
import { headerFacts } from './header-facts.ts'
import { type MetadataLog, noLog, openMetadataLog } from './metadata-log.ts'
import { type Job, type Plan, planFiles, planStdin } from './plan-outputs.ts'
import type { Reporter } from './reporter.ts'
import { type Selection, type SkippedFile, selectFiles } from './select-files.ts'
import type { Surroundings } from './surroundings.ts'
import { pathOf } from './target.ts'
import { checkNoTerminalInput, checkNoTerminalOutput } from './terminal.ts'
import { type ProtectedFiles, type Start, shownInput, type Transferred, transferFile } from './transfer-file.ts'

/** Encryption or decryption, as far as the loop has to know. */
export interface Operation {
  readonly verb: 'encrypt' | 'decrypt'
  readonly done: 'encrypted' | 'decrypted'
  readonly start: Start
  /** The name of the output of a file. */
  readonly rename: (name: string) => string
  /** Is a file of this name in a folder one to work on? */
  readonly accepts: (name: string) => boolean
  /** What the last failed message said, for hints. */
  readonly situation: () => Situation
  /** The key files. */
  readonly keyFiles: readonly FileIdentity[]
}

/** Do it all, and give the exit status. */
export async function transferFiles(
  args: TransferArguments,
  operation: Operation,
  reporter: Reporter,
  world: Surroundings,
): Promise<number> {
  const selection = await select(args, operation, world)
  const plan = await planOf(args, operation, selection, world)
  if (args.json && plan.jobs.some(({ output }) => output.kind === 'stdout')) {
    throw new UsageError('--json and the output would both go to the standard output', 'Name a file with -o.')
  }
  await checkTerminals(plan, operation, reporter, world)
  const log = await openLog(args, operation, selection, plan, world)
  try {
    return await new Run(args, operation, reporter, world, log).all(selection, plan)
  } finally {
    await log.close()
  }
}

async function checkTerminals(
  { jobs }: Plan,
  { verb }: Operation,
  reporter: Reporter,
  world: Surroundings,
): Promise<void> {
  const fromStdin = jobs.some(({ input }) => input.kind === 'stdin')
  if (verb === 'decrypt') {
    if (fromStdin) checkNoTerminalInput(world, verb)
    return
  }
  if (jobs.some(({ output }) => output.kind === 'stdout')) checkNoTerminalOutput(world)
  if (fromStdin && world.stdin.isTTY)
    await reporter.say('reading from the terminal: Ctrl-D on a line of its own ends it')
}

const nothing: Selection = { files: [], skipped: [], failures: [], folders: [] }

async function select(args: TransferArguments, { verb, accepts }: Operation, world: Surroundings): Promise<Selection> {
  if (!args.paths.includes('-')) return selectFiles(args.paths, { ...world, recursive: args.recursive, verb, accepts })
  if (args.paths.length > 1) throw new UsageError('the standard input (-) must be the only input')
  return nothing
}

function planOf(
  args: TransferArguments,
  { rename }: Operation,
  selection: Selection,
  world: Surroundings,
): Promise<Plan> {
  const { cwd, platform } = world
  const options = { cwd, platform, output: args.output, rename }
  return selection === nothing ? planStdin(options) : planFiles(selection, options)
}

async function openLog(
  { metadataOutput }: TransferArguments,
  { keyFiles }: Operation,
  { folders }: Selection,
  { jobs, outputFolder }: Plan,
  { cwd }: Surroundings,
): Promise<MetadataLog> {
  if (metadataOutput === undefined) return noLog
  const files: string[] = []
  for (const { input, output } of jobs) {
    if (input.kind === 'file') files.push(join(input.file.root, ...input.file.names))
    if (output.kind === 'file') files.push(pathOf(output.target))
  }
  return openMetadataLog(metadataOutput, cwd, {
    files,
    folders: outputFolder === undefined ? folders : [...folders, outputFolder],
    identities: keyFiles,
  })
}

interface Failure {
  readonly shown: string
  readonly explanation: Explanation
}

class Run {
  readonly #args: TransferArguments
  readonly #operation: Operation
  readonly #reporter: Reporter
  readonly #world: Surroundings
  readonly #log: MetadataLog
  readonly #failures: Failure[] = []

  constructor(
    args: TransferArguments,
    operation: Operation,
    reporter: Reporter,
    world: Surroundings,
    log: MetadataLog,
  ) {
    this.#args = args
    this.#operation = operation
    this.#reporter = reporter
    this.#world = world
    this.#log = log
  }

  async all({ skipped, failures, ...selection }: Selection, { jobs, failures: unplanned }: Plan): Promise<number> {
    await this.#tellSkipped(skipped)
    for (const { shown, error } of [...failures, ...unplanned]) await this.#fail(shown, undefined, error, {})
    if (jobs.length === 0 && this.#failures.length === 0) throw this.#nothingToDo(skipped)
    const protectedFiles = await this.#protectedFiles(jobs)
    const started = this.#world.now()
    let bytes = 0
    for (const [i, job] of jobs.entries()) {
      const done = await this.#one(job, { index: i + 1, count: jobs.length }, protectedFiles)
      bytes += done?.inputBytes ?? 0
    }
    const count = jobs.length + failures.length + unplanned.length
    if (count > 1 || selection.folders.length > 0) await this.#summarise(count, bytes, this.#world.now() - started)
    return this.#failures.length === 0 ? exitStatus.ok : exitStatus.failed
  }

  async #one(
    job: Job,
    place: { readonly index: number; readonly count: number },
    protectedFiles: ProtectedFiles,
  ): Promise<Transferred | undefined> {
    const { input, output } = job
    const inputShown = shownInput(input)
    const outputShown = output.kind === 'file' ? output.target.shown : output.shown
    const { start } = this.#operation
    const { overwrite } = this.#args
    const begun = this.#world.now()
    this.#reporter.beginProgress()
    try {
      const onProgress = (done: number, total: number | undefined) =>
        this.#reporter.progress({ shown: inputShown, done, total, ...place })
      const done = await transferFile(job, { start, overwrite, protectedFiles, onProgress }, this.#world)
      this.#reporter.endProgress()
      await this.#succeed(inputShown, outputShown, done, this.#world.now() - begun, place.count)
      return done
    } catch (error) {
      this.#reporter.endProgress()
      if (this.#world.signal.aborted || error instanceof OutputClosedError) throw error
      await this.#fail(inputShown, outputShown, error, this.#operation.situation())
      return undefined
    }
  }

  async #succeed(input: string, output: string, done: Transferred, ms: number, count: number): Promise<void> {
    const { header, encryptionContext, inputBytes, outputBytes } = done
    const facts = { ...headerFacts(header), encryptionContext }
    const entry = { input, output, status: this.#operation.done, inputBytes, outputBytes, header: facts }
    await this.#log.add({ time: new Date().toISOString(), ...entry })
    await this.#reporter.result(entry)
    const line = `${input} -> ${output}  ${formatTransfer(inputBytes, ms)}`
    if (count === 1) await this.#reporter.say(line)
    else await this.#reporter.detail(line)
  }

  async #fail(input: string, output: string | undefined, error: unknown, situation: Situation): Promise<void> {
    const { verb } = this.#operation
    const entry = { input, ...(output !== undefined && { output }), status: 'failed' }
    const explanation = await this.#reporter.fail(`cannot ${verb} ${input}: `, error, situation, entry)
    const { code, message } = explanation
    this.#failures.push({ shown: input, explanation })
    await this.#log.add({ time: new Date().toISOString(), ...entry, error: { code, message } })
  }

  async #tellSkipped(skipped: readonly SkippedFile[]): Promise<void> {
    for (const { shown, reason } of skipped) {
      await this.#reporter.result({ input: shown, status: 'skipped', reason })
      const line = `skipped ${shown}: ${this.#skipReason(reason)}`
      if (reason === 'suffix') await this.#reporter.detail(line)
      else await this.#reporter.say(line)
    }
  }

  #skipReason(reason: SkippedFile['reason']): string {
    const { suffix } = this.#args
    switch (reason) {
      case 'link':
        return 'a link, which is not followed'
      case 'special file':
        return 'neither a file nor a folder'
      case 'leftover':
        return 'left behind by a run that was killed; delete it'
      case 'suffix':
        return this.#operation.verb === 'encrypt'
          ? `it ends with ${suffix}: encrypted already`
          : `it does not end with ${suffix}`
    }
  }

  #nothingToDo(skipped: readonly SkippedFile[]): CliError {
    const { verb } = this.#operation
    const bySuffix = skipped.filter(({ reason }) => reason === 'suffix').length
    const hint =
      bySuffix > 0 && verb === 'decrypt'
        ? `${plural(bySuffix, 'file')} without the suffix ${this.#args.suffix} were left alone: --suffix says how yours end.`
        : 'Look at the arguments; -v says what was left alone.'
    return new CliError('ERR_ESDK_CLI_NOTHING_TO_DO', `there is no file to ${verb}`, hint)
  }

  /** All inputs: the output of one must not be the input of another. */
  async #protectedFiles(jobs: readonly Job[]): Promise<ProtectedFiles> {
    const used = new Map<FileIdentity, string>()
    for (const { input } of jobs) {
      if (input.kind !== 'file') continue
      used.set(await identityAt(join(input.file.root, ...input.file.names)), `the input ${input.file.shown}`)
    }
    for (const identity of this.#operation.keyFiles) used.set(identity, 'a key file of this run')
    used.set(this.#log.identity, 'the metadata file of this run')
    // Files without an identity cannot be compared.
    used.delete(undefined)
    return used
  }

  async #summarise(count: number, bytes: number, ms: number): Promise<void> {
    const failed = this.#failures
    const good = `${plural(count - failed.length, 'file')} ${this.#operation.done}  ${formatTransfer(bytes, ms)}`
    if (failed.length === 0) return this.#reporter.say(good)
    const lines = failed.map(({ shown, explanation }) => `  ${shown}  ${explanation.code}: ${explanation.message}`)
    await this.#reporter.complain(
      [`esdk: ${failed.length} of ${plural(count, 'file')} failed; ${good}`, ...lines].join('\n'),
    )
  }
}
