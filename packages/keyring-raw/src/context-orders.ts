/**
 * The encryption context as wrapping keys authenticate it.
 *
 * @module
 */

import { compareBytes, encodeContext, encodePairs, sameBytes, utf8 } from '@esdk/serialize'
import type { EncryptionContext } from '@esdk/cmm'

/**
 * The bytes that a data key may have been wrapped with: first as the format says, then as the AWS Encryption SDK for
 * JavaScript has written them. Its raw AES and hierarchical keyrings sort by `localeCompare`, where `a` comes before
 * `B`, unless they are told otherwise.
 *
 * Only unwrapping tries the second: the tag of the wrapped key says which it was, and every pair is authenticated in
 * either.
 */
export function* contextOrders(context: EncryptionContext): Generator<Uint8Array, void, undefined> {
  const canonical = encodeContext(context)
  yield canonical
  const tried: Uint8Array[] = [canonical]
  for (const locale of [undefined, 'en']) {
    const encoded = encodeByLocale(context, locale)
    if (tried.some((other) => sameBytes(other, encoded))) continue
    tried.push(encoded)
    yield encoded
  }
}

function encodeByLocale(context: EncryptionContext, locale: string | undefined): Uint8Array {
  // Keys that a locale holds for the same keep the order of their bytes.
  const entries = Object.entries(context).sort(([a], [b]) => compareBytes(utf8(a), utf8(b)))
  const { compare } = new Intl.Collator(locale)
  entries.sort(([a], [b]) => compare(a, b))
  return encodePairs(entries.map(([key, value]) => [utf8(key), utf8(value)] as const))
}
