/**
 * The encryption context as the AWS Encryption SDK for JavaScript authenticates it with a wrapped key.
 *
 * Its raw AES and hierarchical keyrings sort by `localeCompare`, where `a` comes before `B`, unless they are told
 * otherwise. Only unwrapping tries this: the tag of the wrapped key says whether it was so, and every pair is
 * authenticated in either order.
 *
 * @module
 */

import { compareBytes, type EncryptionContext, encodeContext, encodePairs, sameBytes, utf8 } from '@esdk/serialize'

/** The orders of the last context that cannot change: a message has one context, and may have thousands of keys. */
let last: { readonly context: EncryptionContext; readonly orders: readonly Uint8Array[] } | undefined

/** The context in the orders of the locale here and of English, where those are not the canonical one. */
export function localeOrders(context: EncryptionContext): readonly Uint8Array[] {
  if (last?.context === context) return last.orders
  const orders = makeOrders(context)
  if (Object.isFrozen(context)) last = { context, orders }
  return orders
}

function makeOrders(context: EncryptionContext): readonly Uint8Array[] {
  const orders: Uint8Array[] = [encodeContext(context)]
  for (const locale of [undefined, 'en']) {
    const encoded = encodeByLocale(context, locale)
    if (!orders.some((order) => sameBytes(order, encoded))) orders.push(encoded)
  }
  return orders.slice(1)
}

function encodeByLocale(context: EncryptionContext, locale: string | undefined): Uint8Array {
  // Keys that a locale holds for the same keep the order of their bytes.
  const entries = Object.entries(context).sort(([a], [b]) => compareBytes(utf8(a), utf8(b)))
  const { compare } = new Intl.Collator(locale)
  entries.sort(([a], [b]) => compare(a, b))
  return encodePairs(entries.map(([key, value]) => [utf8(key), utf8(value)] as const))
}
