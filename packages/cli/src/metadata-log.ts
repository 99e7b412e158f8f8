/**
 * `--metadata-output`: a line of JSON for each file, behind the lines that are there.
 *
 * @module
 */

import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { resolve } from 'node:path'
import { CliError, naming, systemCode, UsageError } from './cli-error.ts'
import { type FileIdentity, identityAt, identityOf, isWithin, realPathOf } from './file-identity.ts'
import { jsonLine, shownPath } from './visible.ts'

export interface MetadataLog {
  readonly identity: FileIdentity
  add(entry: object): Promise<void>
  close(): Promise<void>
}

/** What the log must not be. */
export interface Forbidden {
  /** Inputs and outputs: no path leads to the same file. */
  readonly files: readonly string[]
  /** Folders of inputs or outputs: the log is not below them. */
  readonly folders: readonly string[]
  /** Other files in use. */
  readonly identities: readonly FileIdentity[]
}

/** A log that takes nothing. */
export const noLog: MetadataLog = { identity: undefined, add: async () => {}, close: async () => {} }

/**
 * Open the log, and make it if there is none.
 *
 * @throws UsageError - it is an input, an output, a key, or inside a folder of them
 * @throws FileError - the system refuses
 */
export async function openMetadataLog(argument: string, cwd: string, forbidden: Forbidden): Promise<MetadataLog> {
  const path = resolve(cwd, argument)
  const shown = shownPath(argument)
  await checkPath(path, shown, forbidden)
  const handle = await openToAdd(path, shown)
  try {
    const stats = await handle.stat({ bigint: true })
    const identity = identityOf(stats)
    if (!stats.isFile()) throw new UsageError(`--metadata-output ${shown} is no file`)
    // Once more, on what was really opened.
    await checkIdentity(identity, shown, forbidden)
    return {
      identity,
      add: (entry) => naming('write', shown, () => handle.appendFile(jsonLine(entry))),
      close: () => handle.close(),
    }
  } catch (error) {
    await handle.close()
    throw error
  }
}

async function openToAdd(path: string, shown: string): Promise<FileHandle> {
  // A link could lead anywhere, and a pipe would wait for its reader.
  const careful = (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)
  const flags = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | careful
  try {
    return await naming('write', shown, () => open(path, flags, 0o600))
  } catch (error) {
    if (error instanceof Error && systemCode(error.cause) === 'ELOOP') {
      throw new CliError(
        'ERR_ESDK_CLI_UNSAFE_PATH',
        `--metadata-output ${shown} is a link`,
        'Name the file that it leads to.',
      )
    }
    throw error
  }
}

async function checkPath(path: string, shown: string, { files, folders }: Forbidden): Promise<void> {
  const real = await realPathOf(path)
  for (const file of files) {
    if (sameName(real, await realPathOf(file))) throw refusal(shown, 'an input or an output of this run')
  }
  for (const folder of folders) {
    if (isWithin(await realPathOf(folder), real)) throw refusal(shown, 'inside a folder of inputs or outputs')
  }
}

async function checkIdentity(identity: FileIdentity, shown: string, { files, identities }: Forbidden): Promise<void> {
  if (identity === undefined) return
  const known = new Set(identities)
  for (const file of files) known.add(await identityAt(file))
  if (known.has(identity)) throw refusal(shown, 'an input, an output or a key of this run')
}

/** Names of other case may be the same file: nobody needs two logs that differ in it. */
function sameName(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase()
}

function refusal(shown: string, what: string): UsageError {
  return new UsageError(`--metadata-output ${shown} is ${what}`, 'Name a file of its own, in another folder.')
}
