/**
 * Long lists, a page at a time.
 *
 * @module
 */

import { type Input, optionalInteger, optionalText } from './input.ts'
import { LocalKmsError } from './kms-error.ts'

const mostItems = 1000

/** A marker is how many items came before. */
export function pageOf<Item>(
  all: readonly Item[],
  input: Input,
  defaultLimit: number,
): { items: readonly Item[]; Truncated: boolean; NextMarker?: string } {
  const limit = optionalInteger(input, 'Limit', 1, mostItems) ?? defaultLimit
  const marker = optionalText(input, 'Marker') ?? '0'
  if (!/^\d{1,9}$/.test(marker)) throw new LocalKmsError('InvalidMarkerException', 'the marker is none of this list')
  const end = Number(marker) + limit
  const items = all.slice(Number(marker), end)
  return end < all.length ? { items, Truncated: true, NextMarker: String(end) } : { items, Truncated: false }
}
