/**
 * The loop of an `onDecrypt`: message order, first success, all failures.
 *
 * @module
 */

import type { Awaitable } from '@esdk/crypto-backend'
import type { EncryptedDataKey } from '@esdk/serialize'
import type { DataKey } from './data-key.ts'
import { NoDataKeyError } from './errors.ts'
import type { CallOptions } from './keyring.ts'
import {
  checkNoDataKey,
  type EmptyDecryptionMaterials,
  type ReadyDecryptionMaterials,
  withUnwrappedDataKey,
} from './materials.ts'

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
  unwrap: (key: EncryptedDataKey) => Awaitable<DataKey | undefined>,
): Promise<ReadyDecryptionMaterials> {
  checkNoDataKey(materials)
  const attempts: unknown[] = []
  for (const key of encryptedDataKeys) {
    options?.signal?.throwIfAborted()
    try {
      const unwrapped = unwrap(key)
      const dataKey = unwrapped instanceof Promise ? await unwrapped : unwrapped
      if (dataKey !== undefined) return withUnwrappedDataKey(materials, dataKey, key)
    } catch (error) {
      attempts.push(error)
    }
  }
  // The last key may have failed for no other reason.
  options?.signal?.throwIfAborted()
  throw new NoDataKeyError(encryptedDataKeys, attempts, wanted)
}
