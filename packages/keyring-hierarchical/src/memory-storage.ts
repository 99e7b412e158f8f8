/**
 * Branch keys in memory: for tests, and for tools that make and use them in one go.
 *
 * @module
 */

import { sameBytes } from '@esdk/serialize'
import type { BranchKeyItem } from './branch-key-item.ts'
import { BranchKeyStoreError } from './errors.ts'
import type { AttributeValue } from './service-clients.ts'
import type { BranchKeyStorage, ItemToPut } from './storage.ts'

/** A storage that forgets everything with the process. `items` are the first that it holds. */
export function memoryStorage(items: Iterable<BranchKeyItem> = []): BranchKeyStorage {
  const table = new Map<string, BranchKeyItem>()
  for (const item of items) table.set(placeOf(item), copyOf(item))
  return {
    async get(branchKeyId, type, options) {
      options?.signal?.throwIfAborted()
      const item = table.get(JSON.stringify([branchKeyId, type]))
      return item && copyOf(item)
    },
    async put(puts, options) {
      options?.signal?.throwIfAborted()
      for (const { item, replaces } of puts) checkBefore(table.get(placeOf(item)), replaces)
      for (const { item } of puts) table.set(placeOf(item), copyOf(item))
    },
    async createTable(options) {
      options?.signal?.throwIfAborted()
      return 'memory'
    },
  }
}

function checkBefore(before: BranchKeyItem | undefined, replaces: ItemToPut['replaces']): void {
  if (replaces === undefined && before !== undefined) throw new BranchKeyStoreError('there is such an item already')
  if (replaces === undefined) return
  const enc = before?.['enc']
  if (enc === undefined || !('B' in enc) || !sameBytes(enc.B, replaces)) {
    throw new BranchKeyStoreError('the item to replace has been changed since it was read')
  }
}

function placeOf(item: BranchKeyItem): string {
  return JSON.stringify([textOf(item['branch-key-id']), textOf(item['type'])])
}

function textOf(attribute: AttributeValue | undefined): string {
  if (attribute !== undefined && 'S' in attribute) return attribute.S
  throw new TypeError('an item needs branch-key-id and type, as texts')
}

function copyOf(item: BranchKeyItem): BranchKeyItem {
  return Object.fromEntries(
    Object.entries(item).map(([name, value]): [string, AttributeValue] => [
      name,
      'B' in value ? { B: new Uint8Array(value.B) } : { ...value },
    ]),
  )
}
