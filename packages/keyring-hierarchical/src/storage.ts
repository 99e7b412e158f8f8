/**
 * Where branch keys are kept.
 *
 * Nothing here is secret, and nothing is believed: items are wrapped and bound by AWS KMS. What a storage has to do is
 * to keep them, and to write all of a list or nothing.
 *
 * @module
 */

import type { CallOptions } from '@esdk/cmm'
import type { BranchKeyItem, StoredItem } from './branch-key-item.ts'

/** An item to write, and what must be there before. */
export interface ItemToPut {
  readonly item: BranchKeyItem
  /** The `enc` of the item that it replaces; without it, there must be no item. */
  readonly replaces?: Uint8Array
}

/** Keeps items by `branch-key-id` and `type`. */
export interface BranchKeyStorage {
  get(branchKeyId: string, type: string, options?: CallOptions): Promise<StoredItem | undefined>
  /** Writes all of the items; or rejects, when one is not what it must be before, and writes none. */
  put(items: readonly ItemToPut[], options?: CallOptions): Promise<void>
  /** Makes the table unless it is there; checks it if it is. Gives its name or ARN. */
  createTable(options?: CallOptions): Promise<string>
}
