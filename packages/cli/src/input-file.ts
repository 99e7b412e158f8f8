/**
 * Reading a file that a run works on.
 *
 * @module
 */

import { constants, open as openDescriptor } from 'node:fs'
import { type FileHandle, open, realpath, stat } from 'node:fs/promises'
import { Socket } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { CliError, FileError, naming, systemCode } from './cli-error.ts'
import { type FileIdentity, identityOf, isWithin, statsOf } from './file-identity.ts'
import type { SelectedFile } from './select-files.ts'
import type { Surroundings } from './surroundings.ts'

/** Bytes that are read at once. */
const chunkLength = 512 * 1024

/** A file that is open for reading. */
export interface InputFile {
  readonly identity: FileIdentity
  /** In bytes; `undefined` for pipes and devices. */
  readonly size: number | undefined
  /** The content, in memory that is used again for every second chunk. */
  readonly chunks: AsyncIterable<Uint8Array>
  close(): Promise<void>
}

/**
 * Open a file. One that was found in a folder must still be a file, and still be below that folder: links that were put
 * in its way since are not followed.
 *
 * @throws FileError - the system refuses
 * @throws CliError - `ERR_ESDK_CLI_UNSAFE_PATH`
 */
export async function openInput(file: SelectedFile): Promise<InputFile> {
  const path = join(file.root, ...file.names)
  if (!file.found && (await isPipe(path))) return openPipe(path, file.shown)
  const handle = await naming('read', file.shown, () => open(path, file.found ? flagsForFound : constants.O_RDONLY))
  try {
    const stats = await naming('read', file.shown, () => handle.stat({ bigint: true }))
    if (file.found && !(stats.isFile() && isWithin(await realpath(file.root), await realpath(path)))) {
      throw new CliError('ERR_ESDK_CLI_UNSAFE_PATH', 'it was replaced by a link or a special file while the run began')
    }
    return {
      identity: identityOf(stats),
      size: stats.isFile() ? Number(stats.size) : undefined,
      chunks: read(handle, file.shown),
      close: () => handle.close(),
    }
  } catch (error) {
    await handle.close()
    throw error
  }
}

async function isPipe(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isFIFO() === true
}

/** A pipe that was named, such as `<(command)`. Reading it as a file would hold a thread that nothing can end. */
async function openPipe(path: string, shown: string): Promise<InputFile> {
  const fd = await naming('read', shown, () => promisify(openDescriptor)(path, 'r'))
  const socket = new Socket({ fd, readable: true, writable: false })
  return {
    identity: undefined,
    size: undefined,
    chunks: namedReads(socket, shown),
    close: async () => {
      socket.destroy()
    },
  }
}

// Windows has neither flag, and no links that anybody may make.
const flagsForFound = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)

async function* read(handle: FileHandle, shown: string): AsyncGenerator<Uint8Array> {
  const next = (into: Uint8Array) => naming('read', shown, () => handle.read(into, 0, into.length, null))
  let filling = new Uint8Array(chunkLength)
  let other = new Uint8Array(chunkLength)
  // The next chunk is read while this one is worked on.
  let reading = next(filling)
  try {
    for (;;) {
      const { bytesRead } = await reading
      if (bytesRead === 0) return
      const chunk = filling.subarray(0, bytesRead)
      ;[filling, other] = [other, filling]
      reading = next(filling)
      // Whoever stops here learns nothing of a failure that he did not ask about.
      reading.catch(() => {})
      yield chunk
    }
  } finally {
    await reading.catch(() => {})
  }
}

/**
 * The standard input.
 *
 * @throws FileError - it is a folder, which Node would read as an empty file
 */
export async function openStandardInput(stdin: Surroundings['stdin'], shown: string): Promise<InputFile> {
  const stats = await statsOf(stdin)
  if (stats?.isDirectory()) throw new FileError('read', shown, Object.assign(new Error(), { code: 'EISDIR' }))
  const isFile = stats?.isFile() === true
  return {
    identity: isFile ? identityOf(stats) : undefined,
    size: isFile ? Number(stats.size) : undefined,
    chunks: namedReads(stdin, shown),
    close: async () => {},
  }
}

async function* namedReads(stream: AsyncIterable<Uint8Array>, shown: string): AsyncGenerator<Uint8Array> {
  try {
    yield* stream
  } catch (error) {
    throw systemCode(error) === undefined ? error : new FileError('read', shown, error)
  }
}
