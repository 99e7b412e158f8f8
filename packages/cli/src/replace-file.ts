/**
 * Writing a file so that nobody ever sees a part of it.
 *
 * The content goes to a new file of a random name in the same folder, which only its owner may read. When it is whole,
 * and on the disk, it takes the name of the target in one step. Until then the target is as it was; after a failure it
 * still is, and the new file is gone.
 *
 * @module
 */

import { unlinkSync } from 'node:fs'
import { type FileHandle, link, open, rename, unlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { CliError, FileError, naming, systemCode } from './cli-error.ts'
import { newTemporaryName } from './temporary-name.ts'

/** Takes the content of a file. */
export interface ContentSink {
  /** Resolves when more may come. The bytes must not change any more. */
  write(bytes: Uint8Array): Promise<void>
}

export interface ReplaceOptions {
  /** As the user knows the file. */
  readonly shown: string
  /** `false`: fail when there is such a file already, whoever made it and when. */
  readonly overwrite: boolean
  /** Permissions of the file. Default: its owner may read and write it. */
  readonly mode?: number
  /** Called when everything is written, before the file takes its name; it may still refuse. */
  readonly beforeCommit?: () => Promise<void>
}

/**
 * Write a file with what `fill` writes, and give what `fill` gives.
 *
 * @throws FileError - the system refuses
 * @throws CliError - `ERR_ESDK_CLI_OUTPUT_EXISTS`
 */
export async function replaceFile<Value>(
  path: string,
  options: ReplaceOptions,
  fill: (sink: ContentSink) => Promise<Value>,
): Promise<Value> {
  const { shown, mode, beforeCommit } = options
  const temporary = join(dirname(path), newTemporaryName())
  return withTemporaryFile(temporary, shown, async (handle) => {
    const sink = new FileSink(handle, shown)
    const value = await fill(sink)
    await sink.finish()
    await naming('write', shown, async () => {
      if (mode !== undefined) await handle.chmod(mode)
      await handle.sync()
    })
    await beforeCommit?.()
    await naming('write', shown, () => commit(temporary, path, options))
    await syncFolder(dirname(path))
    return value
  })
}

/** Gives the file its name. */
async function commit(temporary: string, path: string, { shown, overwrite }: ReplaceOptions): Promise<void> {
  if (overwrite) return rename(temporary, path)
  try {
    // Unlike a rename, a link is never made over an existing name: the system decides, whoever else tries.
    await link(temporary, path)
    await unlink(temporary)
  } catch (error) {
    if (systemCode(error) === 'EEXIST') throw outputExists(shown)
    if (!linksUnknown.has(systemCode(error) ?? '')) throw error
    await claimAndRename(temporary, path, shown)
  }
}

/** Not allowed, not known, or one file has one name: FAT and some network drives. */
const linksUnknown = new Set(['EPERM', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP', 'EMLINK', 'EINVAL'])

/**
 * Where there are no links: whoever makes the empty file may replace it.
 *
 * @throws CliError - `ERR_ESDK_CLI_OUTPUT_EXISTS`
 */
export async function claimAndRename(temporary: string, path: string, shown: string): Promise<void> {
  try {
    await (await open(path, 'wx', 0o600)).close()
  } catch (error) {
    throw systemCode(error) === 'EEXIST' ? outputExists(shown) : error
  }
  try {
    await rename(temporary, path)
  } catch (error) {
    await unlink(path)
    throw error
  }
}

export function outputExists(shown: string): CliError {
  return new CliError(
    'ERR_ESDK_CLI_OUTPUT_EXISTS',
    `the output ${shown} exists, and --no-overwrite is set`,
    'Remove the file, name another with -o, or leave out --no-overwrite.',
  )
}

/** Temporary files of this process that still have to be removed. */
const unfinished = new Set<string>()

/** Remove the temporary files at once: for a process that cannot wait any longer. */
export function removeUnfinishedFiles(): void {
  for (const path of unfinished) {
    try {
      unlinkSync(path)
    } catch {
      // It may just have been renamed or removed.
    }
  }
}

async function withTemporaryFile<Value>(
  path: string,
  shown: string,
  use: (handle: FileHandle) => Promise<Value>,
): Promise<Value> {
  unfinished.add(path)
  try {
    const handle = await naming('write', shown, () => open(path, 'wx', 0o600))
    try {
      return await closing(handle, shown, use)
    } catch (error) {
      await unlink(path).catch(() => {})
      throw error
    }
  } finally {
    unfinished.delete(path)
  }
}

async function closing<Value>(
  handle: FileHandle,
  shown: string,
  use: (handle: FileHandle) => Promise<Value>,
): Promise<Value> {
  try {
    return await use(handle)
  } finally {
    await naming('write', shown, () => handle.close())
  }
}

/** Makes the new name last through a loss of power, where the system can do that. */
async function syncFolder(path: string): Promise<void> {
  try {
    const folder = await open(path, 'r')
    try {
      await folder.sync()
    } finally {
      await folder.close()
    }
  } catch {
    // Windows opens no folders, and some file systems sync none. The file itself is on the disk.
  }
}

/** Writes one piece while the next is made. */
class FileSink implements ContentSink {
  readonly #handle: FileHandle
  readonly #shown: string
  #pending: Promise<void> = Promise.resolve()

  constructor(handle: FileHandle, shown: string) {
    this.#handle = handle
    this.#shown = shown
  }

  async write(bytes: Uint8Array): Promise<void> {
    await this.#pending
    this.#pending = this.#writeAll(bytes)
    // Told by the next write, or by `finish`.
    this.#pending.catch(() => {})
  }

  async finish(): Promise<void> {
    await this.#pending
  }

  async #writeAll(bytes: Uint8Array): Promise<void> {
    let rest = bytes
    while (rest.length > 0) {
      const { bytesWritten } = await naming('write', this.#shown, () => this.#handle.write(rest))
      // A disk that takes nothing, and says no error, would be asked for ever.
      if (bytesWritten === 0) throw new FileError('write', this.#shown, undefined)
      rest = rest.subarray(bytesWritten)
    }
  }
}
