/**
 * A keyring that counts, and can be held up: what it wraps is kept in a map, under a number that stands in the message.
 *
 * @module
 */

import {
  checkNoDataKey,
  DataKey,
  type EmptyDecryptionMaterials,
  type EncryptedDataKey,
  type EncryptionMaterials,
  type Keyring,
  NoDataKeyError,
  type ReadyDecryptionMaterials,
  type ReadyEncryptionMaterials,
  UnwrapError,
  withGeneratedDataKey,
  withUnwrappedDataKey,
  withWrappedDataKey,
} from '@esdk/cmm'
import { defaultBackend } from '@esdk/crypto-backend'
import { encodeContext, hex } from '@esdk/serialize'

export class CountedKeyring implements Keyring {
  /** Calls so far. */
  calls = 0
  /** What each call waits for, or fails with. */
  before: (signal: AbortSignal | undefined) => Promise<void> | void = () => {}
  /** Every data key that was handed out, to see what becomes of it. */
  readonly handedOut: DataKey[] = []
  readonly #wrapped = new Map<string, { readonly key: Uint8Array; readonly context: string }>()

  async onEncrypt(
    materials: EncryptionMaterials,
    { signal }: { readonly signal?: AbortSignal } = {},
  ): Promise<ReadyEncryptionMaterials> {
    await this.#begin(signal)
    const dataKey = materials.dataKey ?? new DataKey(defaultBackend.randomBytes(materials.suite.keyLength))
    const ciphertext = defaultBackend.randomBytes(16)
    const context = hex(encodeContext(materials.encryptionContext))
    this.#wrapped.set(hex(ciphertext), { key: new Uint8Array(dataKey.expose()), context })
    const wrapped = { providerId: 'counted', providerInfo: new Uint8Array(0), ciphertext }
    if (materials.dataKey !== undefined) return withWrappedDataKey(materials, wrapped)
    this.handedOut.push(dataKey)
    return withGeneratedDataKey(materials, dataKey, wrapped)
  }

  async onDecrypt(
    materials: EmptyDecryptionMaterials,
    encryptedDataKeys: readonly EncryptedDataKey[],
    { signal }: { readonly signal?: AbortSignal } = {},
  ): Promise<ReadyDecryptionMaterials> {
    checkNoDataKey(materials)
    await this.#begin(signal)
    const context = hex(encodeContext(materials.encryptionContext))
    const attempts: unknown[] = []
    for (const candidate of encryptedDataKeys) {
      if (candidate.providerId !== 'counted') continue
      const wrapped = this.#wrapped.get(hex(candidate.ciphertext))
      if (wrapped?.context === context) return withUnwrappedDataKey(materials, new DataKey(wrapped.key), candidate)
      attempts.push(new UnwrapError(candidate, 'it is not known'))
    }
    throw new NoDataKeyError(encryptedDataKeys, attempts, 'counted')
  }

  async #begin(signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted()
    this.calls++
    await this.before(signal)
  }
}

/** A promise that is settled by hand. */
export interface Gate {
  readonly opened: Promise<void>
  open(): void
  fail(reason: unknown): void
}

export function gate(): Gate {
  let open: () => void = () => {}
  let fail: (reason: unknown) => void = () => {}
  const opened = new Promise<void>((resolve, reject) => {
    open = resolve
    fail = reject
  })
  return { opened, open: () => open(), fail: (reason) => fail(reason) }
}

/** A clock that is set by hand. Milliseconds. */
export class HandClock {
  time = 0
  readonly now = (): number => this.time
}
