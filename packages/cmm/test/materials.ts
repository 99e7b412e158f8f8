/**
 * Materials for keyrings to work with.
 *
 * @module
 */

import { type AlgorithmSuiteId, algorithmSuite, contextOf, type EncryptionContext } from '@esdk/serialize'
import type { EmptyDecryptionMaterials, EmptyEncryptionMaterials } from '../src/materials.ts'

/** Two pairs, in the order in which the format writes them. */
export const context: EncryptionContext = contextOf([
  ['purpose', 'backup'],
  ['tenant', '42'],
])

export function toEncrypt(
  suite: AlgorithmSuiteId = 0x0478,
  encryptionContext: EncryptionContext = context,
): EmptyEncryptionMaterials {
  return Object.freeze({
    suite: algorithmSuite(suite),
    encryptionContext,
    requiredContextKeys: new Set<string>(),
    encryptedDataKeys: Object.freeze([] as const),
  })
}

export function toDecrypt(
  suite: AlgorithmSuiteId = 0x0478,
  encryptionContext: EncryptionContext = context,
): EmptyDecryptionMaterials {
  return Object.freeze({ suite: algorithmSuite(suite), encryptionContext, requiredContextKeys: new Set<string>() })
}

/** The bytes of hexadecimal text; white space is for the reader. */
export function fromHex(text: string): Uint8Array<ArrayBuffer> {
  const digits = text.replace(/\s+/g, '')
  return Uint8Array.from({ length: digits.length / 2 }, (_, i) => Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16))
}

/** `length` bytes `first`, `first` + 1 ... */
export function counting(length: number, first = 0): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length }, (_, i) => first + i)
}
