/**
 * Where output goes: a folder, and a way from it that is made of names only.
 *
 * @module
 */

import { lstat, mkdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { CliError, naming, systemCode } from './cli-error.ts'

export interface Target {
  /** A folder that the user named, or that holds a file the user named. */
  readonly root: string
  /** Is it made if it is not there? */
  readonly makeRoot: boolean
  /** The way from there. More than one name: the folders on the way are made. */
  readonly names: readonly string[]
  /** As the user would write it. */
  readonly shown: string
}

export function pathOf({ root, names }: Pick<Target, 'root' | 'names'>): string {
  return join(root, ...names)
}

/**
 * Make the folders on the way to a target.
 *
 * Each is looked at, so that no link leads out of the root; the root itself may be one.
 *
 * @throws CliError - `ERR_ESDK_CLI_UNSAFE_PATH`: a link or a file is in the way
 * @throws FileError - the system refuses
 */
export async function makeFolders(target: Target): Promise<void> {
  const { root, makeRoot, shown } = target
  if (makeRoot) await naming('write', shown, () => mkdir(root, { recursive: true }))
  await checkFolders(target, async (folder) => {
    try {
      await mkdir(folder)
    } catch (error) {
      if (systemCode(error) !== 'EEXIST') throw error
    }
  })
}

/** Are the folders on the way still folders? Throws as {@link makeFolders} does. */
export async function checkFolders(
  { root, names, shown }: Target,
  before: (folder: string) => Promise<void> = async () => {},
): Promise<void> {
  let folder = root
  for (const name of names.slice(0, -1)) {
    folder = join(folder, name)
    const here = folder
    await naming('write', shown, () => before(here))
    const found = await naming('write', shown, () => lstat(here))
    if (!found.isDirectory()) {
      throw new CliError(
        'ERR_ESDK_CLI_UNSAFE_PATH',
        `${found.isSymbolicLink() ? 'a link' : 'a file'} stands where the output has its folder, on the way to ${shown}`,
        'Remove it, or choose another folder with -o.',
      )
    }
  }
}

/**
 * Refuses to replace what is no file: a folder, a device, a pipe.
 *
 * @throws CliError - `ERR_ESDK_CLI_UNSAFE_PATH`
 */
export async function checkReplaceable(path: string, shown: string): Promise<void> {
  const found = await stat(path).catch(() => undefined)
  if (found === undefined || found.isFile()) return
  throw found.isDirectory()
    ? new CliError('ERR_ESDK_CLI_UNSAFE_PATH', `the output ${shown} is a folder`, 'Name a file in it with -o.')
    : new CliError(
        'ERR_ESDK_CLI_UNSAFE_PATH',
        `the output ${shown} is a device or a pipe, which would be replaced by a file`,
        'Write to the standard output, and let the shell send it there: -o - > PATH',
      )
}
