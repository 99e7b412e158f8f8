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
import { finallyDo } from './clean-up.ts'

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
  if (suite.kdf.kind === 'identity') return { contentKey: new Uint8Array(dataKey.expose()) }
  const { hash } = suite.kdf
  const salt = suite.committing ? messageId : new Uint8Array(hashLength[hash])
  return andThen(hkdfExtract(backend, hash, dataKey.expose(), salt), (extracted) =>
    finallyDo(
      () => expandKeys(backend, suite, hash, extracted, messageId),
      () => extracted.fill(0),
    ),
  )
}

/** The content key comes last: when something fails, there is no secret to be cleaned up. */
function expandKeys(
  backend: Pick<CryptoBackend, 'hmac'>,
  suite: AlgorithmSuite,
  hash: HashName,
  extracted: Uint8Array,
  messageId: Uint8Array,
): Awaitable<MessageKeys> {
  const info = concat(u16(suite.id), suite.committing ? deriveLabel : messageId)
  const expandContentKey = () => hkdfExpand(backend, hash, extracted, info, suite.keyLength)
  if (!suite.committing) return andThen(expandContentKey(), (contentKey) => ({ contentKey }))
  return andThen(hkdfExpand(backend, hash, extracted, commitLabel, suite.commitmentLength), (commitment) =>
    andThen(expandContentKey(), (contentKey) => ({ contentKey, commitment })),
  )
}
