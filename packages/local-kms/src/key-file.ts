/**
 * The file that keeps keys: JSON, for its owner's eyes only, and never in part.
 *
 * What is written goes to a new file beside it, and takes its name when it is whole and on the disk. Until then the
 * older file is as it was.
 *
 * @module
 */

import { randomBytes } from 'node:crypto'
import {
  closeSync,
  fsyncSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { keySpecs } from './key-spec.ts'
import { type Alias, type KeyState, type LocalKey, type Residence, residenceStates } from './key-state.ts'

const format = 'esdk-local-kms'
const version = 1
const warning = 'These keys are not protected by anything. For tests, demos and laptops.'

/** A file is no key file, or not one that this release can read. */
export class KeyFileError extends Error {
  override readonly name = 'KeyFileError'
}

/** Another value when the file is another one: it is only ever replaced. `undefined` when there is none. */
export function keyFileIdentity(path: string): string | undefined {
  const stats = statSync(path, { bigint: true, throwIfNoEntry: false })
  return stats && [stats.dev, stats.ino, stats.size, stats.mtimeNs].join()
}

/** @throws KeyFileError - it holds something else */
export function readKeyFile(path: string): KeyState {
  return parseKeyFile(path, readFileSync(path, 'utf8'))
}

/** Replaces the file, or makes it; its owner alone may read it. */
export function writeKeyFile(path: string, state: KeyState): void {
  const target = withoutLinks(path)
  const temporary = join(dirname(target), `.esdk-${randomBytes(16).toString('hex')}.tmp`)
  const file = openSync(temporary, 'wx', 0o600)
  try {
    try {
      writeFileSync(file, encodeKeyFile(state))
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
    renameSync(temporary, target)
  } catch (error) {
    rmSync(temporary, { force: true })
    throw error
  }
  syncFolder(dirname(target))
}

/** A link stays, and what it leads to is replaced. */
function withoutLinks(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return path
  }
}

/** Makes the new name last through a loss of power, where the system can do that. */
function syncFolder(path: string): void {
  try {
    const folder = openSync(path, 'r')
    try {
      fsyncSync(folder)
    } finally {
      closeSync(folder)
    }
  } catch {
    // Windows opens no folders. The file itself is on the disk.
  }
}

function encodeKeyFile({ accountId, keys, aliases }: KeyState): string {
  const content = {
    format,
    version,
    warning,
    accountId,
    keys: keys.map((key) => ({ ...key, material: Buffer.from(key.material).toString('base64') })),
    aliases,
  }
  return `${JSON.stringify(content, undefined, 2)}\n`
}

function parseKeyFile(path: string, content: string): KeyState {
  const wrong = (why: string) => new KeyFileError(`${JSON.stringify(path)} is no key file of a local KMS: ${why}`)
  const file = parseJson(content)
  if (!isRecord(file) || file['format'] !== format) throw wrong('it does not say so')
  if (file['version'] !== version) {
    throw wrong(`it is of version ${String(file['version'])}, and version ${version} is known`)
  }
  const { accountId, keys, aliases } = file
  if (typeof accountId !== 'string' || !/^\d{12}$/.test(accountId)) throw wrong('accountId is not 12 digits')
  if (!Array.isArray(keys) || !Array.isArray(aliases)) throw wrong('it has no lists of keys and aliases')
  return {
    accountId,
    keys: keys.map((key: unknown, i) => parseKey(key) ?? fail(wrong(`key ${i} is not whole`))),
    aliases: aliases.map((alias: unknown, i) => parseAlias(alias) ?? fail(wrong(`alias ${i} is not whole`))),
  }
}

function fail(error: Error): never {
  throw error
}

function parseJson(content: string): unknown {
  try {
    return JSON.parse(content)
  } catch {
    return undefined
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function parseKey(value: unknown): LocalKey | undefined {
  if (!isRecord(value)) return undefined
  const { id, multiRegion, material, residences } = value
  const spec = keySpecs.find((one) => one === value['spec'])
  if (typeof id !== 'string' || spec === undefined || typeof multiRegion !== 'boolean') return undefined
  if (typeof material !== 'string' || !Array.isArray(residences)) return undefined
  const parsed = residences.map(parseResidence).filter((one) => one !== undefined)
  const [primary, ...replicas] = parsed
  if (primary === undefined || parsed.length !== residences.length) return undefined
  const decoded = new Uint8Array(Buffer.from(material, 'base64'))
  return { id, spec, multiRegion, material: decoded, residences: [primary, ...replicas] }
}

function parseResidence(value: unknown): Residence | undefined {
  if (!isRecord(value)) return undefined
  const { region, description } = value
  const state = residenceStates.find((one) => one === value['state'])
  const createdAt = parseDate(value['createdAt'])
  if (typeof region !== 'string' || typeof description !== 'string') return undefined
  if (state === undefined || createdAt === undefined) return undefined
  return { region, state, description, createdAt }
}

function parseAlias(value: unknown): Alias | undefined {
  if (!isRecord(value)) return undefined
  const { region, name, keyId } = value
  const createdAt = parseDate(value['createdAt'])
  if (typeof region !== 'string' || typeof name !== 'string' || typeof keyId !== 'string') return undefined
  return createdAt && { region, name, keyId, createdAt }
}

function parseDate(value: unknown): Date | undefined {
  const date = new Date(typeof value === 'string' ? value : Number.NaN)
  return Number.isNaN(date.getTime()) ? undefined : date
}
