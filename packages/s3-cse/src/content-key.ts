/**
 * From a data key to the key of one body.
 *
 * A committing object has a key of its own, derived from the data key and a message id, and a commitment to it; other
 * objects use the data key itself.
 *
 * @module
 */

import type { DataKey } from '@esdk/cmm'
import { type CryptoBackend, equalInConstantTime, hkdfExpand, hkdfExtract } from '@esdk/crypto-backend'
import type { BodyBackend, BodyKey } from '@esdk/crypto-backend/body'
import type { WritingSuite } from './content-suite.ts'
import type { CommittingEnvelope, Envelope, GcmEnvelope } from './envelope.ts'
import { ObjectNotAuthenticError } from './errors.ts'

/** What a GCM body is encrypted with. */
export interface GcmContentKey {
  readonly kind: 'gcm'
  readonly key: BodyKey
  readonly iv: Uint8Array
  readonly aad: Uint8Array
}

/** What a CBC body is encrypted with. */
export interface CbcContentKey {
  readonly kind: 'cbc'
  readonly key: BodyKey
  readonly iv: Uint8Array
}

export type ContentKey = GcmContentKey | CbcContentKey

/** What the platform does for us. */
export interface Backends {
  readonly backend: CryptoBackend
  readonly bodyBackend: BodyBackend
}

/** Bytes of the message id, and of the commitment. */
export const messageIdLength = 28
export const commitmentLength = 28

const suiteId = Uint8Array.of(0x00, 0x73)
const committingIv = new Uint8Array(12).fill(0x01)
const noAad = new Uint8Array(0)

const commitmentInfo = labelled('COMMITKEY')
const contentInfo = labelled('DERIVEKEY')

function labelled(label: string): Uint8Array {
  return Uint8Array.of(...suiteId, ...new TextEncoder().encode(label))
}

/** The key of a new body, and what its envelope says of it. The data key is not changed. */
export async function newContentKey(
  { backend, bodyBackend }: Backends,
  suite: WritingSuite,
  dataKey: DataKey,
): Promise<{
  readonly contentKey: GcmContentKey
  readonly content: GcmEnvelope['content'] | CommittingEnvelope['content']
}> {
  if (suite.kind === 'gcm') {
    const iv = randomField(backend, 12)
    const key = await bodyBackend.importBodyKey(dataKey.expose())
    return { contentKey: { kind: 'gcm', key, iv, aad: noAad }, content: { kind: 'gcm', iv } }
  }
  const messageId = randomField(backend, messageIdLength)
  const { commitment, contentKey } = await committedKey({ backend, bodyBackend }, dataKey, messageId)
  return { contentKey, content: { kind: 'committing', messageId, commitment } }
}

/**
 * The key of the body of an object. The data key is not changed.
 *
 * @throws ObjectNotAuthenticError - the object commits to another key
 */
export async function contentKeyOf(backends: Backends, { content }: Envelope, dataKey: DataKey): Promise<ContentKey> {
  if (content.kind === 'committing') {
    return (await committedKey(backends, dataKey, content.messageId, content.commitment)).contentKey
  }
  const key = await backends.bodyBackend.importBodyKey(dataKey.expose())
  const { iv } = content
  return content.kind === 'gcm' ? { kind: 'gcm', key, iv, aad: noAad } : { kind: 'cbc', key, iv }
}

async function committedKey(
  { backend, bodyBackend }: Backends,
  dataKey: DataKey,
  messageId: Uint8Array,
  expected?: Uint8Array,
): Promise<{ readonly commitment: Uint8Array; readonly contentKey: GcmContentKey }> {
  const pseudoRandomKey = await hkdfExtract(backend, 'SHA-512', dataKey.expose(), messageId)
  try {
    const commitment = await hkdfExpand(backend, 'SHA-512', pseudoRandomKey, commitmentInfo, commitmentLength)
    // Before anything else is derived: under another key there is nothing to decrypt.
    if (expected !== undefined && !equalInConstantTime(commitment, expected)) {
      throw new ObjectNotAuthenticError('commitment')
    }
    const bytes = await hkdfExpand(backend, 'SHA-512', pseudoRandomKey, contentInfo, 32)
    const key = await bodyBackend.importBodyKey(bytes)
    bytes.fill(0)
    return { commitment, contentKey: { kind: 'gcm', key, iv: committingIv, aad: suiteId } }
  } finally {
    pseudoRandomKey.fill(0)
  }
}

/** Random bytes, which are never all zero. */
function randomField(backend: CryptoBackend, length: number): Uint8Array {
  const bytes = backend.randomBytes(length)
  if (bytes.every((byte) => byte === 0)) throw new Error(`the platform gave ${length} random bytes that are all zero`)
  return bytes
}
