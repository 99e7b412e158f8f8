/**
 * The hierarchical keyring: wraps data keys with branch keys, which a branch key store keeps.
 *
 * Spec: framework/aws-kms/aws-kms-hierarchical-keyring.md
 *
 * @module
 */

import {
  type CallOptions,
  type DataKey,
  type EncryptedDataKey,
  type EncryptionContext,
  isEsdkError,
  type Keyring,
  KeyringError,
  quote,
  UnwrapError,
  unwrapFirst,
  wrapInto,
} from '@esdk/cmm'
import { type Awaitable, type CryptoBackend, defaultBackend } from '@esdk/crypto-backend'
import { sameBytes, utf8 } from '@esdk/serialize'
import { type BranchKeyCache, localBranchKeyCache } from './branch-key-cache.ts'
import {
  type BranchKeyMaterials,
  checkBranchKeyId,
  faultOfBranchKeyId,
  faultOfName,
  isUsable,
} from './branch-key-materials.ts'
import type { BranchKeyStore } from './branch-key-store.ts'
import { hierarchyProviderId, readWrapped, unwrapWithBranchKey, wrapWithBranchKey } from './branch-key-wrapping.ts'
import { cacheEntryId } from './cache-entry-id.ts'
import { BranchKeyStoreError, describeCause } from './errors.ts'
import { formatUuid, isUuid, newUuid } from './uuid.ts'

/** Tells from an encryption context which branch key is meant: one for each tenant, say. */
export type BranchKeyIdSupplier =
  | ((encryptionContext: EncryptionContext) => Awaitable<string>)
  | { getBranchKeyId(encryptionContext: EncryptionContext): Awaitable<string> }

/** What a hierarchical keyring is made of. */
export type HierarchicalKeyringOptions = {
  readonly branchKeyStore: Pick<BranchKeyStore, 'logicalKeyStoreName' | 'getActive' | 'getVersion'>
  /** Milliseconds for which a branch key is used before it is read again: how long a rotation may go unseen. */
  readonly ttlMs: number
  /** Default: one of its own, for 1000 branch keys. */
  readonly cache?: BranchKeyCache
  /** Keyrings with the same one, store name and cache share branch keys. Default: a random one, so that none does. */
  readonly partitionId?: string
  readonly backend?: CryptoBackend
} & (
  | { readonly branchKeyId: string; readonly branchKeyIdSupplier?: undefined }
  | { readonly branchKeyId?: undefined; readonly branchKeyIdSupplier: BranchKeyIdSupplier }
)

/**
 * A keyring that wraps data keys with the active version of a branch key, and unwraps them with the version that they
 * name. AWS KMS and DynamoDB are asked once in `ttlMs` for each.
 *
 * @throws TypeError - no store, neither or both of branch key id and supplier, a cache that is none
 * @throws RangeError - ttlMs is not above 0
 */
export function hierarchicalKeyring(options: HierarchicalKeyringOptions): Keyring {
  const { obtain, idFor, wanted, backend } = setUp(options)
  return {
    async onEncrypt(materials, callOptions) {
      callOptions?.signal?.throwIfAborted()
      const { encryptionContext } = materials
      const branchKeyId = await idFor(encryptionContext)
      const branchKey = await obtain(branchKeyId, undefined, callOptions).catch((error: unknown) => {
        callOptions?.signal?.throwIfAborted()
        throw new KeyringError(describeCause(error), [], { cause: error })
      })
      try {
        return await wrapInto(materials, hierarchyProviderId, backend, (dataKey) =>
          wrapWithBranchKey(backend, branchKey, encryptionContext, dataKey),
        )
      } finally {
        branchKey.branchKey.zero()
      }
    },
    async onDecrypt(materials, encryptedDataKeys, callOptions) {
      const { encryptionContext, suite } = materials
      // Only for a message that may be its own: others need not have what the supplier looks for.
      const isOurs = encryptedDataKeys.some(({ providerId }) => providerId === hierarchyProviderId)
      const branchKeyId = isOurs ? await idFor(encryptionContext) : ''
      const info = utf8(branchKeyId)
      return unwrapFirst(materials, encryptedDataKeys, callOptions, wanted(branchKeyId), (candidate) => {
        if (candidate.providerId !== hierarchyProviderId || !sameBytes(candidate.providerInfo, info)) return undefined
        return unwrap(candidate, branchKeyId)
      })

      async function unwrap(candidate: EncryptedDataKey, id: string): Promise<DataKey> {
        const version = formatUuid(readWrapped(candidate, suite.keyLength).version)
        if (!isUuid(version)) throw new UnwrapError(candidate, 'its branch key version is no UUID of version 4')
        const branchKey = await obtain(id, version, callOptions).catch((error: unknown) => {
          throw new UnwrapError(candidate, describeCause(error), { cause: error })
        })
        try {
          return await unwrapWithBranchKey(backend, branchKey, encryptionContext, candidate, suite.keyLength)
        } finally {
          branchKey.branchKey.zero()
        }
      }
    },
  }
}

function setUp(options: HierarchicalKeyringOptions) {
  const { branchKeyStore: store, ttlMs, cache = localBranchKeyCache(), backend = defaultBackend } = options
  checkParts(store, ttlMs, cache)
  const partitionId = partitionOf(options, backend)
  const { logicalKeyStoreName } = store
  return {
    backend,
    idFor: idSource(options),
    wanted: (id: string) =>
      id === '' ? 'branch keys chosen by its supplier' : `${quote(hierarchyProviderId)} / ${quote(id)}`,
    /** The branch key of that version, or the active one. The caller zeroes it. */
    async obtain(branchKeyId: string, version: string | undefined, callOptions: CallOptions | undefined) {
      const entryId = await cacheEntryId(backend, { partitionId, logicalKeyStoreName, branchKeyId, version })
      return cache.obtain(entryId, {
        ...callOptions,
        ttlMs,
        load: (how) => load(store, branchKeyId, version, how),
      })
    },
  }
}

function checkParts(store: HierarchicalKeyringOptions['branchKeyStore'], ttlMs: number, cache: BranchKeyCache): void {
  if (
    typeof store?.logicalKeyStoreName !== 'string' ||
    typeof store.getActive !== 'function' ||
    typeof store.getVersion !== 'function'
  ) {
    throw new TypeError('branchKeyStore must be a branch key store, as branchKeyStore() makes it')
  }
  if (typeof ttlMs !== 'number' || !(ttlMs > 0)) throw new RangeError('ttlMs must be a number of milliseconds above 0')
  if (typeof cache?.obtain !== 'function') {
    throw new TypeError('cache must be a cache of branch keys, as localBranchKeyCache() makes it')
  }
}

/** The bytes of the partition id: those of the text, or of a new UUID. */
function partitionOf({ partitionId }: HierarchicalKeyringOptions, backend: CryptoBackend): Uint8Array {
  if (partitionId === undefined) return newUuid(backend)
  const fault = faultOfName(partitionId)
  if (fault !== undefined) throw new TypeError(`partitionId ${fault}`)
  return utf8(partitionId)
}

type IdSource = (encryptionContext: EncryptionContext) => Promise<string>

function idSource({ branchKeyId, branchKeyIdSupplier: supplier }: HierarchicalKeyringOptions): IdSource {
  if ((branchKeyId === undefined) === (supplier === undefined)) {
    throw new TypeError('a hierarchical keyring takes either branchKeyId or branchKeyIdSupplier')
  }
  if (branchKeyId !== undefined) {
    checkBranchKeyId(branchKeyId)
    return async () => branchKeyId
  }
  const supply = typeof supplier === 'object' ? supplier?.getBranchKeyId?.bind(supplier) : supplier
  if (typeof supply !== 'function') {
    throw new TypeError('branchKeyIdSupplier must be a function, or an object with a method getBranchKeyId')
  }
  return async (encryptionContext) => {
    const id = await supplied(supply, encryptionContext)
    const fault = faultOfBranchKeyId(id)
    if (fault !== undefined) throw new KeyringError(`what branchKeyIdSupplier gives ${fault}`)
    return id
  }
}

async function supplied(supply: (context: EncryptionContext) => Awaitable<string>, context: EncryptionContext) {
  try {
    return await supply(context)
  } catch (error) {
    if (isEsdkError(error)) throw error
    throw new KeyringError(`branchKeyIdSupplier failed: ${describeCause(error)}`, [], { cause: error })
  }
}

async function load(
  store: HierarchicalKeyringOptions['branchKeyStore'],
  branchKeyId: string,
  version: string | undefined,
  options: CallOptions,
): Promise<BranchKeyMaterials> {
  const materials =
    version === undefined
      ? await store.getActive(branchKeyId, options)
      : await store.getVersion(branchKeyId, version, options)
  if (isUsable(materials, { branchKeyId, version })) return materials
  // Refused, and of no use to anybody: by shape, as all that a store of somebody else gives.
  if (typeof materials?.branchKey?.zero === 'function') materials.branchKey.zero()
  throw new BranchKeyStoreError(`the store gave no branch key that is ${quote(branchKeyId)}`)
}
