/**
 * The keys of one message, derived from its data key.
 *
 * Spec: framework/transitive-requirements.md, "HKDF Encryption Key" and "HKDF Commit Key"
 *
 * @module
 */

import type { DataKey } from '@esdk/cmm'
import { type CryptoBackend, hashLength, hkdfExpand, hkdfExtract } from '@esdk/crypto-backend'
import { type AlgorithmSuite, concat, u16, utf8 } from '@esdk/serialize'

/** The key of the content, and what the header commits to. */
export interface MessageKeys {
  /** The caller zeroes it. */
  readonly contentKey: Uint8Array
  /** There if, and only if, the suite commits. */
  readonly commitment?: Uint8Array
}

const deriveLabel = utf8('DERIVEKEY')
const commitLabel = utf8('COMMITKEY')

/**
 * Derive the keys of one message. `messageId` makes them its own: the salt of committing suites, the info of others.
 * A suite without key derivation gives a copy of the data key.
 */
export async function deriveMessageKeys(
  backend: Pick<CryptoBackend, 'hmac'>,
  suite: AlgorithmSuite,
  dataKey: DataKey,
  messageId: Uint8Array,
): Promise<MessageKeys> {
  if (suite.kdf.kind === 'identity') return { contentKey: dataKey.expose().slice() }
  const { hash } = suite.kdf
  const salt = suite.committing ? messageId : new Uint8Array(hashLength[hash])
  const extracted = await hkdfExtract(backend, hash, dataKey.expose(), salt)
  const expand = (info: Uint8Array, length: number) => hkdfExpand(backend, hash, extracted, info, length)
  const suiteId = u16(suite.id)
  const keys: MessageKeys = suite.committing
    ? {
        contentKey: await expand(concat(suiteId, deriveLabel), suite.keyLength),
        commitment: await expand(commitLabel, suite.commitmentLength),
      }
    : { contentKey: await expand(concat(suiteId, messageId), suite.keyLength) }
  extracted.fill(0)
  return keys
}
