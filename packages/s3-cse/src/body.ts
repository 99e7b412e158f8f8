/**
 * Bodies, encrypted and decrypted as they pass.
 *
 * @module
 */

import type { Chunks } from './chunks.ts'
import { join } from './chunks.ts'
import type { CbcContentKey, ContentKey, GcmContentKey } from './content-key.ts'
import { longestGcmPlaintext } from './content-suite.ts'
import { BodyLengthError, ObjectNotAuthenticError } from './errors.ts'

const tagLength = 16

/** Bytes that are encrypted at once. */
const sliceLength = 256 * 1024

/**
 * The body of an object: ciphertext, and the tag as its last 16 bytes.
 *
 * @throws BodyLengthError - more plaintext than GCM takes, or another length than was announced
 */
export async function* sealBody(
  { key, iv, aad }: GcmContentKey,
  plaintext: Chunks,
  announced: number | undefined,
): AsyncGenerator<Uint8Array> {
  const sealer = key.sealBody(iv, aad)
  try {
    let length = 0
    for await (const chunk of plaintext) {
      length += chunk.length
      checkPlaintextLength(length)
      if (announced !== undefined && length > announced) throw new BodyLengthError(announced, length)
      yield* filled(await sealer.update(chunk))
    }
    if (announced !== undefined && length < announced) throw new BodyLengthError(announced, length)
    yield await sealer.finish()
  } finally {
    sealer.zero()
  }
}

/** A whole body at once. */
export async function sealWholeBody(contentKey: GcmContentKey, plaintext: Uint8Array): Promise<Uint8Array> {
  checkPlaintextLength(plaintext.length)
  const sealer = contentKey.key.sealBody(contentKey.iv, contentKey.aad)
  const body = new Uint8Array(plaintext.length + tagLength)
  let length = 0
  const add = (part: Uint8Array) => {
    body.set(part, length)
    length += part.length
  }
  try {
    // Slice by slice: what is copied once more is still in the cache then, and never there as a whole.
    for (let at = 0; at < plaintext.length; at += sliceLength) {
      add(await sealer.update(plaintext.subarray(at, at + sliceLength)))
    }
    add(await sealer.finish())
    return body
  } finally {
    sealer.zero()
  }
}

/** @throws BodyLengthError - GCM takes no more under one key */
export function checkPlaintextLength(length: number): void {
  if (length > longestGcmPlaintext) throw new BodyLengthError(longestGcmPlaintext, length)
}

/**
 * The plaintext of a body, before it is known to be authentic: what has been given is so when the generator ends, and
 * not when it throws.
 *
 * @throws ObjectNotAuthenticError - in the end: the tag does not match; for CBC, the length or the padding is wrong
 */
export function openBody(contentKey: ContentKey, body: Chunks): AsyncGenerator<Uint8Array> {
  return contentKey.kind === 'gcm' ? openGcmBody(contentKey, body) : openCbcBody(contentKey, body)
}

async function* openGcmBody({ key, iv, aad }: GcmContentKey, body: Chunks): AsyncGenerator<Uint8Array> {
  const opener = key.openBody(iv, aad)
  try {
    // What came last: it may end with the tag. Not copied, unless chunks are shorter than that.
    let held: Uint8Array = new Uint8Array(0)
    let length = 0
    for await (const chunk of body) {
      length += chunk.length
      if (length > longestGcmPlaintext + tagLength) throw new ObjectNotAuthenticError('body')
      const isLong = chunk.length >= tagLength
      const all = isLong ? held : join([held, chunk])
      const end = isLong ? held.length : Math.max(0, all.length - tagLength)
      held = isLong ? chunk : all.subarray(end)
      if (end > 0) yield* filled(await opener.update(all.subarray(0, end)))
    }
    const end = Math.max(0, held.length - tagLength)
    if (end > 0) yield* filled(await opener.update(held.subarray(0, end)))
    const rest = held.length >= tagLength ? await opener.finish(held.subarray(end)) : undefined
    if (rest === undefined) throw new ObjectNotAuthenticError('body')
    yield* filled(rest)
  } finally {
    opener.zero()
  }
}

async function* openCbcBody({ key, iv }: CbcContentKey, body: Chunks): AsyncGenerator<Uint8Array> {
  const opener = key.openCbc(iv)
  for await (const chunk of body) yield* filled(await opener.update(chunk))
  const rest = await opener.finish()
  if (rest === undefined) throw new ObjectNotAuthenticError('body')
  yield* filled(rest)
}

function* filled(chunk: Uint8Array): Generator<Uint8Array> {
  if (chunk.length > 0) yield chunk
}
