/**
 * How a raw key is named in a message: by a namespace, and a name in it.
 *
 * @module
 */

import { quote } from '@esdk/cmm'
import { hex, parseUtf8, utf8 } from '@esdk/serialize'

/** A key's name: text, or the bytes that another implementation used. */
export type KeyName = string | Uint8Array

/** Namespace and name, checked. */
export interface RawKeyId {
  /** The provider id of the encrypted data keys. */
  readonly namespace: string
  /** The name as it is written in a message. */
  readonly name: Uint8Array
}

/**
 * @throws TypeError - an empty namespace or name, or a namespace that belongs to AWS KMS
 */
export function checkKeyId(namespace: string, name: KeyName): RawKeyId {
  return { namespace: checkNamespace(namespace), name: checkName(name) }
}

/** @throws TypeError - empty, no text, text without a UTF-8 form, or a namespace that belongs to AWS KMS */
export function checkNamespace(namespace: string): string {
  if (typeof namespace !== 'string' || namespace.length === 0) {
    throw new TypeError(`namespace must be a text that is not empty, found ${JSON.stringify(namespace)}`)
  }
  checkWellFormed('namespace', namespace)
  if (namespace.startsWith('aws-kms')) {
    throw new TypeError(
      `the namespace ${quote(namespace)} belongs to AWS KMS: choose one that does not begin with "aws-kms"`,
    )
  }
  return namespace
}

/** @throws TypeError - empty, neither text nor bytes, or text without a UTF-8 form */
export function checkName(name: KeyName): Uint8Array {
  const isText = typeof name === 'string'
  if ((!isText && !(name instanceof Uint8Array)) || name.length === 0) {
    throw new TypeError('name must be a text, or bytes, and not empty')
  }
  if (!isText) return new Uint8Array(name)
  checkWellFormed('name', name)
  return utf8(name)
}

/** A message would hold another text, and its keys would be found by nobody. */
function checkWellFormed(what: string, text: string): void {
  if (parseUtf8(utf8(text)) === text) return
  throw new TypeError(`the ${what} ${quote(text)} holds half a surrogate pair: it has no UTF-8 form`)
}

/** Namespace and name, fit to be shown. */
export function describeKeyId({ namespace, name }: RawKeyId): string {
  const text = parseUtf8(name)
  return `${quote(namespace)} / ${text === undefined ? hex(name) : quote(text)}`
}
