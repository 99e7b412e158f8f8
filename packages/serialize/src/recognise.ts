/**
 * What bytes are that are not a message: the mistakes people make, named.
 *
 * Spec: client-apis/decrypt.md, "Encrypted Message Format"
 *
 * @module
 */

import { MessageFormatError } from './errors.ts'

/** How many of the first bytes {@link checkMessageStart} looks at. */
export const recognisedLength = 8

const kmsCiphertext = ['an AWS KMS ciphertext, not a message', 'call KMS Decrypt, not esdk'] as const

/** Texts by how they begin, what they are, and what to do. */
const texts: readonly (readonly [pattern: RegExp, what: string, remedy: string])[] = [
  // In format 2, `Ag`, a character that depends on the suite, and `4` for the 78 that suites of 256 bits end with.
  [/^(AY|Ag[A-Za-z0-9+/]4)/, 'the base64 text of a message', 'decode the base64 first'],
  [/^(0180|020[45]78)/, 'the hexadecimal text of a message', 'decode the hexadecimal first'],
  [/^AQ[IE]C/, 'the base64 text of an AWS KMS ciphertext', 'decode it and call KMS Decrypt, not esdk'],
  [/^-----/, 'PEM text', 'give the encrypted message, not a key'],
  [/^age-encr/, 'a file of age', 'decrypt it with age'],
  [/^[\t\r\n -~]+$/, 'plain text', 'is it encrypted at all?'],
]

/**
 * Refuses input that is recognisably something else than a message. Looks at the first 8 bytes, or as many as there are.
 *
 * @throws MessageFormatError - `ERR_ESDK_NOT_A_MESSAGE`, saying what it is and what to do
 */
export function checkMessageStart(bytes: Uint8Array): void {
  if (bytes.length === 0) {
    throw new MessageFormatError(
      'ERR_ESDK_TRUNCATED',
      'the input is empty: even an encrypted empty file has a header; was it written to the end?',
    )
  }
  const [first, second] = bytes
  if (first === 2 || (first === 1 && second === 0x80)) return
  if (isKmsCiphertext(bytes)) throw notAMessage(...kmsCiphertext)
  const start = String.fromCharCode(...bytes.subarray(0, recognisedLength))
  for (const [pattern, what, remedy] of texts) {
    if (pattern.test(start)) throw notAMessage(what, remedy)
  }
}

/** `01 01 02 00` and `01 02 02 00` begin the ciphertexts of symmetric KMS keys. */
function isKmsCiphertext(bytes: Uint8Array): boolean {
  const [first, second, third, fourth] = bytes
  return first === 1 && (second === 1 || second === 2) && third === 2 && fourth === 0
}

function notAMessage(what: string, remedy: string): MessageFormatError {
  return new MessageFormatError('ERR_ESDK_NOT_A_MESSAGE', `the input looks like ${what}: ${remedy}`)
}
