/**
 * Reading a file that holds a key.
 *
 * @module
 */

import { open } from 'node:fs/promises'
import { CliError, naming } from './cli-error.ts'
import { type FileIdentity, identityOf } from './file-identity.ts'

/** No key is longer, and a device never ends. */
const longestKeyFile = 64 * 1024

export interface SecretFile {
  readonly bytes: Uint8Array
  readonly identity: FileIdentity
  /** The octal permissions, when others than the owner have any. */
  readonly openTo: string | undefined
}

/** @throws FileError - the system refuses; CliError - it is too long for a key */
export async function readSecretFile(path: string, shown: string, platform: NodeJS.Platform): Promise<SecretFile> {
  return naming('read', shown, async () => {
    const handle = await open(path, 'r')
    try {
      const stats = await handle.stat({ bigint: true })
      if (stats.isDirectory()) {
        throw new CliError(
          'ERR_ESDK_CLI_KEY',
          `the key file ${shown} is a folder`,
          'Name the file in it that holds the key.',
        )
      }
      const permissions = Number(stats.mode & 0o777n)
      // Windows tells nothing of who may read it.
      const isOpen = platform !== 'win32' && stats.isFile() && (permissions & 0o077) !== 0
      return {
        bytes: await readAll(handle, shown),
        identity: identityOf(stats),
        openTo: isOpen ? `0${permissions.toString(8).padStart(3, '0')}` : undefined,
      }
    } finally {
      await handle.close()
    }
  })
}

type Reader = Pick<Awaited<ReturnType<typeof open>>, 'read'>

async function readAll(handle: Reader, shown: string): Promise<Uint8Array> {
  const buffer = new Uint8Array(longestKeyFile + 1)
  let length = 0
  for (;;) {
    const { bytesRead } = await handle.read(buffer, length, buffer.length - length, null)
    if (bytesRead === 0) break
    length += bytesRead
    if (length > longestKeyFile) {
      buffer.fill(0)
      throw new CliError('ERR_ESDK_CLI_KEY', `${shown} is too long for a key: at most ${longestKeyFile} bytes expected`)
    }
  }
  const bytes = buffer.slice(0, length)
  buffer.fill(0)
  return bytes
}
