/**
 * The encryption context: names and values that are authenticated with a message but not encrypted.
 *
 * | field        | bytes    | meaning                            |
 * | ------------ | -------- | ---------------------------------- |
 * | pair count   | 2        | uint16, greater than 0             |
 * | then, pairs sorted by the UTF-8 bytes of their key: |||
 * | key length   | 2        | uint16                             |
 * | key          | as above | UTF-8                              |
 * | value length | 2        | uint16                             |
 * | value        | as above | UTF-8                              |
 *
 * An empty context has no bytes at all, not even the count.
 *
 * Spec: framework/structures.md, "Encryption Context"; data-format/message-header.md, "AAD"
 *
 * @module
 */

import { compareBytes, concat, hasLoneSurrogate, lengthPrefixed16, parseUtf8, readU16, u16, utf8 } from './bytes.ts'
import { MessageFormatError } from './errors.ts'

/** Names and values. What esdk hands out is frozen and has no prototype: `toString` is a key like any other. */
export type EncryptionContext = Readonly<Record<string, string>>

/** Keys that begin like this belong to the format; callers may not use them. */
export const reservedContextPrefix = 'aws-crypto-'

/** Where the public key of a signed message stands in its context. */
export const publicKeyContextKey = 'aws-crypto-public-key'

/** The context without pairs. */
export const emptyContext: EncryptionContext = /* @__PURE__ */ Object.freeze(Object.create(null))

/** Compares two keys or values as the format sorts them: by their UTF-8 bytes, not by UTF-16 units or a locale. */
export function compareUtf8(a: string, b: string): number {
  return compareBytes(utf8(a), utf8(b))
}

/** A frozen context of these pairs, without a prototype. Later pairs replace earlier ones of the same key. */
export function contextOf(pairs: Iterable<readonly [string, string]>): EncryptionContext {
  const context: Record<string, string> = Object.create(null)
  for (const [key, value] of pairs) context[key] = value
  return Object.freeze(context)
}

/**
 * A frozen copy of what a caller gave, checked once: each value is read one time, so it cannot change afterwards.
 *
 * @throws TypeError - not an object of strings, or a string that is not well-formed Unicode
 */
export function copyContext(context: EncryptionContext): EncryptionContext {
  if (typeof context !== 'object' || context === null || Array.isArray(context)) {
    throw new TypeError('encryptionContext must be an object whose values are strings')
  }
  const entries = Object.entries(context)
  for (const [key, value] of entries) {
    if (typeof value !== 'string') {
      throw new TypeError(`encryptionContext[${JSON.stringify(key)}] must be a string, found ${typeof value}`)
    }
    if (hasLoneSurrogate(key) || hasLoneSurrogate(value)) {
      throw new TypeError(`encryptionContext[${JSON.stringify(key)}] holds half a surrogate pair: it has no UTF-8 form`)
    }
  }
  return contextOf(entries)
}

/**
 * The bytes of a context, pairs sorted by the UTF-8 bytes of their key.
 *
 * @throws RangeError - more than 65535 bytes in all: the format has no room for them
 */
export function encodeContext(context: EncryptionContext): Uint8Array<ArrayBuffer> {
  const pairs = Object.entries(context).map(([key, value]) => [utf8(key), utf8(value)] as const)
  return encodePairs(pairs.sort(([a], [b]) => compareBytes(a, b)))
}

/** The bytes of pairs in the order given: for readers of what others wrote in another order. */
export function encodePairs(pairs: readonly (readonly [key: Uint8Array, value: Uint8Array])[]): Uint8Array<ArrayBuffer> {
  if (pairs.length === 0) return new Uint8Array(0)
  const length = pairs.reduce((sum, [key, value]) => sum + 4 + key.length + value.length, 2)
  if (length > 0xffff) {
    throw new RangeError(`the encryption context takes ${length} bytes, the format has room for 65535`)
  }
  return concat(u16(pairs.length), ...pairs.flatMap(([key, value]) => [lengthPrefixed16(key), lengthPrefixed16(value)]))
}

/**
 * The context that these bytes hold.
 *
 * Pairs out of order are read (released writers have written them); repeated keys, counts and lengths that do not add
 * up, and what is not UTF-8, are refused.
 *
 * @throws MessageFormatError - `ERR_ESDK_HEADER_MALFORMED`
 */
export function parseContext(bytes: Uint8Array): EncryptionContext {
  if (bytes.length === 0) return emptyContext
  if (bytes.length < 2) throw malformed('is shorter than its count')
  const count = readU16(bytes)
  if (count === 0) throw malformed('is not empty, yet counts no pairs')
  const context: Record<string, string> = Object.create(null)
  let offset = 2
  const field = (): string => {
    const end = offset + 2 + (offset + 2 <= bytes.length ? readU16(bytes, offset) : 0)
    if (end > bytes.length || offset + 2 > bytes.length) throw malformed(`ends within pair ${size(context) + 1} of ${count}`)
    const text = parseUtf8(bytes.subarray(offset + 2, end))
    if (text === undefined) throw malformed(`holds bytes that are not UTF-8, in pair ${size(context) + 1}`)
    offset = end
    return text
  }
  for (let pair = 0; pair < count; pair++) {
    const key = field()
    if (key in context) throw malformed(`holds the key ${JSON.stringify(key)} twice`)
    context[key] = field()
  }
  if (offset !== bytes.length) throw malformed(`has ${bytes.length - offset} bytes after its last pair`)
  return Object.freeze(context)
}

function size(context: EncryptionContext): number {
  return Object.keys(context).length
}

function malformed(what: string): MessageFormatError {
  return new MessageFormatError('ERR_ESDK_HEADER_MALFORMED', `the encryption context ${what}`)
}
