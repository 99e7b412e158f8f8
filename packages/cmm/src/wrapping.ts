/**
 * What keyrings that wrap data keys by themselves have in common. They differ in how they find their keys.
 *
 * @module
 */

import { type Awaitable, andThen, type CryptoBackend } from '@esdk/crypto-backend'
import type { EncryptedDataKey } from '@esdk/serialize'
import { DataKey } from './data-key.ts'
import { UnwrapError } from './errors.ts'
import {
  type EncryptionMaterials,
  type ReadyEncryptionMaterials,
  withGeneratedDataKey,
  withWrappedDataKey,
} from './materials.ts'

/** A wrapped data key, and what is written beside it. */
export type WrappedKey = Pick<EncryptedDataKey, 'providerInfo' | 'ciphertext'>

/** Make a data key if there is none, wrap it, and add the result to the materials. */
export function wrapInto(
  materials: EncryptionMaterials,
  providerId: string,
  backend: Pick<CryptoBackend, 'randomBytes'>,
  wrap: (dataKey: Uint8Array) => Awaitable<WrappedKey>,
): Awaitable<ReadyEncryptionMaterials> {
  if (materials.dataKey !== undefined) {
    return andThen(wrap(materials.dataKey.expose()), ({ providerInfo, ciphertext }) =>
      withWrappedDataKey(materials, { providerId, providerInfo, ciphertext }),
    )
  }
  const dataKey = newDataKey(backend, materials.suite.keyLength)
  return zeroingOnFailure(dataKey, () =>
    andThen(wrap(dataKey.expose()), ({ providerInfo, ciphertext }) =>
      withGeneratedDataKey(materials, dataKey, { providerId, providerInfo, ciphertext }),
    ),
  )
}

function zeroingOnFailure<Value>(dataKey: DataKey, use: () => Awaitable<Value>): Awaitable<Value> {
  const fail = (error: unknown): never => {
    dataKey.zero()
    throw error
  }
  try {
    const value = use()
    return value instanceof Promise ? value.catch(fail) : value
  } catch (error) {
    return fail(error)
  }
}

/** A data key of random bytes. */
export function newDataKey(backend: Pick<CryptoBackend, 'randomBytes'>, length: number): DataKey {
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
