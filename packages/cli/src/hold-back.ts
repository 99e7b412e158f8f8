/**
 * Holding plaintext back until all of it has proved authentic.
 *
 * Up to a limit it stays in memory; above, it goes to a file in the system's folder for such files, which only its
 * owner may read and which has no name any more as soon as it is open.
 *
 * @module
 */

import { type FileHandle, open, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { naming, systemCode } from './cli-error.ts'
import { newTemporaryName } from './temporary-name.ts'

export interface HoldBackOptions {
  /** Where the file is made, if there is one. */
  readonly folder: string
  /** Bytes that may stay in memory. */
  readonly memoryLimit?: number
}

const defaultMemoryLimit = 8 * 1024 * 1024
const chunkLength = 512 * 1024
const shown = 'the temporary file for plaintext that is not verified yet (TMPDIR says where it is made)'

/**
 * Read everything, then let `use` have it. Rejects, without a call of `use`, when the source fails. What was held is
 * overwritten in memory, and the file is gone, when this ends.
 */
export async function withHeldBack<Value>(
  source: AsyncIterable<Uint8Array>,
  { folder, memoryLimit = defaultMemoryLimit }: HoldBackOptions,
  use: (held: AsyncIterable<Uint8Array>) => Promise<Value>,
): Promise<Value> {
  const memory: Uint8Array[] = []
  let inMemory = 0
  let file: Spool | undefined
  try {
    for await (const chunk of source) {
      if (file === undefined && inMemory + chunk.length > memoryLimit) file = await Spool.create(folder)
      if (file === undefined) {
        memory.push(chunk)
        inMemory += chunk.length
      } else {
        await file.write(chunk)
      }
    }
    return await use(inOrder(memory, file))
  } finally {
    for (const chunk of memory) chunk.fill(0)
    await file?.close()
  }
}

async function* inOrder(memory: readonly Uint8Array[], file: Spool | undefined): AsyncGenerator<Uint8Array> {
  yield* memory
  if (file !== undefined) yield* file.read()
}

class Spool {
  readonly #handle: FileHandle
  /** The name that is left, on systems that keep it as long as the file is open. */
  readonly #name: string | undefined

  private constructor(handle: FileHandle, name: string | undefined) {
    this.#handle = handle
    this.#name = name
  }

  static async create(folder: string): Promise<Spool> {
    const path = join(folder, newTemporaryName())
    const handle = await naming('write', shown, () => open(path, 'wx+', 0o600))
    try {
      await unlink(path)
      return new Spool(handle, undefined)
    } catch (error) {
      if (systemCode(error) === undefined) throw error
      return new Spool(handle, path)
    }
  }

  async write(bytes: Uint8Array): Promise<void> {
    let rest = bytes
    while (rest.length > 0) {
      const { bytesWritten } = await naming('write', shown, () => this.#handle.write(rest))
      rest = rest.subarray(bytesWritten)
    }
  }

  async *read(): AsyncGenerator<Uint8Array> {
    for (let position = 0; ; ) {
      const chunk = new Uint8Array(chunkLength)
      const { bytesRead } = await naming('read', shown, () => this.#handle.read(chunk, 0, chunk.length, position))
      if (bytesRead === 0) return
      position += bytesRead
      yield chunk.subarray(0, bytesRead)
    }
  }

  async close(): Promise<void> {
    await this.#handle.close()
    if (this.#name !== undefined) await unlink(this.#name).catch(() => {})
  }
}
