/**
 * Several keyrings as one: any of them can decrypt what they encrypt together.
 *
 * The generator makes and wraps the data key; then the children wrap it all at once, and their keys stand in the
 * message in the order of the children. (The specification passes the materials from child to child; the result is
 * the same, and the slowest child sets the time instead of the sum.)
 *
 * Spec: framework/multi-keyring.md
 *
 * @module
 */

import { type EncryptedDataKey, isEsdkError } from '@esdk/serialize'
import { KeyringError, NoDataKeyError } from './errors.ts'
import { type CallOptions, isKeyring, type Keyring } from './keyring.ts'
import {
  checkNoDataKey,
  type EmptyDecryptionMaterials,
  type EncryptionMaterials,
  type ReadyDecryptionMaterials,
  type ReadyEncryptionMaterials,
} from './materials.ts'

/** The keyrings to combine: at least one of the two. */
export interface MultiKeyringOptions {
  /** Makes the data key, and is the first that is asked to unwrap one. Needed to encrypt by itself. */
  readonly generator?: Keyring
  /** Wrap the same data key as well; asked in order to unwrap. */
  readonly children?: readonly Keyring[]
}

/**
 * A keyring made of others. One child that fails fails the encryption; the first that unwraps ends the decryption.
 *
 * @throws TypeError - neither generator nor children, or something that is no keyring
 */
export function multiKeyring({ generator, children = [] }: MultiKeyringOptions): Keyring {
  const keyrings = Object.freeze([...children])
  const all = generator === undefined ? keyrings : [generator, ...keyrings]
  if (all.length === 0) throw new TypeError('multiKeyring needs a generator, or children, or both')
  if (!all.every(isKeyring)) throw new TypeError('multiKeyring takes keyrings: objects with onEncrypt and onDecrypt')
  return {
    async onEncrypt(materials, options) {
      const ready = await generated(generator, materials, options)
      try {
        return await wrapWithAll(ready, keyrings, options)
      } catch (error) {
        // A data key that was given is its owner's to zero: others may be using it.
        if (generator !== undefined) ready.dataKey.zero()
        throw error
      }
    },
    onDecrypt: (materials, encryptedDataKeys, options) => unwrapWithAny(all, materials, encryptedDataKeys, options),
  }
}

async function generated(
  generator: Keyring | undefined,
  materials: EncryptionMaterials,
  options: CallOptions | undefined,
): Promise<ReadyEncryptionMaterials> {
  if (generator === undefined) {
    if (materials.dataKey !== undefined) return materials
    throw new KeyringError('this multi-keyring has no generator, and there is no data key yet: give it a generator')
  }
  if (materials.dataKey !== undefined) {
    throw new KeyringError('this multi-keyring has a generator, and there is a data key already')
  }
  const ready = await generator.onEncrypt(materials, options)
  if (ready?.dataKey === undefined || !(ready.encryptedDataKeys?.length > 0)) {
    throw new KeyringError('the generator of this multi-keyring made no data key, or did not wrap it')
  }
  return ready
}

async function wrapWithAll(
  materials: ReadyEncryptionMaterials,
  keyrings: readonly Keyring[],
  options: CallOptions | undefined,
): Promise<ReadyEncryptionMaterials> {
  const outcomes = await Promise.allSettled(keyrings.map(async (keyring) => keyring.onEncrypt(materials, options)))
  const failures = outcomes.filter((outcome) => outcome.status === 'rejected').map(({ reason }): unknown => reason)
  if (failures.length > 0) {
    throw new KeyringError(`${failures.length} of ${keyrings.length} keyrings could not wrap the data key`, failures)
  }
  const [first, ...others] = materials.encryptedDataKeys
  for (const outcome of outcomes) {
    if (outcome.status === 'fulfilled') others.push(...addedKeys(materials, outcome.value))
  }
  return Object.freeze({ ...materials, encryptedDataKeys: Object.freeze([first, ...others] as const) })
}

/** The keys that a child put behind those it was given. */
function addedKeys(before: ReadyEncryptionMaterials, after: ReadyEncryptionMaterials): readonly EncryptedDataKey[] {
  const given = before.encryptedDataKeys
  const added = after?.encryptedDataKeys?.slice(given.length) ?? []
  if (
    after?.dataKey !== before.dataKey ||
    added.length === 0 ||
    !given.every((key, i) => key === after.encryptedDataKeys[i])
  ) {
    throw new KeyringError('a keyring of this multi-keyring changed the materials it was given, or added no key')
  }
  return added
}

async function unwrapWithAny(
  keyrings: readonly Keyring[],
  materials: EmptyDecryptionMaterials,
  encryptedDataKeys: readonly EncryptedDataKey[],
  options: CallOptions | undefined,
): Promise<ReadyDecryptionMaterials> {
  checkNoDataKey(materials)
  const attempts: unknown[] = []
  for (const keyring of keyrings) {
    options?.signal?.throwIfAborted()
    try {
      const ready = await keyring.onDecrypt(materials, encryptedDataKeys, options)
      if (ready?.dataKey !== undefined) return ready
      attempts.push(new KeyringError('a keyring of this multi-keyring gave no data key, and no reason'))
    } catch (error) {
      attempts.push(...attemptsOf(error))
    }
  }
  options?.signal?.throwIfAborted()
  throw new NoDataKeyError(encryptedDataKeys, attempts, `${keyrings.length} keyrings in one`)
}

/** By code and shape: the class of a second copy of this package is as good. */
function attemptsOf(error: unknown): readonly unknown[] {
  const isNoDataKeyError = isEsdkError(error) && error.code === 'ERR_ESDK_NO_DATA_KEY' && 'attempts' in error
  return isNoDataKeyError && Array.isArray(error.attempts) ? error.attempts : [error]
}
