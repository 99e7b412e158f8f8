/**
 * The values of options: text from the command line, made into what it means.
 *
 * @module
 */

import { type CommitmentPolicy, commitmentPolicies, quote } from '@esdk/cmm'
import {
  type AlgorithmSuiteId,
  algorithmSuites,
  formatSuiteId,
  maxFrameLength,
  minFrameLength,
  reservedContextPrefix,
} from '@esdk/serialize'
import { UsageError } from './cli-error.ts'

const unitBytes: Readonly<Record<string, number>> = { '': 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3, t: 1024 ** 4 }

/** A number of bytes: `4096`, `64K`, `1MiB`. Units are powers of 1024. */
export function parseLength(option: string, text: string): number {
  const [, digits, unit] = /^(\d{1,16})(?:([kmgt])(?:i?b)?)?$/i.exec(text.trim()) ?? []
  const length = Number(digits) * (unitBytes[unit?.toLowerCase() ?? ''] ?? Number.NaN)
  if (Number.isSafeInteger(length)) return length
  throw new UsageError(`${option} must be a number of bytes, found ${quote(text)}`, 'For example 4096, 64K or 1MiB.')
}

/** A frame length that the format has room for. */
export function parseFrameLength(text: string): number {
  const length = parseLength('--frame-length', text)
  if (length >= minFrameLength && length <= maxFrameLength) return length
  throw new UsageError(`--frame-length must be from ${minFrameLength} to ${maxFrameLength} bytes, found ${length}`)
}

/** A whole number of at least 1. */
export function parseCount(option: string, text: string): number {
  const count = /^\d{1,15}$/.test(text) ? Number(text) : 0
  if (count >= 1) return count
  throw new UsageError(`${option} must be a whole number of at least 1, found ${quote(text)}`)
}

/** A suite by its number (`0x0578`, `0578`) or its name. */
export function parseSuite(text: string): AlgorithmSuiteId {
  const [, digits] = /^(?:0x)?([0-9a-f]{4})$/i.exec(text) ?? []
  const id = digits === undefined ? undefined : Number.parseInt(digits, 16)
  const suite = algorithmSuites.find((row) => row.id === id || row.name === text.toUpperCase())
  if (suite !== undefined) return suite.id
  throw new UsageError(
    `--suite must be the number or the name of an algorithm suite, found ${quote(text)}`,
    algorithmSuites.map((row) => `${formatSuiteId(row.id)}  ${row.name}`).join('\n'),
  )
}

/** One of the three policies. */
export function parsePolicy(text: string): CommitmentPolicy {
  const policy = commitmentPolicies.find((known) => known === text)
  if (policy !== undefined) return policy
  throw new UsageError(`--commitment-policy must be one of ${commitmentPolicies.join(', ')}; found ${quote(text)}`)
}

/** What `-c` says: a pair, or a key that must be there. */
export interface ContextArgument {
  readonly key: string
  readonly value?: string
}

/** `key=value`, parted at the first `=`; or `key` alone. */
export function parseContextArgument(text: string): ContextArgument {
  const at = text.indexOf('=')
  if (at === 0 || text === '') throw new UsageError(`--encryption-context ${quote(text)} has no key`)
  return at < 0 ? { key: text } : { key: text.slice(0, at), value: text.slice(at + 1) }
}

/** The pairs, each key once, in an object that has no other members. */
export function contextPairs(context: readonly ContextArgument[]): Record<string, string> {
  const pairs = Object.create(null) as Record<string, string>
  for (const { key, value } of context) {
    if (value === undefined) continue
    if (key in pairs) throw new UsageError(`--encryption-context has the key ${quote(key)} twice`)
    pairs[key] = value
  }
  return pairs
}

/** Keys that begin with this are the library's own. */
export function checkNotReserved(option: string, key: string): void {
  if (!key.startsWith(reservedContextPrefix)) return
  throw new UsageError(`${option} ${quote(key)} is reserved: keys may not begin with "${reservedContextPrefix}"`)
}

/** The end of a name: no path. An empty one is allowed, where the output has another folder. */
export function parseSuffix(text: string): string {
  if (!/[/\\\0]/.test(text)) return text
  throw new UsageError(`--suffix is the end of a name, found ${quote(text)}`, 'Name a folder with -o.')
}

/** The name of a Region: it becomes part of the name of a host. */
export function parseRegion(option: string, text: string): string {
  if (/^[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?$/.test(text)) return text
  throw new UsageError(`${option} must be the name of a Region, such as eu-west-1, found ${quote(text)}`)
}

/** The URL of a service. */
export function parseEndpoint(option: string, text: string): string {
  if (/^https?:\/\/[^/?#@]+\/?$/i.test(text) && URL.canParse(text)) return text
  throw new UsageError(
    `${option} must be the URL of a service, without a path, found ${quote(text)}`,
    'For example http://127.0.0.1:4599',
  )
}
