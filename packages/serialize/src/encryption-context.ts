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

import { ByteWriter, compareBytes, hasLoneSurrogate, parseUtf8, readU16, utf8 } from './bytes.ts'
import { MessageFormatError } from './errors.ts'

/** Names and values. What esdk hands out is frozen and has no prototype: `toString` is a key like any other. */
export type EncryptionContext = Readonly<Record<string, string>>

/** Keys that begin like this belong to the format; callers may not use them. */
export const reservedContextPrefix = 'aws-crypto-'

/** Where the public key of a signed message stands in its context. */
export const publicKeyContextKey = 'aws-crypto-public-key'

/** Most bytes of a context: its length is written in 16 bits. */
const longestContext = 0xffff

/** The context without pairs. */
export const emptyContext: EncryptionContext = /* @__PURE__ */ Object.freeze(
  Object.create(null) as Record<string, string>,
)

/** Compares two keys or values as the format sorts them: by their UTF-8 bytes, not by UTF-16 units or a locale. */
export function compareUtf8(a: string, b: string): number {
  return compareBytes(utf8(a), utf8(b))
}

/** A frozen context of these pairs, without a prototype. Later pairs replace earlier ones of the same key. */
export function contextOf(pairs: Iterable<readonly [string, string]>): EncryptionContext {
  const context = Object.create(null) as Record<string, string>
  for (const [key, value] of pairs) context[key] = value
  return Object.freeze(context)
}

/**
 * A frozen copy of what a caller gave, checked once: each value is read one time, so it cannot change afterwards.
 *
 * @param name - what the caller calls it
 * @throws TypeError - not an object of strings, or a string that is not well-formed Unicode
 */
export function copyContext(context: EncryptionContext, name = 'encryptionContext'): EncryptionContext {
  if (typeof context !== 'object' || context === null || Array.isArray(context)) {
    throw new TypeError(`${name} must be an object whose values are strings`)
  }
  const entries = Object.entries(context)
  for (const [key, value] of entries) {
    if (typeof value !== 'string') {
      throw new TypeError(`${name}[${JSON.stringify(key)}] must be a string, found ${typeof value}`)
    }
    if (hasLoneSurrogate(key) || hasLoneSurrogate(value)) {
      throw new TypeError(`${name}[${JSON.stringify(key)}] holds half a surrogate pair: it has no UTF-8 form`)
    }
  }
  return contextOf(entries)
}

/**
 * The last context that was encoded or parsed, if it cannot change: a message needs its bytes several times in a row,
 * and one comparison costs less than any map.
 */
let last: { readonly context: EncryptionContext; readonly bytes: Uint8Array<ArrayBuffer> } | undefined

/**
 * The bytes of a context, pairs sorted by the UTF-8 bytes of their key.
 *
 * @throws RangeError - more than 65535 bytes in all: the format has no room for them
 */
export function encodeContext(context: EncryptionContext): Uint8Array<ArrayBuffer> {
  if (last?.context === context) return new Uint8Array(last.bytes)
  const pairs: (readonly [Uint8Array, Uint8Array])[] = []
  for (const [key, value] of Object.entries(context)) pairs.push([utf8(key), utf8(value)])
  const bytes = encodePairs(pairs.sort(compareKeys))
  if (!Object.isFrozen(context)) return bytes
  last = { context, bytes }
  return new Uint8Array(bytes)
}

function compareKeys([a]: readonly [Uint8Array, Uint8Array], [b]: readonly [Uint8Array, Uint8Array]): number {
  return compareBytes(a, b)
}

/** May the context be too long for the format? Tells without encoding it, and is right when it says no. */
export function mayBeTooLong(context: EncryptionContext): boolean {
  let most = 2
  // Three bytes at most for each UTF-16 unit.
  for (const [key, value] of Object.entries(context)) most += 4 + 3 * (key.length + value.length)
  return most > longestContext
}

/** The bytes of pairs in the order given: for readers of what others wrote in another order. */
export function encodePairs(
  pairs: readonly (readonly [key: Uint8Array, value: Uint8Array])[],
): Uint8Array<ArrayBuffer> {
  if (pairs.length === 0) return new Uint8Array(0)
  let length = 2
  for (const [key, value] of pairs) length += 4 + key.length + value.length
  if (length > longestContext) {
    throw new RangeError(`the encryption context takes ${length} bytes, the format has room for 65535`)
  }
  const writer = new ByteWriter(length).u16(pairs.length)
  for (const [key, value] of pairs) writer.bytes16(key).bytes16(value)
  return writer.bytes
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
  const context = Object.create(null) as Record<string, string>
  let offset = 2
  const field = (): Uint8Array => {
    const start = offset + 2
    const end = start <= bytes.length ? start + readU16(bytes, offset) : start
    if (end > bytes.length) throw malformed(`ends within pair ${size(context) + 1} of ${count}`)
    offset = end
    return bytes.subarray(start, end)
  }
  let sorted = true
  let previous: Uint8Array | undefined
  for (let pair = 0; pair < count; pair++) {
    const keyBytes = field()
    const key = text(keyBytes, pair)
    if (key in context) throw malformed(`holds the key ${JSON.stringify(key)} twice`)
    context[key] = text(field(), pair)
    sorted &&= previous === undefined || compareBytes(previous, keyBytes) < 0
    previous = keyBytes
  }
  if (offset !== bytes.length) throw malformed(`has ${bytes.length - offset} bytes after its last pair`)
  Object.freeze(context)
  if (sorted) last = { context, bytes: new Uint8Array(bytes) }
  return context
}

function text(bytes: Uint8Array, pair: number): string {
  const value = parseUtf8(bytes)
  if (value === undefined) throw malformed(`holds bytes that are not UTF-8, in pair ${pair + 1}`)
  return value
}

function size(context: EncryptionContext): number {
  return Object.keys(context).length
}

function malformed(what: string): MessageFormatError {
  return new MessageFormatError('ERR_ESDK_HEADER_MALFORMED', `the encryption context ${what}`)
}
