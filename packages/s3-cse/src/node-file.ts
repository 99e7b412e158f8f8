/**
 * Files of `node:fs` that appear whole, or not at all. Chosen by the `#node-file` import.
 *
 * The content goes to a new file of a random name in the same folder, which only its owner may read. It takes the name
 * of the target, in one step, when it is whole and on the disk; until then the target is as it was. After a failure it
 * still is, and the new file is gone.
 *
 * A link is replaced, and not what it leads to: somebody else may have put it there.
 */

import { randomBytes } from 'node:crypto'
import { type FileHandle, open, rename, stat, unlink } from 'node:fs/promises'
import { dirname, join, sep } from 'node:path'
import { TargetFileError } from './errors.ts'

/** A file that is being written, from any place on. */
export interface FileSink {
  write(offset: number, bytes: Uint8Array): Promise<void>
}

/**
 * Write a file with what `fill` writes, in the place of an older one, and give what `fill` gives.
 *
 * @throws TargetFileError - the system refuses, or what is there is no file
 */
export type ReplaceFile = <Value>(
  path: string,
  signal: AbortSignal,
  fill: (sink: FileSink) => Promise<Value>,
) => Promise<Value>

export const replaceFile: ReplaceFile | undefined = async (path, signal, fill) => {
  await naming(path, () => checkMayBeFile(path))
  const temporary = join(dirname(path), `.esdk-${randomBytes(16).toString('hex')}.tmp`)
  const handle = await naming(path, () => open(temporary, 'wx', 0o600))
  try {
    const value = await closing(handle, path, async () => {
      const filled = await fill({ write: (offset, bytes) => naming(path, () => writeAll(handle, offset, bytes)) })
      await naming(path, () => handle.sync())
      return filled
    })
    signal.throwIfAborted()
    await naming(path, () => rename(temporary, path))
    await syncFolder(dirname(path))
    return value
  } catch (error) {
    await unlink(temporary).catch(() => {})
    throw error
  }
}

/** What cannot be a file is known before anything is downloaded, not after. */
async function checkMayBeFile(path: string): Promise<void> {
  const stats = await stat(path).catch(() => undefined)
  if (stats?.isDirectory() || path.endsWith('/') || path.endsWith(sep)) {
    throw Object.assign(new Error('the target is a folder'), { code: 'EISDIR' })
  }
  if (stats?.isFile() === false) throw Object.assign(new Error('the target is no file'), { code: 'EEXIST' })
}

async function closing<Value>(handle: FileHandle, path: string, use: () => Promise<Value>): Promise<Value> {
  let value: Value
  try {
    value = await use()
  } catch (error) {
    await handle.close().catch(() => {})
    throw error
  }
  await naming(path, () => handle.close())
  return value
}

async function writeAll(handle: FileHandle, offset: number, bytes: Uint8Array): Promise<void> {
  for (let written = 0; written < bytes.length; ) {
    const { bytesWritten } = await handle.write(bytes, written, bytes.length - written, offset + written)
    // A disk that takes nothing, and says no error, would be asked for ever.
    if (bytesWritten === 0) throw new Error('the system takes no more bytes')
    written += bytesWritten
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

async function naming<Value>(path: string, call: () => Promise<Value>): Promise<Value> {
  try {
    return await call()
  } catch (error) {
    throw new TargetFileError(path, error)
  }
}
