/**
 * Materials for keyrings to work with, and bytes to compare theirs with.
 *
 * @module
 */

import type { EmptyDecryptionMaterials, EmptyEncryptionMaterials, EncryptedDataKey, Keyring } from '@esdk/cmm'
import { type AlgorithmSuiteId, algorithmSuite, contextOf, type EncryptionContext } from '@esdk/serialize'

/** Two pairs, in the order in which the format writes them. */
export const context: EncryptionContext = contextOf([
  ['purpose', 'backup'],
  ['tenant', '42'],
])

/** {@link context}, as framework/structures.md lays it out. */
export const contextBytes: Uint8Array<ArrayBuffer> = fromHex(
  '0002  0007 707572706f7365 0006 6261636b7570  0006 74656e616e74 0002 3432',
)

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

/** What a keyring makes of a new data key: its bytes, and the only encrypted data key. */
export async function wrappedBy(
  keyring: Keyring,
  suite?: AlgorithmSuiteId,
): Promise<{ readonly dataKey: Uint8Array; readonly edk: EncryptedDataKey }> {
  const { dataKey, encryptedDataKeys } = await keyring.onEncrypt(toEncrypt(suite))
  return { dataKey: new Uint8Array(dataKey.expose()), edk: encryptedDataKeys[0] }
}

/** The bytes of the data key that a keyring unwraps. */
export async function unwrappedBy(
  keyring: Keyring,
  keys: readonly EncryptedDataKey[],
  materials: EmptyDecryptionMaterials = toDecrypt(),
): Promise<Uint8Array> {
  return new Uint8Array((await keyring.onDecrypt(materials, keys)).dataKey.expose())
}

/** How many keys a keyring tried in vain. Throws when it unwraps one. */
export async function attemptsOf(keyring: Keyring, keys: readonly EncryptedDataKey[]): Promise<readonly unknown[]> {
  const error = await keyring.onDecrypt(toDecrypt(), keys).then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (error instanceof Error && 'attempts' in error) return error.attempts as readonly unknown[]
  throw new Error(`expected a NoDataKeyError, found ${String(error)}`)
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
