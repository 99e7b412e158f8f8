/**
 * Keys that were computed before: two hashes cost as much as a keyring that wraps a key.
 *
 * @module
 */

import type { EncryptionMaterialsRequest } from '@esdk/cmm'
import type { Awaitable } from '@esdk/crypto-backend'

const mostKeys = 256
const longestText = 1024

/** Remembers the keys of some short requests to encrypt. */
export class KnownKeys {
  readonly #keys = new Map<string, string>()

  /** The key of an equal request, or what `compute` gives. */
  async of(request: EncryptionMaterialsRequest, compute: () => Awaitable<string>): Promise<string> {
    const text = textOf(request)
    const known = this.#keys.get(text)
    if (known !== undefined) return known
    const key = await compute()
    if (text.length > longestText) return key
    if (this.#keys.size >= mostKeys) this.#keys.clear()
    this.#keys.set(text, key)
    return key
  }
}

/** All that the key is made of. Other orders of the same pairs give other texts, and the same key. */
function textOf({
  commitmentPolicy,
  suite,
  encryptionContext,
  requiredContextKeys,
}: EncryptionMaterialsRequest): string {
  return JSON.stringify([
    commitmentPolicy,
    suite?.id ?? null,
    encryptionContext,
    requiredContextKeys === undefined ? [] : [...requiredContextKeys],
  ])
}
