/**
 * Writes what a plan says, with tags and signatures that are right.
 *
 * @module
 */

import { createCipheriv, createSign, generateKeyPairSync, hkdfSync } from 'node:crypto'
import { field, text, u16, u32 } from './encoded.mjs'
import { joined } from './message-fields.mjs'

/** @typedef {import('./message-plan.mjs').Plan} Plan */

const signingKeys = { 'P-256': signingKey('P-256'), 'P-384': signingKey('P-384') }

/** @param {'P-256' | 'P-384'} namedCurve */
function signingKey(namedCurve) {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve })
  const { x, y } = publicKey.export({ format: 'jwk' })
  const bytes = (value) => Uint8Array.from(Buffer.from(/** @type {string} */ (value), 'base64url'))
  const odd = /** @type {number} */ (bytes(y).at(-1)) & 1
  return { privateKey, publicKey: btoa(String.fromCharCode(2 + odd, ...bytes(x))) }
}

/** The context with the public key in front, if there is to be one. @param {Plan} plan */
export function wholeContext({ suite, publicKey, context }) {
  if (publicKey === 'none') return context
  const key = signingKeys[suite.curve ?? 'P-384'].publicKey
  const other = signingKeys[suite.curve === 'P-256' ? 'P-384' : 'P-256'].publicKey
  const pair = [text('aws-crypto-public-key'), text(publicKey === 'own' ? key : other)].map(field)
  const count = context.length < 2 ? 0 : new DataView(context.buffer, context.byteOffset).getUint16(0)
  return joined([u16(count + 1), ...pair, context.subarray(2)])
}

/** @param {Plan} plan @param {Uint8Array} context */
export function sealPlan(plan, context) {
  const { suite, messageId } = plan
  const { contentKey, commitment } = derive(plan)
  const header = joined([
    Uint8Array.of(plan.version, ...(suite.version === 1 ? [plan.type] : [])),
    u16(suite.id),
    messageId,
    field(context),
    u16(plan.keyCount & 0xffff),
    ...plan.keys.flat().map(field),
    Uint8Array.of(plan.contentType),
    ...(suite.version === 1 ? [u32(plan.reserved), Uint8Array.of(plan.ivLength)] : []),
    u32(plan.frameLength),
    plan.commits ? commitment : commitment.map((byte) => byte ^ 1),
  ])
  const headerIv = suite.version === 1 ? plan.headerIv : new Uint8Array(12)
  const tag = gcm(contentKey, headerIv, header, new Uint8Array(0))
  const parts = [header, ...(suite.version === 1 ? [headerIv] : []), tag]
  for (const { kind, sequenceNumber, iv, content } of plan.pieces) {
    const label = { regular: 'Frame', final: 'Final Frame', nonframed: 'Single Block' }[kind]
    const length = joined([u32(0), u32(content.length)])
    const aad = joined([messageId, text(`AWSKMSEncryptionClient ${label}`), u32(sequenceNumber), length])
    if (kind === 'final') parts.push(u32(0xffffffff))
    if (kind !== 'nonframed') parts.push(u32(sequenceNumber))
    parts.push(iv)
    if (kind === 'final') parts.push(u32(content.length))
    if (kind === 'nonframed') parts.push(length)
    parts.push(gcm(contentKey, iv, aad, content))
  }
  return joined([...parts, footer(plan, parts), plan.behind])
}

/** @param {Plan} plan @param {readonly Uint8Array[]} parts */
function footer({ suite, footer: kind }, parts) {
  if (kind === 'none') return new Uint8Array(0)
  if (kind === 'empty') return u16(0)
  const curve = kind === 'other' ? (suite.curve === 'P-256' ? 'P-384' : 'P-256') : (suite.curve ?? 'P-384')
  const sign = createSign(curve === 'P-256' ? 'sha256' : 'sha384')
  for (const part of parts) sign.update(part)
  const der = Uint8Array.from(sign.sign(signingKeys[curve].privateKey))
  return kind === 'longer' ? field(joined([der, Uint8Array.of(0)])) : field(der)
}

/** @param {Plan} plan */
function derive({ suite, dataKey, messageId }) {
  if (suite.hash === undefined) return { contentKey: dataKey, commitment: new Uint8Array(0) }
  const { hash, keyLength } = suite
  const expand = (salt, info, length) => new Uint8Array(hkdfSync(hash, dataKey, salt, info, length))
  if (suite.version === 1) {
    const contentKey = expand(new Uint8Array(0), joined([u16(suite.id), messageId]), keyLength)
    return { contentKey, commitment: new Uint8Array(0) }
  }
  return {
    contentKey: expand(messageId, joined([u16(suite.id), text('DERIVEKEY')]), keyLength),
    commitment: expand(messageId, text('COMMITKEY'), 32),
  }
}

/** @param {Uint8Array} key @param {Uint8Array} iv @param {Uint8Array} aad @param {Uint8Array} plaintext */
function gcm(key, iv, aad, plaintext) {
  const name = /** @type {'aes-256-gcm'} */ (`aes-${key.length * 8}-gcm`)
  const cipher = createCipheriv(name, key, iv).setAAD(aad)
  const content = cipher.update(plaintext)
  cipher.final()
  return joined([content, cipher.getAuthTag()])
}
