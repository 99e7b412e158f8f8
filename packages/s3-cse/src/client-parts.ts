/**
 * What a client that encrypts is made of, for what takes more than one of its commands.
 *
 * @module
 */

import type { S3Client } from '@aws-sdk/client-s3'
import type { OtherOperations } from './call.ts'
import type { Settings } from './options.ts'

export interface ClientParts {
  readonly settings: Settings
  /** Requests that are sent as they are. */
  readonly others: OtherOperations
}

const known = /* @__PURE__ */ new WeakMap<object, ClientParts>()

/** Called by each client that is made. */
export function rememberParts(client: S3Client, parts: ClientParts): void {
  known.set(client, parts)
}

/** @throws TypeError - no client of this package */
export function partsOfClient(client: unknown): ClientParts {
  const parts = typeof client === 'object' && client !== null ? known.get(client) : undefined
  if (parts !== undefined) return parts
  throw new TypeError(
    'client: an S3EncryptionClient is expected, for example S3EncryptionClient.from(client, { keyring })',
  )
}
