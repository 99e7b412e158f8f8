/**
 * Where the output of each input goes.
 *
 * | input          | without `-o`          | `-o FILE` | `-o FOLDER`                         |
 * | -------------- | --------------------- | --------- | ----------------------------------- |
 * | a file         | beside it             | that file | the folder, under the new name      |
 * | a folder, `-r` | beside each file      |           | the folder, with the same way in it |
 * | `-`            | the standard output   | that file |                                     |
 *
 * `-o -` is the standard output, for one input.
 *
 * @module
 */

import { stat } from 'node:fs/promises'
import { basename, dirname, resolve } from 'node:path'
import { standardOutput, UsageError } from './cli-error.ts'
import { isWithin, realPathOf } from './file-identity.ts'
import { checkNames } from './safe-name.ts'
import type { SelectedFile, Selection, SelectionFailure } from './select-files.ts'
import { pathOf, type Target } from './target.ts'
import { shownPath } from './visible.ts'

export type Input =
  | { readonly kind: 'stdin'; readonly shown: string }
  | { readonly kind: 'file'; readonly file: SelectedFile }
export type Output =
  | { readonly kind: 'stdout'; readonly shown: string }
  | { readonly kind: 'file'; readonly target: Target }

/** One file to work on, and where its output goes. */
export interface Job {
  readonly input: Input
  readonly output: Output
}

export interface Plan {
  readonly jobs: readonly Job[]
  /** Inputs that have no output. */
  readonly failures: readonly SelectionFailure[]
  /** The folder that takes the output, if one was named. */
  readonly outputFolder: string | undefined
}

export interface PlanOptions {
  readonly cwd: string
  readonly platform: NodeJS.Platform
  readonly output: string | undefined
  /** The name of an output, by that of its input. */
  readonly rename: (name: string) => string
}

const stdin: Input = { kind: 'stdin', shown: 'the standard input' }
const stdout: Output = { kind: 'stdout', shown: standardOutput }

/**
 * The plan for the standard input.
 *
 * @throws UsageError - the output is a folder
 */
export async function planStdin({ cwd, output }: PlanOptions): Promise<Plan> {
  if (output === undefined || output === '-')
    return { jobs: [{ input: stdin, output: stdout }], failures: [], outputFolder: undefined }
  if (endsWithSeparator(output) || (await isFolder(resolve(cwd, output)))) {
    throw new UsageError(
      `the output ${shownPath(output)} is a folder, and the standard input has no name`,
      'Name a file with -o.',
    )
  }
  return { jobs: [{ input: stdin, output: namedFile(cwd, output) }], failures: [], outputFolder: undefined }
}

/**
 * The plan for files.
 *
 * @throws UsageError - two inputs would have one output, or the output cannot take them
 */
export async function planFiles(selection: Selection, options: PlanOptions): Promise<Plan> {
  const { cwd, output } = options
  const { files, folders } = selection
  if (output === undefined) return planEach(files, undefined, options)
  const several = files.length > 1 || folders.length > 0 || files.some(({ found }) => found)
  if (output === '-') {
    if (several) throw new UsageError('the standard output takes one file', 'Name a folder with -o, or leave out -o.')
    return {
      jobs: files.map((file) => ({ input: { kind: 'file', file }, output: stdout })),
      failures: [],
      outputFolder: undefined,
    }
  }
  const path = resolve(cwd, output)
  const exists = await isFolder(path)
  if (!several && !exists && !endsWithSeparator(output)) {
    const target = namedFile(cwd, output)
    return {
      jobs: files.map((file) => ({ input: { kind: 'file', file }, output: target })),
      failures: [],
      outputFolder: undefined,
    }
  }
  if (exists === false) {
    throw new UsageError(`the output ${shownPath(output)} is a file, and a folder is needed`, 'Name a folder with -o.')
  }
  await checkNotInside(path, output, folders)
  return planEach(files, { path, argument: output }, options)
}

interface OutputFolder {
  readonly path: string
  readonly argument: string
}

async function planEach(
  files: readonly SelectedFile[],
  folder: OutputFolder | undefined,
  options: PlanOptions,
): Promise<Plan> {
  const jobs: Job[] = []
  const failures: SelectionFailure[] = []
  const inputOf = new Map<string, SelectedFile>()
  for (const file of files) {
    try {
      const target = targetOf(file, folder, options)
      const path = folded(pathOf(target), options.platform)
      const other = inputOf.get(path)
      if (other !== undefined) {
        throw new UsageError(
          `${other.shown} and ${file.shown} would both be written to ${target.shown}`,
          'Give them in two runs, with other folders or suffixes.',
        )
      }
      inputOf.set(path, file)
      jobs.push({ input: { kind: 'file', file }, output: { kind: 'file', target } })
    } catch (error) {
      if (error instanceof UsageError) throw error
      failures.push({ shown: file.shown, error })
    }
  }
  return { jobs, failures, outputFolder: folder?.path }
}

function targetOf(file: SelectedFile, folder: OutputFolder | undefined, { rename, platform }: PlanOptions): Target {
  const renamed = [...file.names.slice(0, -1), rename(file.names.at(-1) as string)]
  // What the user named may have any name that the system takes.
  const names = file.found ? checkNames(renamed, platform) : renamed
  const root = folder?.path ?? file.root
  const shown = folder === undefined ? besideOf(file, names) : shownPath(folder.argument, names)
  return { root, makeRoot: folder !== undefined, names, shown }
}

/** The output as the user would write it, who knows the input as `shown`. */
function besideOf(file: SelectedFile, names: readonly string[]): string {
  const name = names.at(-1) as string
  const at = file.shown.lastIndexOf(file.names.at(-1) as string)
  if (at < 0 || file.shown.startsWith('"')) return shownPath(name)
  return `${file.shown.slice(0, at)}${shownPath(name)}`
}

function namedFile(cwd: string, output: string): Output {
  const path = resolve(cwd, output)
  return {
    kind: 'file',
    target: { root: dirname(path), makeRoot: false, names: [basename(path)], shown: shownPath(output) },
  }
}

/** Systems that take names of other case for the same. */
function folded(path: string, platform: NodeJS.Platform): string {
  return platform === 'win32' || platform === 'darwin' ? path.toLowerCase() : path
}

function endsWithSeparator(path: string): boolean {
  return /[/\\]$/.test(path)
}

/** `undefined` when there is nothing. */
async function isFolder(path: string): Promise<boolean | undefined> {
  try {
    return (await stat(path)).isDirectory()
  } catch {
    return undefined
  }
}

/** Output among the inputs would be found by the next run. */
async function checkNotInside(path: string, output: string, folders: readonly string[]): Promise<void> {
  const real = await realPathOf(path)
  for (const folder of folders) {
    const realFolder = await realPathOf(folder)
    if (real !== realFolder && isWithin(realFolder, real)) {
      throw new UsageError(
        `the output folder ${shownPath(output)} is inside an input folder`,
        'Name a folder outside with -o, or leave out -o to write beside the inputs.',
      )
    }
  }
}
