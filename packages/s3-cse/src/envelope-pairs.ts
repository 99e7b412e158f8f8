/**
 * The pairs of an envelope, as they stand in the metadata of an object.
 *
 * @module
 */

import { envelopeNames } from './envelope/names.ts'
import type { ObjectMetadata } from './envelope.ts'

/** What has to go along where an object is copied with other metadata. */
export function envelopePairs(metadata: ObjectMetadata): Record<string, string> {
  return Object.fromEntries(Object.entries(metadata).filter(([name]) => envelopeNames.has(name.toLowerCase())))
}
