/**
 * Which file a path leads to: links, hard links and other spellings of a name lead to the same.
 *
 * @module
 */

import { type BigIntStats, fstat } from 'node:fs'
import { realpath, stat } from 'node:fs/promises'
import { basename, dirname, isAbsolute, join, relative, sep } from 'node:path'
import { promisify } from 'node:util'
import { systemCode } from './cli-error.ts'

/** Device and number of a file, `undefined` where the file system has no numbers. */
export type FileIdentity = string | undefined

export function identityOf({ dev, ino }: { readonly dev: bigint; readonly ino: bigint }): FileIdentity {
  return ino === 0n ? undefined : `${dev}:${ino}`
}

/** The identity of what the path leads to; `undefined` when there is nothing. */
export async function identityAt(path: string): Promise<FileIdentity> {
  try {
    return identityOf(await stat(path, { bigint: true }))
  } catch {
    return undefined
  }
}

/** What a standard stream leads to; `undefined` for streams that are not the system's. */
export async function statsOf({ fd }: { readonly fd?: number | undefined }): Promise<BigIntStats | undefined> {
  return fd === undefined ? undefined : promisify(fstat)(fd, { bigint: true })
}

/** The path without links, as far as it exists; what does not exist yet is kept as it is written. */
export async function realPathOf(path: string): Promise<string> {
  try {
    return await realpath(path)
  } catch (error) {
    const parent = dirname(path)
    if (parent === path || systemCode(error) !== 'ENOENT') return path
    return join(await realPathOf(parent), basename(path))
  }
}

/** Is `path` the folder, or somewhere below it? Both without links. */
export function isWithin(folder: string, path: string): boolean {
  const way = relative(folder, path)
  // On Windows, the way to another drive is an absolute one.
  return !(way === '..' || way.startsWith(`..${sep}`) || isAbsolute(way))
}
