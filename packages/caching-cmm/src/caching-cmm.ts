/**
 * A materials manager that uses data keys more than once, within limits.
 *
 * Spec: framework/caching-cmm.md
 *
 * @module
 */

import {
  type CryptographicMaterialsManager,
  checkDecryptionMaterials,
  checkEncryptionMaterials,
  type DecryptionMaterialsRequest,
  type EncryptedDataKey,
  type EncryptionMaterialsRequest,
  type ReadyDecryptionMaterials,
  type ReadyEncryptionMaterials,
} from '@esdk/cmm'
import { copyContext, type EncryptionContext, sameBytes } from '@esdk/serialize'
import { decryptionKey, encryptionKey } from './entry-key.ts'
import { KnownKeys } from './known-keys.ts'
import { noUse } from './materials-cache.ts'
import { type CachingCmmOptions, checkOptions } from './options.ts'
import { SharedCalls } from './shared-calls.ts'

/** A caching materials manager, and what it has done so far. */
export interface CachingCmm extends CryptographicMaterialsManager {
  readonly statistics: CachingStatistics
}

/** Encryption and decryption together. */
export interface CachingStatistics {
  /** Requests that were answered from the cache. */
  readonly hits: number
  /** Requests that made a call of the inner materials manager, to be shared and kept. */
  readonly misses: number
  /** Requests that waited for the call of another. */
  readonly joined: number
  /** Requests that were passed on, since their materials may not be kept. */
  readonly bypassed: number
  /** Calls that renewed an entry before it expired. */
  readonly refreshes: number
  /** Calls that failed. */
  readonly failures: number
  /** What the cache itself failed at. */
  readonly cacheFailures: number
  /** Entries that the cache dropped to make room, for whomever they were kept; 0 where it does not say. */
  readonly evictions: number
  /** Requests that wait for a call now. */
  readonly waiting: number
}

/**
 * A materials manager that asks `cmm`, or `keyring`, once for many messages.
 *
 * Suites without key derivation, and plaintext whose length is not known, always get materials of their own.
 *
 * @throws TypeError, RangeError - an option that is not as documented
 */
export function cachingCmm(options: CachingCmmOptions): CachingCmm {
  const settings = checkOptions(options)
  const { cmm, cache, maxBytes, partitionId, backend } = settings
  const encryption = new SharedCalls<ReadyEncryptionMaterials>(settings)
  const decryption = new SharedCalls<ReadyDecryptionMaterials>(settings)
  const keys = new KnownKeys()
  let bypassed = 0

  function getEncryptionMaterialsAlone(request: EncryptionMaterialsRequest): Promise<ReadyEncryptionMaterials> {
    bypassed++
    return cmm.getEncryptionMaterials(request)
  }

  function decryptMaterialsAlone(request: DecryptionMaterialsRequest): Promise<ReadyDecryptionMaterials> {
    bypassed++
    return cmm.decryptMaterials(request)
  }

  return {
    async getEncryptionMaterials(request) {
      const { suite, maxPlaintextLength: bytes, signal } = request
      signal?.throwIfAborted()
      if (cache.keepsNothing || suite?.kdf.kind === 'identity' || bytes === undefined || bytes > maxBytes) {
        return getEncryptionMaterialsAlone(request)
      }
      const shared = sharedEncryptionRequest(request)
      const key = await keys.of(shared, () => encryptionKey(backend, partitionId, shared))
      const call = async (signal: AbortSignal) =>
        checkEncryptionMaterials(shared, await cmm.getEncryptionMaterials({ ...shared, signal }))
      const alone = () => getEncryptionMaterialsAlone(request)
      return encryption.obtain(key, { messages: 1, bytes }, call, alone, signal)
    },

    async decryptMaterials(request) {
      const { suite, signal } = request
      signal?.throwIfAborted()
      if (cache.keepsNothing || suite.kdf.kind === 'identity') return decryptMaterialsAlone(request)
      const shared = sharedDecryptionRequest(request)
      const key = await decryptionKey(backend, partitionId, shared)
      const call = async (signal: AbortSignal) =>
        checkDecryptionMaterials(shared, await cmm.decryptMaterials({ ...shared, signal }))
      const alone = () => decryptMaterialsAlone(request)
      return withKeyOf(request, await decryption.obtain(key, noUse, call, alone, signal))
    },

    get statistics() {
      const both = (name: keyof typeof encryption.counts) => encryption.counts[name] + decryption.counts[name]
      return Object.freeze({
        hits: both('hits'),
        misses: both('misses'),
        joined: both('joined'),
        bypassed,
        refreshes: both('refreshes'),
        failures: both('failures'),
        cacheFailures: both('cacheFailures'),
        evictions: cache.statistics?.evictions ?? 0,
        waiting: encryption.waiting + decryption.waiting,
      })
    },
  }
}

/**
 * The request as it is now, whatever is done to it later; without what belongs to one message alone: its signal, and the
 * length of its plaintext.
 */
function sharedEncryptionRequest({
  commitmentPolicy,
  encryptionContext,
  requiredContextKeys,
  suite,
}: EncryptionMaterialsRequest): EncryptionMaterialsRequest {
  return Object.freeze({
    commitmentPolicy,
    encryptionContext: ownContext(encryptionContext),
    ...(requiredContextKeys && { requiredContextKeys: new Set(requiredContextKeys) }),
    ...(suite && { suite }),
  })
}

function sharedDecryptionRequest({
  commitmentPolicy,
  suite,
  encryptedDataKeys,
  encryptionContext,
  reproducedContext,
}: DecryptionMaterialsRequest): DecryptionMaterialsRequest {
  return Object.freeze({
    commitmentPolicy,
    suite,
    encryptedDataKeys: Object.freeze(encryptedDataKeys.map(ownKey)),
    encryptionContext: ownContext(encryptionContext),
    ...(reproducedContext && { reproducedContext: ownContext(reproducedContext) }),
  })
}

function ownContext(context: EncryptionContext): EncryptionContext {
  return Object.isFrozen(context) ? context : copyContext(context)
}

function ownKey({ providerId, providerInfo, ciphertext }: EncryptedDataKey): EncryptedDataKey {
  return Object.freeze({
    providerId,
    providerInfo: new Uint8Array(providerInfo),
    ciphertext: new Uint8Array(ciphertext),
  })
}

/** The materials name one of the keys that this request has, not its equal of an earlier one. */
function withKeyOf(
  { encryptedDataKeys }: DecryptionMaterialsRequest,
  { encryptedDataKey: used, ...materials }: ReadyDecryptionMaterials,
): ReadyDecryptionMaterials {
  const encryptedDataKey = used && encryptedDataKeys.find((key) => isSameKey(key, used))
  return Object.freeze({ ...materials, ...(encryptedDataKey && { encryptedDataKey }) })
}

function isSameKey(a: EncryptedDataKey, b: EncryptedDataKey): boolean {
  return (
    a.providerId === b.providerId && sameBytes(a.providerInfo, b.providerInfo) && sameBytes(a.ciphertext, b.ciphertext)
  )
}
