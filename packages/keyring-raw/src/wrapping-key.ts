/**
 * One key that wraps data keys. The keyrings of this package differ in how they find theirs.
 *
 * @module
 */

import { DataKey, type EncryptedDataKey, type EncryptionMaterials, type ReadyEncryptionMaterials } from '@esdk/cmm'
import { UnwrapError, withGeneratedDataKey, withWrappedDataKey } from '@esdk/cmm'
import type { CryptoBackend } from '@esdk/crypto-backend'

/** A wrapped data key, and what is written beside it. */
export type WrappedKey = Pick<EncryptedDataKey, 'providerInfo' | 'ciphertext'>

/** Make a data key if there is none, wrap it, and add the result to the materials. */
export async function wrapInto(
  materials: EncryptionMaterials,
  providerId: string,
  backend: Pick<CryptoBackend, 'randomBytes'>,
  wrap: (dataKey: Uint8Array) => Promise<WrappedKey>,
): Promise<ReadyEncryptionMaterials> {
  if (materials.dataKey !== undefined) {
    const { providerInfo, ciphertext } = await wrap(materials.dataKey.expose())
    return withWrappedDataKey(materials, { providerId, providerInfo, ciphertext })
  }
  const dataKey = newDataKey(backend, materials.suite.keyLength)
  try {
    const { providerInfo, ciphertext } = await wrap(dataKey.expose())
    return withGeneratedDataKey(materials, dataKey, { providerId, providerInfo, ciphertext })
  } catch (error) {
    dataKey.zero()
    throw error
  }
}

function newDataKey(backend: Pick<CryptoBackend, 'randomBytes'>, length: number): DataKey {
  const bytes = backend.randomBytes(length)
  const dataKey = new DataKey(bytes)
  bytes.fill(0)
  return dataKey
}

/**
 * The data key that was unwrapped from `key`; the bytes are zeroed.
 *
 * @throws UnwrapError - nothing was unwrapped, or a key of another length than the suite takes
 */
export function unwrappedKey(key: EncryptedDataKey, bytes: Uint8Array | undefined, keyLength: number): DataKey {
  // One text for all: which check failed is nobody's business.
  if (bytes?.length !== keyLength) {
    bytes?.fill(0)
    throw new UnwrapError(key, 'it does not unwrap: another wrapping key, another encryption context, or changed bytes')
  }
  const dataKey = new DataKey(bytes)
  bytes.fill(0)
  return dataKey
}
