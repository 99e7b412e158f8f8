/**
 * One body in parts, all of them under way at once.
 *
 * @module
 */

import type { BodyBackend, BodyParts } from '../body-backend.ts'
import { bodyAad, bodyIv, bodyKey, type SealedBody } from './one-shot-gcm.ts'
import type { Span } from './partition.ts'
import { expectBytes, expectThat } from './rule.ts'

/** A body in parts under the key, IV and AAD of no meaning. */
export async function partsOf(backend: BodyBackend): Promise<BodyParts> {
  const key = await backend.importBodyKey(bodyKey)
  return key.bodyInParts(bodyIv, bodyAad)
}

/** Seals the spans side by side, and puts them where they belong. */
export async function sealAll(parts: BodyParts, body: Uint8Array, spans: readonly Span[]): Promise<Uint8Array> {
  const ciphertext = new Uint8Array(body.length)
  const seal = async ({ start, end }: Span) => ciphertext.set(await parts.seal(start, body.subarray(start, end)), start)
  await Promise.all(spans.map(seal))
  return ciphertext
}

/** Opens the spans side by side, and puts them where they belong. */
export async function openAll(parts: BodyParts, ciphertext: Uint8Array, spans: readonly Span[]): Promise<Uint8Array> {
  const body = new Uint8Array(ciphertext.length)
  const open = async ({ start, end }: Span) => body.set(await parts.open(start, ciphertext.subarray(start, end)), start)
  await Promise.all(spans.map(open))
  return body
}

/**
 * @throws Error - parts of these spans are not the same as the whole
 */
export async function expectSame(
  backend: BodyBackend,
  body: Uint8Array,
  { ciphertext, tag }: SealedBody,
  spans: readonly Span[],
): Promise<void> {
  const what = `in spans ${spans.map(({ start, end }) => `${start}-${end}`).join(' ')}`
  const sealing = await partsOf(backend)
  expectBytes(await sealAll(sealing, body, spans), ciphertext, `${what}, sealed`)
  expectBytes(await sealing.tag(body.length), tag, `${what}, tag`)
  const opening = await partsOf(backend)
  expectBytes(await openAll(opening, ciphertext, spans), body, `${what}, opened`)
  expectThat(await opening.isRight(body.length, tag), `${what}: the tag is not right`)
}
