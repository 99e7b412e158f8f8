/**
 * The loop of every `onDecrypt` here: message order, first success, all failures.
 *
 * @module
 */

import {
  type CallOptions,
  type DataKey,
  type EmptyDecryptionMaterials,
  type EncryptedDataKey,
  NoDataKeyError,
  type ReadyDecryptionMaterials,
  checkNoDataKey,
  withUnwrappedDataKey,
} from '@esdk/cmm'

/**
 * Materials with the first data key that `unwrap` gives. It resolves to `undefined` for keys that are not its own, and
 * rejects when one of its own does not open.
 *
 * @param wanted - which keys the keyring is for, to be shown when there is none
 * @throws NoDataKeyError - with one attempt for each key that did not open
 */
export async function unwrapFirst(
  materials: EmptyDecryptionMaterials,
  encryptedDataKeys: readonly EncryptedDataKey[],
  options: CallOptions | undefined,
  wanted: string,
  unwrap: (key: EncryptedDataKey) => Promise<DataKey | undefined>,
): Promise<ReadyDecryptionMaterials> {
  checkNoDataKey(materials)
  const attempts: unknown[] = []
  for (const key of encryptedDataKeys) {
    options?.signal?.throwIfAborted()
    try {
      const dataKey = await unwrap(key)
      if (dataKey !== undefined) return withUnwrappedDataKey(materials, dataKey, key)
    } catch (error) {
      attempts.push(error)
    }
  }
  throw new NoDataKeyError(encryptedDataKeys, attempts, wanted)
}
