/**
 * `--caching capacity=100,max-age=300`: data keys that are used more than once, within limits.
 *
 * @module
 */

import { cachingCmm, localCache } from '@esdk/caching-cmm'
import { type CryptographicMaterialsManager, defaultCmm, type Keyring } from '@esdk/cmm'
import { Attributes } from './attributes.ts'
import { UsageError } from './cli-error.ts'
import { parseCount, parseLength } from './values.ts'

export interface CachingArguments {
  readonly capacity: number
  readonly maxAgeMs: number
  readonly maxMessages?: number
  readonly maxBytes?: number
}

const cachingOption = {
  option: '--caching',
  example: 'For example: --caching capacity=100,max-age=300   (max-age in seconds)',
}

const mostEntries = 1024 * 1024
const mostMessages = 2 ** 32

/** @throws UsageError - an attribute is missing, unknown, repeated, or has no such value */
export function parseCaching(text: string): CachingArguments {
  const attributes = new Attributes(cachingOption, text)
  const capacity = count(attributes.take('capacity'), 'capacity', mostEntries)
  const maxAgeMs = milliseconds(attributes.take('max-age'))
  const messages = attributes.takeOptional('max-messages')
  const bytes = attributes.takeOptional('max-bytes')
  attributes.checkNoOthers('', cachingOption.example)
  return {
    capacity,
    maxAgeMs,
    ...(messages !== undefined && { maxMessages: count(messages, 'max-messages', mostMessages) }),
    ...(bytes !== undefined && { maxBytes: parseLength('--caching max-bytes', bytes) }),
  }
}

function count(text: string, name: string, most: number): number {
  const number = parseCount(`--caching ${name}`, text)
  if (number <= most) return number
  throw new UsageError(`--caching ${name} must be at most ${most}, found ${number}`)
}

function milliseconds(text: string): number {
  const seconds = /^\d{1,9}(?:\.\d{1,3})?$/.test(text) ? Number(text) : 0
  if (seconds > 0) return Math.round(seconds * 1000)
  throw new UsageError('--caching max-age must be a number of seconds above 0', cachingOption.example)
}

export interface MaybeCached {
  readonly cmm: CryptographicMaterialsManager
  /** Forget, and zero, what was cached. */
  readonly clear: () => void
}

/** The materials manager over a keyring: behind a cache, if there is to be one. */
export function withCaching(keyring: Keyring, caching: CachingArguments | undefined): MaybeCached {
  if (caching === undefined) return { cmm: defaultCmm(keyring), clear: () => {} }
  const { capacity, ...limits } = caching
  const cache = localCache({ capacity })
  return { cmm: cachingCmm({ keyring, cache, ...limits }), clear: () => cache.clear() }
}
