/**
 * What stands beside a wrapped data key: the encryption context of AWS KMS, or the material description of another key.
 * Both are stored as a JSON object of strings.
 *
 * @module
 */

import { contextOf, copyContext, type EncryptionContext } from '@esdk/cmm'
import { encodeAsciiJson, parseFlatObject } from './flat-json.ts'

/**
 * The pairs of a stored description, frozen and without a prototype.
 *
 * @param refusal - makes the error for what is something else
 */
export function parseDescription(json: string, refusal: (what: string) => Error): EncryptionContext {
  const pairs = parseFlatObject(json, refusal)
  const strings = pairs.filter((pair): pair is [string, string] => typeof pair[1] === 'string')
  if (strings.length < pairs.length) throw refusal('holds a value that is not a string')
  if (strings.some((pair) => pair.some(hasLoneSurrogate))) throw refusal('holds half a surrogate pair')
  return contextOf(strings)
}

/**
 * A description as it is stored.
 *
 * @throws TypeError - not an object of strings, or a string that is not well-formed Unicode
 */
export function encodeDescription(description: EncryptionContext): string {
  return encodeAsciiJson(copyContext(description, 'the description of the data key'))
}

/** Such a string has no UTF-8 form, and AWS KMS gets UTF-8. */
function hasLoneSurrogate(text: string): boolean {
  return /\p{Surrogate}/u.test(text)
}
