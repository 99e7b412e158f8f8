/**
 * A key that the user holds: read, made into a keyring, and forgotten.
 *
 * @module
 */

import { parseAesKey } from './aes-key-text.ts'
import { CliError } from './cli-error.ts'
import type { FileIdentity } from './file-identity.ts'
import type { RawKeyDescription } from './key-attributes.ts'
import { parseKeyFile } from './key-file.ts'
import { type KeyLocation, readLocation } from './key-location.ts'
import { pemBlocks, textOf } from './key-pem.ts'
import { describeRawKey, isSecret, type RawKey } from './raw-key.ts'
import type { Surroundings } from './surroundings.ts'

/** A keyring, and what is told of its key. */
export interface LoadedKey<Keyring> {
  readonly keyring: Keyring
  readonly description: string
  readonly warning: string | undefined
  /** Of the key file, so that no output replaces it. */
  readonly identity: FileIdentity
}

/**
 * Read a key, and make its keyring. The key is zeroed afterwards.
 *
 * @param described - what the file or the variable does not say by itself; without it, it holds a key file
 * @throws FileError, CliError - it cannot be read, or is no such key
 */
export async function loadRawKey<Keyring>(
  location: KeyLocation,
  described: RawKeyDescription | undefined,
  where: Pick<Surroundings, 'cwd' | 'env' | 'platform'>,
  make: (key: RawKey, source: string) => Keyring,
): Promise<LoadedKey<Keyring>> {
  const { bytes, source, identity, openTo } = await readLocation(location, where)
  let key: RawKey | undefined
  try {
    key = described === undefined ? parseKeyFile(textOf(bytes, source), source) : keyOf(described, bytes, source)
    const keyring = make(key, source)
    const warning = openTo !== undefined && isSecret(key) ? openFileWarning(source, openTo) : undefined
    return { keyring, description: `${source}: ${describeRawKey(key)}`, warning, identity }
  } catch (error) {
    throw error instanceof TypeError || error instanceof RangeError ? keyError(source, error) : error
  } finally {
    bytes.fill(0)
    if (key?.type === 'raw-aes') key.wrappingKey.fill(0)
  }
}

/** The key that a description and its material make. */
function keyOf(description: RawKeyDescription, bytes: Uint8Array, source: string): RawKey {
  switch (description.type) {
    case 'raw-aes': {
      const { namespace, name, encoding } = description
      const wrappingKey = parseAesKey(bytes, encoding)
      if (wrappingKey !== undefined) return { type: 'raw-aes', namespace, name, wrappingKey }
      throw new CliError(
        'ERR_ESDK_CLI_KEY',
        `${source} holds no AES key${encoding === undefined ? '' : ` in ${encoding}`}: 16, 24 or 32 bytes expected, as they are, in hexadecimal or in base64; ${bytes.length} bytes found`,
        'A new key: `esdk keygen aes -o key.json`.',
      )
    }
    case 'raw-rsa': {
      const { namespace, name, padding } = description
      return { type: 'raw-rsa', namespace, name, padding, ...pemBlocks(textOf(bytes, source), source) }
    }
    case 'raw-ecdh':
      return { type: 'raw-ecdh', curve: description.curve, ...pemBlocks(textOf(bytes, source), source) }
  }
}

/** The library's texts say what is wrong with a key, and hold nothing of it. */
function keyError(source: string, error: Error): CliError {
  return new CliError('ERR_ESDK_CLI_KEY', `${source} cannot be used: ${error.message}`, undefined, { cause: error })
}

function openFileWarning(source: string, permissions: string): string {
  return `${source} can be read by others (permissions ${permissions}): chmod 600 it`
}
