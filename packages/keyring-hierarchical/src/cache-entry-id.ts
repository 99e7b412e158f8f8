/**
 * Under which name a branch key is kept in a cache.
 *
 * Spec: framework/aws-kms/aws-kms-hierarchical-keyring.md, "Appendix A: Cache Entry Identifier Formulas"
 *
 * @module
 */

import { type Awaitable, andThen, type CryptoBackend } from '@esdk/crypto-backend'
import { concat, hex, utf8 } from '@esdk/serialize'

/** What tells one entry from another. */
export interface CacheEntryFields {
  readonly partitionId: Uint8Array
  readonly logicalKeyStoreName: string
  readonly branchKeyId: string
  /** To decrypt: the version. To encrypt, whichever is active: none. */
  readonly version: string | undefined
}

const separator = Uint8Array.of(0)
const hierarchicalKeyring = Uint8Array.of(0x02)
const toEncrypt = Uint8Array.of(0x01)
const toDecrypt = Uint8Array.of(0x02)

/**
 * SHA-384 over the fields, joined by zero bytes; then the lengths of the fields, since a field may hold zero bytes as
 * well and must not be taken for two.
 */
export function cacheEntryId(
  backend: Pick<CryptoBackend, 'digest'>,
  { partitionId, logicalKeyStoreName, branchKeyId, version }: CacheEntryFields,
): Awaitable<string> {
  const fields = [
    hierarchicalKeyring,
    version === undefined ? toEncrypt : toDecrypt,
    partitionId,
    utf8(logicalKeyStoreName),
    utf8(branchKeyId),
    ...(version === undefined ? [] : [utf8(version)]),
  ]
  const joined = concat(...fields.flatMap((field, i) => (i === 0 ? [field] : [separator, field])))
  const lengths = fields.map(({ length }) => length).join(',')
  return andThen(backend.digest('SHA-384', joined), (digest) => `${hex(digest)} ${lengths}`)
}
