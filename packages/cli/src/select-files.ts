/**
 * Which files the arguments mean: files as they are, folders with what is in them, patterns with what they match.
 *
 * @module
 */

import { stat } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { CliError, FileError, naming, systemCode, UsageError } from './cli-error.ts'
import { type GlobPart, isGlob, parseGlob } from './glob.ts'
import { shownPath } from './visible.ts'
import { type FolderEntry, listFolder, type Unwalkable } from './walk-folder.ts'

/** One file to work on. */
export interface SelectedFile {
  /** The folder that the argument names: the output keeps the way from there. */
  readonly root: string
  /** The way from `root`. */
  readonly names: readonly string[]
  /** As the user knows it. */
  readonly shown: string
  /** Found in a folder, and so held to stricter rules than what the user named. */
  readonly found: boolean
}

/** Something that was found and left alone. */
export interface SkippedFile {
  readonly shown: string
  readonly reason: Unwalkable | 'suffix'
}

/** An argument, or something below a folder, that cannot be worked on. */
export interface SelectionFailure {
  readonly shown: string
  readonly error: unknown
}

export interface Selection {
  readonly files: readonly SelectedFile[]
  readonly skipped: readonly SkippedFile[]
  readonly failures: readonly SelectionFailure[]
  /** The folders that were given as arguments. */
  readonly folders: readonly string[]
}

export interface SelectOptions {
  readonly cwd: string
  readonly platform: NodeJS.Platform
  readonly recursive: boolean
  /** What the command does with files, to say it. */
  readonly verb: string
  /** Is a file of this name in a folder meant? Files and patterns that the user named always are. */
  readonly accepts: (name: string) => boolean
}

/**
 * The files that the arguments mean, each once.
 *
 * @throws UsageError - a folder, and `recursive` is not set
 */
export async function selectFiles(paths: readonly string[], options: SelectOptions): Promise<Selection> {
  const selection = new SelectionBuilder(options)
  for (const path of paths) await selection.add(path)
  return selection
}

class SelectionBuilder implements Selection {
  readonly files: SelectedFile[] = []
  readonly skipped: SkippedFile[] = []
  readonly failures: SelectionFailure[] = []
  readonly folders: string[] = []
  readonly #options: SelectOptions
  readonly #seen = new Set<string>()

  constructor(options: SelectOptions) {
    this.#options = options
  }

  async add(argument: string): Promise<void> {
    const { cwd, recursive, verb } = this.#options
    const path = resolve(cwd, argument)
    const shown = shownPath(argument)
    let isFolder: boolean
    try {
      isFolder = (await naming('read', shown, () => stat(path))).isDirectory()
    } catch (error) {
      if (error instanceof FileError && systemCode(error.cause) === 'ENOENT' && isGlob(argument)) {
        await this.#addMatches(argument)
      } else {
        this.failures.push({ shown, error })
      }
      return
    }
    if (!isFolder) {
      this.#addFile({ root: dirname(path), names: [basename(path)], shown, found: false })
    } else if (recursive) {
      this.folders.push(path)
      await this.#addFolder(path, [], argument)
    } else {
      throw new UsageError(`${shown} is a folder`, `Add -r to ${verb} the files in it.`)
    }
  }

  #addFile(file: SelectedFile): void {
    const path = join(file.root, ...file.names)
    if (this.#seen.has(path)) return
    this.#seen.add(path)
    this.files.push(file)
  }

  async #addFolder(root: string, names: readonly string[], argument: string): Promise<void> {
    for (const entry of await this.#list(root, names, argument)) {
      const shown = shownPath(argument, entry.names)
      if (entry.kind === 'folder') await this.#addFolder(root, entry.names, argument)
      else if (entry.kind !== 'file') this.skipped.push({ shown, reason: entry.kind })
      else if (!this.#options.accepts(entry.names.at(-1) as string)) this.skipped.push({ shown, reason: 'suffix' })
      else this.#addFile({ root, names: entry.names, shown, found: true })
    }
  }

  async #addMatches(pattern: string): Promise<void> {
    const { cwd, platform } = this.#options
    const parts = parseGlob(pattern, platform)
    const first = parts.findIndex((part) => part.kind !== 'name')
    // A pattern that is absolute begins with an empty name.
    const base = parts
      .slice(0, first)
      .map((part) => (part.kind === 'name' ? part.name : ''))
      .join('/')
    const start = first === 0 ? '' : `${base}/`
    const before = this.files.length + this.failures.length
    await this.#addMatching(resolve(cwd, start), [], start, parts.slice(first))
    if (this.files.length + this.failures.length === before) {
      const error = new CliError(
        'ERR_ESDK_CLI_NOTHING_TO_DO',
        'no file has this name, and none matches it as a pattern',
        'Look at the spelling; ** matches any number of folders, and names with a dot in front are matched by .* only.',
      )
      this.failures.push({ shown: shownPath(pattern), error })
    }
  }

  async #addMatching(
    root: string,
    names: readonly string[],
    argument: string,
    [part, ...rest]: readonly GlobPart[],
  ): Promise<void> {
    if (part === undefined) return
    const entries = await this.#list(root, names, argument)
    if (part.kind === 'folders') await this.#addMatching(root, names, argument, rest)
    for (const entry of entries) {
      const name = entry.names.at(-1) as string
      if (part.kind === 'folders') {
        if (entry.kind === 'folder' && !name.startsWith('.')) {
          await this.#addMatching(root, entry.names, argument, [part, ...rest])
        }
      } else if (part.kind === 'name' ? part.name === name : part.matches(name)) {
        await this.#addMatch(root, entry, argument, rest)
      }
    }
  }

  async #addMatch(root: string, entry: FolderEntry, argument: string, rest: readonly GlobPart[]): Promise<void> {
    const shown = shownPath(argument, entry.names)
    if (rest.length > 0) {
      if (entry.kind === 'folder') await this.#addMatching(root, entry.names, argument, rest)
    } else if (entry.kind === 'file') {
      this.#addFile({ root, names: entry.names, shown, found: true })
    } else if (entry.kind === 'folder') {
      if (this.#options.recursive) await this.#addFolder(root, entry.names, argument)
    } else {
      this.skipped.push({ shown, reason: entry.kind })
    }
  }

  /** What is in a folder; what cannot be read is noted, and nothing then. */
  async #list(root: string, names: readonly string[], argument: string): Promise<readonly FolderEntry[]> {
    const shown = shownPath(argument, names)
    try {
      const { entries, failures } = await listFolder(root, names, shown)
      for (const { names: theirNames, error } of failures) {
        this.failures.push({ shown: shownPath(argument, theirNames), error })
      }
      return entries
    } catch (error) {
      this.failures.push({ shown, error })
      return []
    }
  }
}
