/**
 * The files below a folder. Links are not followed, and special files are left alone.
 *
 * @module
 */

import type { Dirent } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { parseUtf8 } from '@esdk/serialize'
import { CliError, naming } from './cli-error.ts'
import { temporaryName } from './temporary-name.ts'

/** Something in a folder. */
export interface FolderEntry {
  /** The way from the folder that was asked for: names only. */
  readonly names: readonly string[]
  readonly kind: 'file' | 'folder' | Unwalkable
}

/** Why an entry is left alone. */
export type Unwalkable = 'link' | 'special file' | 'leftover'

/** A folder, or a name, that could not be read. */
export interface WalkFailure {
  readonly names: readonly string[]
  readonly error: unknown
}

/**
 * What is directly in a folder, sorted by name.
 *
 * @throws FileError - the folder cannot be read
 */
export async function listFolder(
  root: string,
  names: readonly string[],
  shown: string,
): Promise<{ readonly entries: readonly FolderEntry[]; readonly failures: readonly WalkFailure[] }> {
  const path = join(root, ...names)
  const found = await naming('read', shown, () => readdir(path, { withFileTypes: true, encoding: 'buffer' }))
  const entries: FolderEntry[] = []
  const failures: WalkFailure[] = []
  for (const entry of found) {
    const bytes: Uint8Array = entry.name
    // A mark at the beginning belongs to the name.
    const name = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)
    const itsNames = [...names, name]
    if (parseUtf8(bytes) !== undefined) entries.push({ names: itsNames, kind: kindOf(entry, name) })
    else failures.push({ names: itsNames, error: notText() })
  }
  entries.sort((a, b) => compare(a.names.at(-1), b.names.at(-1)))
  return { entries, failures }
}

function compare(a = '', b = ''): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}

function kindOf(entry: Pick<Dirent, 'isFile' | 'isDirectory' | 'isSymbolicLink'>, name: string): FolderEntry['kind'] {
  if (entry.isSymbolicLink()) return 'link'
  if (entry.isDirectory()) return 'folder'
  if (!entry.isFile()) return 'special file'
  return temporaryName.test(name) ? 'leftover' : 'file'
}

function notText(): CliError {
  return new CliError(
    'ERR_ESDK_CLI_UNSAFE_PATH',
    'the name is not UTF-8, so that it cannot be written again as it is',
    'Rename the file.',
  )
}
