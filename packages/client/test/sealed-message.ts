/**
 * Messages of any structure, with tags and signatures that are right: what somebody with a key can write.
 *
 * A writer of its own, after the specification: keys come from WebCrypto's HKDF, fields are written one by one, so that
 * any of them can be wrong. What it writes without edits is a message as it should be.
 *
 * Spec: data-format/, framework/transitive-requirements.md
 *
 * @module
 */

import { defaultBackend, type SigningKey } from '@esdk/crypto-backend'
import {
  type AlgorithmSuite,
  type AlgorithmSuiteId,
  algorithmSuite,
  concat,
  type EncryptedDataKey,
  type EncryptionContext,
  encodeBase64,
  encodeContext,
  encodeEncryptedDataKey,
  encodeSignature,
  publicKeyContextKey,
  u16,
  u32,
  utf8,
} from '@esdk/serialize'
import { knownEdk, knownKey } from './keyrings.ts'

/** A frame, or a body without frames. What is not given is as it should be. */
export interface PieceToSeal {
  readonly kind: 'regular' | 'final' | 'nonframed'
  readonly content: Uint8Array
  /** In the field, and in what is authenticated. */
  readonly sequenceNumber?: number
  /** In the field alone. */
  readonly writtenSequenceNumber?: number
  /** In the field, and in what is authenticated. */
  readonly claimedLength?: number
  readonly iv?: Uint8Array
}

/** A message. What is not given is as it should be. */
export interface MessageToSeal {
  readonly suite?: AlgorithmSuiteId
  readonly key?: Uint8Array
  readonly messageId?: Uint8Array
  readonly encryptionContext?: EncryptionContext
  /** The bytes of the context, in place of `encryptionContext`. */
  readonly rawContext?: Uint8Array
  /** What stands under `aws-crypto-public-key`; `null` for no such pair. */
  readonly publicKey?: string | null
  readonly encryptedDataKeys?: readonly EncryptedDataKey[]
  readonly contentType?: number
  readonly reserved?: number
  readonly ivLength?: number
  readonly frameLength?: number
  readonly commitment?: Uint8Array
  /** Changes the header before it is authenticated. */
  readonly editHeader?: (header: Uint8Array) => Uint8Array
  readonly headerIv?: Uint8Array
  readonly pieces: readonly PieceToSeal[]
  /** Makes the footer out of the signature in DER and as r and s; without it, there is the one that belongs there. */
  readonly footer?: (der: Uint8Array, plain: Uint8Array) => Uint8Array
}

/** The keys of one message. */
export interface DerivedKeys {
  readonly contentKey: Uint8Array<ArrayBuffer>
  readonly commitment: Uint8Array<ArrayBuffer>
}

/** The message, all of whose tags are right. */
export async function sealMessage(message: MessageToSeal): Promise<Uint8Array<ArrayBuffer>> {
  const suite = algorithmSuite(message.suite ?? 0x0478)
  const messageId = message.messageId ?? new Uint8Array(suite.messageIdLength).fill(0x1d)
  const keys = await deriveKeys(suite, message.key ?? knownKey, messageId)
  const contentKey = await defaultBackend.importAesGcmKey(keys.contentKey)
  const { signature: signs } = suite
  const signingKey = signs.kind === 'none' ? undefined : await defaultBackend.ecdsa.generateKey(signs.curve)
  const whole = headerOf(message, suite, messageId, keys, signingKey)
  const header = message.editHeader?.(whole) ?? whole
  const iv = message.headerIv ?? new Uint8Array(12)
  const tag = await contentKey.seal(iv, header, new Uint8Array(0))
  const parts: Uint8Array[] = [header, suite.messageVersion === 1 ? concat(iv, tag) : tag]
  let expected = 1
  for (const piece of message.pieces) {
    const number = piece.sequenceNumber ?? expected
    const pieceIv = piece.iv ?? concat(new Uint8Array(8), u32(number))
    const length = piece.claimedLength ?? piece.content.length
    const aad = concat(messageId, utf8(labels[piece.kind]), u32(number), new Uint8Array(4), u32(length))
    parts.push(pieceHead(piece, piece.writtenSequenceNumber ?? number, pieceIv, length))
    parts.push(await contentKey.seal(pieceIv, aad, piece.content))
    expected = number + 1
  }
  if (signingKey !== undefined) parts.push(await footerOf(message, signingKey, concat(...parts)))
  return concat(...parts)
}

const labels = {
  regular: 'AWSKMSEncryptionClient Frame',
  final: 'AWSKMSEncryptionClient Final Frame',
  nonframed: 'AWSKMSEncryptionClient Single Block',
} as const

function headerOf(
  message: MessageToSeal,
  suite: AlgorithmSuite,
  messageId: Uint8Array,
  { commitment }: DerivedKeys,
  signingKey: SigningKey | undefined,
): Uint8Array<ArrayBuffer> {
  const { publicKey = signingKey ? encodeBase64(signingKey.publicKey) : null } = message
  const context = { ...message.encryptionContext, ...(publicKey !== null && { [publicKeyContextKey]: publicKey }) }
  const rawContext = message.rawContext ?? encodeContext(context)
  const edks = message.encryptedDataKeys ?? [knownEdk]
  return concat(
    suite.messageVersion === 1 ? Uint8Array.of(1, 0x80) : Uint8Array.of(2),
    u16(suite.id),
    messageId,
    u16(rawContext.length),
    rawContext,
    u16(edks.length),
    ...edks.map(encodeEncryptedDataKey),
    Uint8Array.of(message.contentType ?? (message.pieces[0]?.kind === 'nonframed' ? 1 : 2)),
    ...(suite.messageVersion === 1 ? [u32(message.reserved ?? 0), Uint8Array.of(message.ivLength ?? 12)] : []),
    u32(message.frameLength ?? 0),
    ...(suite.committing ? [message.commitment ?? commitment] : []),
  )
}

function pieceHead({ kind }: PieceToSeal, number: number, iv: Uint8Array, length: number): Uint8Array {
  switch (kind) {
    case 'regular':
      return concat(u32(number), iv)
    case 'final':
      return concat(u32(0xffff_ffff), u32(number), iv, u32(length))
    case 'nonframed':
      return concat(iv, new Uint8Array(4), u32(length))
  }
}

async function footerOf(message: MessageToSeal, key: SigningKey, signed: Uint8Array): Promise<Uint8Array> {
  const signer = key.signer()
  await signer.update(signed)
  for (;;) {
    const plain = await signer.sign()
    const der = encodeSignature(key.curve, plain)
    if (der !== undefined) return message.footer?.(der, plain) ?? concat(u16(der.length), der)
  }
}

/** The keys that the specification derives, made by WebCrypto. */
export async function deriveKeys(
  suite: AlgorithmSuite,
  dataKey: Uint8Array,
  messageId: Uint8Array,
): Promise<DerivedKeys> {
  const input = dataKey.slice(0, suite.keyLength)
  if (suite.kdf.kind === 'identity') return { contentKey: input, commitment: new Uint8Array(0) }
  const { hash } = suite.kdf
  const key = await crypto.subtle.importKey('raw', input, 'HKDF', false, ['deriveBits'])
  const derive = async (salt: Uint8Array, info: Uint8Array, length: number): Promise<Uint8Array<ArrayBuffer>> => {
    const parameters = { name: 'HKDF', hash, salt: salt as BufferSource, info: info as BufferSource }
    return new Uint8Array(await crypto.subtle.deriveBits(parameters, key, 8 * length))
  }
  if (!suite.committing) {
    // No salt is a salt of zeros.
    const contentKey = await derive(new Uint8Array(0), concat(u16(suite.id), messageId), suite.keyLength)
    return { contentKey, commitment: new Uint8Array(0) }
  }
  return {
    contentKey: await derive(messageId, concat(u16(suite.id), utf8('DERIVEKEY')), suite.keyLength),
    commitment: await derive(messageId, utf8('COMMITKEY'), 32),
  }
}

/** The frames of a plaintext, as esdk writes them: the last one full where the plaintext fills it. */
export function framesOf(plaintext: Uint8Array, frameLength: number): PieceToSeal[] {
  const pieces: PieceToSeal[] = []
  let offset = 0
  while (plaintext.length - offset > frameLength) {
    pieces.push({ kind: 'regular', content: plaintext.subarray(offset, offset + frameLength) })
    offset += frameLength
  }
  return [...pieces, { kind: 'final', content: plaintext.subarray(offset) }]
}
