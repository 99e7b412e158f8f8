/**
 * A body that nobody reads yet, and something else that has to be asked for first.
 *
 * Such a body keeps its connection. If all of them were kept so, none would be left for what is waited for.
 *
 * @module
 */

import type { GetObjectCommandInput, GetObjectCommandOutput } from '@aws-sdk/client-s3'
import { collect, type StreamChunks } from './chunks.ts'

/** Bytes of a body that may be held, where it is not held as a whole anyway. */
const longestHeld = 1024 * 1024

/**
 * The bytes of a short body; `undefined` for a long one, or one of unknown length, which is given up, to be asked for
 * again.
 */
export async function freeConnection(
  body: StreamChunks,
  length: number | undefined,
  most: number = longestHeld,
): Promise<Uint8Array | undefined> {
  const bytes = length === undefined || length > most ? undefined : await collect(body, most)
  body.close()
  return bytes
}

/** What to ask for, to get the same object as in this answer. */
export function sameObject(
  input: GetObjectCommandInput,
  { ETag, VersionId }: GetObjectCommandOutput,
): GetObjectCommandInput {
  return { ...input, ...(ETag !== undefined && { IfMatch: ETag }), ...(VersionId !== undefined && { VersionId }) }
}
