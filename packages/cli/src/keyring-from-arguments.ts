/**
 * The keys that the arguments name, as one keyring.
 *
 * @module
 */

import { resolve } from 'node:path'
import { type Keyring, multiKeyring } from '@esdk/cmm'
import { utf8 } from '@esdk/serialize'
import { parseAesKey } from './aes-key-text.ts'
import { CliError, UsageError } from './cli-error.ts'
import type { FileIdentity } from './file-identity.ts'
import { type KeyDescription, type KeyLocation, parseKeyAttributes } from './key-attributes.ts'
import { parseKeyFile } from './key-file.ts'
import { describeRawKey, isSecret, type KeyUse, keyringOf, type RawKey } from './raw-key.ts'
import { readSecretFile } from './secret-file.ts'
import type { Surroundings } from './surroundings.ts'
import { shownPath } from './visible.ts'

/** A key as the command line names it. */
export type KeyArgument =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'env'; readonly name: string }
  | { readonly kind: 'attributes'; readonly text: string }

export interface LoadedKeys {
  readonly keyring: Keyring
  /** One line for each key, with nothing of the key itself. */
  readonly descriptions: readonly string[]
  /** Key files that others can read, and the like. */
  readonly warnings: readonly string[]
  /** The key files, so that no output replaces them. */
  readonly identities: readonly FileIdentity[]
}

type Where = Pick<Surroundings, 'cwd' | 'env' | 'platform'>

/**
 * Read the keys. The first generates data keys, all wrap them; any of them unwraps.
 *
 * @throws UsageError - no key, attributes that do not add up, a key that cannot do what it is needed for
 * @throws CliError - `ERR_ESDK_CLI_KEY`; FileError - a key file cannot be read
 */
export async function loadKeys(keys: readonly KeyArgument[], use: KeyUse, where: Where): Promise<LoadedKeys> {
  if (keys.length === 0) {
    throw new UsageError(
      'a key is missing',
      'Make one with `esdk keygen aes -o key.json`, then add -k key.json. `esdk help` names the other ways.',
    )
  }
  const loaded: LoadedKey[] = []
  for (const key of keys) loaded.push(await loadKey(key, use, where))
  const [generator, ...children] = loaded.map(({ keyring }) => keyring) as [Keyring, ...Keyring[]]
  return {
    keyring: children.length === 0 ? generator : multiKeyring({ generator, children }),
    descriptions: loaded.map(({ description }) => description),
    warnings: loaded.flatMap(({ warning }) => warning ?? []),
    identities: loaded.map(({ identity }) => identity),
  }
}

interface LoadedKey {
  readonly keyring: Keyring
  readonly description: string
  readonly warning: string | undefined
  readonly identity: FileIdentity
}

async function loadKey(argument: KeyArgument, use: KeyUse, where: Where): Promise<LoadedKey> {
  const described = argument.kind === 'attributes' ? parseKeyAttributes(argument.text) : undefined
  const location = argument.kind === 'attributes' ? (described as KeyDescription).location : argument
  const { bytes, source, identity, openTo } = await readLocation(location, where)
  let key: RawKey | undefined
  try {
    key = described === undefined ? parseKeyFile(textOf(bytes, source), source) : keyOf(described, bytes, source)
    const keyring = keyringOf(key, use, source)
    const warning = openTo !== undefined && isSecret(key) ? openFileWarning(source, openTo) : undefined
    return { keyring, description: `${source}: ${describeRawKey(key)}`, warning, identity }
  } catch (error) {
    throw error instanceof TypeError || error instanceof RangeError ? keyError(source, error) : error
  } finally {
    bytes.fill(0)
    if (key?.type === 'raw-aes') key.wrappingKey.fill(0)
  }
}

interface Material {
  readonly bytes: Uint8Array
  readonly source: string
  readonly identity: FileIdentity
  readonly openTo: string | undefined
}

async function readLocation(location: KeyLocation, { cwd, env, platform }: Where): Promise<Material> {
  if (location.kind === 'file') {
    const shown = shownPath(location.path)
    const file = await readSecretFile(resolve(cwd, location.path), shown, platform)
    return { ...file, source: `the key file ${shown}` }
  }
  const text = env[location.name]
  const source = `the environment variable ${shownPath(location.name)}`
  if (text === undefined || text === '') {
    throw new CliError('ERR_ESDK_CLI_KEY', `${source} is not set`, 'Export it before, or give a key file with -k.')
  }
  return { bytes: utf8(text), source, identity: undefined, openTo: undefined }
}

/** The key that a description and its material make. */
function keyOf(description: KeyDescription, bytes: Uint8Array, source: string): RawKey {
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

/** The public key, the private key, or both: one block of each at most. Other blocks are left to be refused. */
function pemBlocks(text: string, source: string): { readonly publicKey?: string; readonly privateKey?: string } {
  const blocks = [...text.matchAll(/-----BEGIN ([A-Z0-9 ]+)-----[^-]*-----END \1-----/g)]
  const publicKeys = blocks.filter(([, label]) => isPublic(label as string))
  const privateKeys = blocks.filter(([, label]) => label?.endsWith('PRIVATE KEY'))
  if (publicKeys.length > 1 || privateKeys.length > 1 || publicKeys.length + privateKeys.length === 0) {
    throw new CliError(
      'ERR_ESDK_CLI_KEY',
      `${source} must hold one public or one private key in PEM, or one of each`,
      'PEM begins with the line -----BEGIN PUBLIC KEY----- or -----BEGIN PRIVATE KEY-----.',
    )
  }
  return {
    ...(publicKeys[0] && { publicKey: publicKeys[0][0] }),
    ...(privateKeys[0] && { privateKey: privateKeys[0][0] }),
  }
}

function isPublic(label: string): boolean {
  return label.endsWith('PUBLIC KEY') || label === 'CERTIFICATE'
}

function textOf(bytes: Uint8Array, source: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new CliError(
      'ERR_ESDK_CLI_KEY',
      `${source} is not text`,
      'Give an AES key that lies there as it is with -w type=raw-aes,namespace=NS,name=NAME,file=PATH',
    )
  }
}

/** The library's texts say what is wrong with a key, and hold nothing of it. */
function keyError(source: string, error: Error): CliError {
  return new CliError('ERR_ESDK_CLI_KEY', `${source} cannot be used: ${error.message}`, undefined, { cause: error })
}

function openFileWarning(source: string, permissions: string): string {
  return `${source} can be read by others (permissions ${permissions}): chmod 600 it`
}
