/**
 * How long the plaintext of an object is.
 *
 * @module
 */

import { contentSuites } from './content-suite.ts'
import type { Envelope } from './envelope.ts'
import { ObjectNotAuthenticError } from './errors.ts'

/**
 * Bytes of plaintext in a body of `bodyLength` bytes; `undefined` for CBC, whose padding is known when it is decrypted.
 *
 * What metadata says of the length is nobody's word, and not used.
 *
 * @throws ObjectNotAuthenticError - the body is shorter than its tag
 */
export function plaintextLength({ content }: Pick<Envelope, 'content'>, bodyLength: number): number | undefined {
  if (content.kind === 'cbc') return undefined
  const length = bodyLength - contentSuites[content.kind].tagLength
  if (length < 0) throw new ObjectNotAuthenticError('body')
  return length
}
