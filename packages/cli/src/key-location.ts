/**
 * Where the text or the bytes of a key are: never on the command line itself.
 *
 * @module
 */

import { resolve } from 'node:path'
import { utf8 } from '@esdk/serialize'
import type { Attributes } from './attributes.ts'
import { CliError, UsageError } from './cli-error.ts'
import type { FileIdentity } from './file-identity.ts'
import { readSecretFile } from './secret-file.ts'
import type { Surroundings } from './surroundings.ts'
import { shownPath } from './visible.ts'

export type KeyLocation =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'env'; readonly name: string }

export const inNoArgument =
  'Keys are never written on the command line, where everybody can see them: name a file or a variable.'

/** @throws UsageError - neither `file` nor `env`, or both */
export function takeLocation(attributes: Attributes): KeyLocation {
  return takeOptionalLocation(attributes) ?? attributes.missing('file', 'or env', inNoArgument)
}

/** @throws UsageError - both `file` and `env` */
export function takeOptionalLocation(attributes: Attributes): KeyLocation | undefined {
  const path = attributes.takeOptional('file')
  const name = attributes.takeOptional('env')
  if (path !== undefined && name !== undefined) throw new UsageError('--wrapping-key takes file or env, not both')
  if (path !== undefined) return { kind: 'file', path }
  return name === undefined ? undefined : { kind: 'env', name }
}

export interface KeyMaterial {
  /** Whoever asked for them zeroes them. */
  readonly bytes: Uint8Array
  /** As the user knows it. */
  readonly source: string
  readonly identity: FileIdentity
  /** The permissions of a file that others can read. */
  readonly openTo: string | undefined
}

/** @throws FileError - a file cannot be read; CliError - it is too long for a key, or the variable is not set */
export async function readLocation(
  location: KeyLocation,
  { cwd, env, platform }: Pick<Surroundings, 'cwd' | 'env' | 'platform'>,
): Promise<KeyMaterial> {
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
