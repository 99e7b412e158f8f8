/**
 * A branch key store for tests, and what lies in it.
 *
 * @module
 */

import type { BranchKeyItem } from '../src/branch-key-item.ts'
import { type BranchKeyStoreOptions, branchKeyStore } from '../src/branch-key-store.ts'
import { memoryStorage } from '../src/memory-storage.ts'
import type { BranchKeyStorage } from '../src/storage.ts'
import { fakeKms, kmsKeyArn } from './fake-kms.ts'

/** A branch key with an id and a context of its own. */
export const own = { branchKeyId: 'tenant-1', encryptionContext: { department: 'audit' } }

/** A store in memory over a fake KMS, at a fixed time. */
export function setting(changes: Partial<BranchKeyStoreOptions> = {}) {
  const kms = fakeKms()
  const storage = memoryStorage()
  const common = { logicalKeyStoreName: 'keys', kmsKeyArn, kms, storage, now: () => Date.UTC(2026, 10, 21, 8, 6, 55) }
  const options = { ...common, ...changes } as BranchKeyStoreOptions
  return { kms, storage, options, store: branchKeyStore(options) }
}

/** A storage that answers with these items, whatever is asked for. */
export function answering(item: BranchKeyItem | undefined): BranchKeyStorage {
  return { ...memoryStorage(), get: async () => item }
}

/** The item of that type of the key {@link own}. */
export async function itemOf(storage: BranchKeyStorage, type: string): Promise<BranchKeyItem> {
  return (await storage.get('tenant-1', type)) as BranchKeyItem
}
