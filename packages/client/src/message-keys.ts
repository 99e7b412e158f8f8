/**
 * The keys of one message, derived from its data key.
 *
 * Spec: framework/transitive-requirements.md, "HKDF Encryption Key" and "HKDF Commit Key"
 *
 * @module
 */

import type { DataKey } from '@esdk/cmm'
import {
  type Awaitable,
  andThen,
  type CryptoBackend,
  type HashName,
  hashLength,
  hkdfExpand,
  hkdfExtract,
} from '@esdk/crypto-backend'
import { type AlgorithmSuite, concat, u16, utf8 } from '@esdk/serialize'

/** The key of the content, and what the header commits to. */
export interface MessageKeys {
  /** The caller zeroes it. */
  readonly contentKey: Uint8Array
  /** There if, and only if, the suite commits. */
  readonly commitment?: Uint8Array
}

const deriveLabel = /* @__PURE__ */ utf8('DERIVEKEY')
const commitLabel = /* @__PURE__ */ utf8('COMMITKEY')

/**
 * Derive the keys of one message. `messageId` makes them its own: the salt of committing suites, the info of others.
 * A suite without key derivation gives a copy of the data key.
 */
export function deriveMessageKeys(
  backend: Pick<CryptoBackend, 'hmac'>,
  suite: AlgorithmSuite,
  dataKey: DataKey,
  messageId: Uint8Array,
): Awaitable<MessageKeys> {
  if (suite.kdf.kind === 'identity') return { contentKey: dataKey.expose().slice() }
  const { hash } = suite.kdf
  const salt = suite.committing ? messageId : new Uint8Array(hashLength[hash])
  return andThen(hkdfExtract(backend, hash, dataKey.expose(), salt), (extracted) =>
    andThen(expandKeys(backend, suite, hash, extracted, messageId), (keys) => {
      extracted.fill(0)
      return keys
    }),
  )
}

function expandKeys(
  backend: Pick<CryptoBackend, 'hmac'>,
  suite: AlgorithmSuite,
  hash: HashName,
  extracted: Uint8Array,
  messageId: Uint8Array,
): Awaitable<MessageKeys> {
  const info = concat(u16(suite.id), suite.committing ? deriveLabel : messageId)
  return andThen(hkdfExpand(backend, hash, extracted, info, suite.keyLength), (contentKey) => {
    if (!suite.committing) return { contentKey }
    const commitment = hkdfExpand(backend, hash, extracted, commitLabel, suite.commitmentLength)
    return andThen(commitment, (bytes) => ({ contentKey, commitment: bytes }))
  })
}
