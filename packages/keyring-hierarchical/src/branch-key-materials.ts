/**
 * A branch key in the clear, and what it is called.
 *
 * Spec: framework/structures.md, "Branch Key Materials" and "Beacon Key Materials"
 *
 * @module
 */

import type { DataKey, EncryptionContext } from '@esdk/cmm'
import { parseUtf8, utf8 } from '@esdk/serialize'
import { branchKeyLength } from './kms-call.ts'
import { isUuid } from './uuid.ts'

/** A branch key. Whoever asked for it zeroes it. */
export interface BranchKeyMaterials {
  readonly branchKeyId: string
  /** A UUID of version 4. */
  readonly branchKeyVersion: string
  /** 32 bytes. */
  readonly branchKey: DataKey
  /** What the caller of `createKey` has bound to the key. */
  readonly encryptionContext: EncryptionContext
}

/** A beacon key, to derive the keys of searchable beacons from. Whoever asked for it zeroes it. */
export interface BeaconKeyMaterials {
  readonly beaconKeyId: string
  /** 32 bytes. */
  readonly beaconKey: DataKey
  readonly encryptionContext: EncryptionContext
}

/** The same materials with a key that is zeroed by itself. */
export function cloneMaterials(materials: BranchKeyMaterials): BranchKeyMaterials {
  return Object.freeze({ ...materials, branchKey: materials.branchKey.clone() })
}

/** Are these materials of that branch key, fit to be used? A store may be anybody's. */
export function isUsable(
  materials: BranchKeyMaterials,
  { branchKeyId, version }: { readonly branchKeyId: string; readonly version: string | undefined },
): boolean {
  return (
    materials?.branchKeyId === branchKeyId &&
    isUuid(materials.branchKeyVersion) &&
    (version === undefined || materials.branchKeyVersion === version) &&
    // By shape: the class of a second copy of the package is as good.
    typeof materials.branchKey?.clone === 'function' &&
    materials.branchKey.length === branchKeyLength
  )
}

/** Most bytes of a partition key in DynamoDB. */
const longestId = 2048

/** What is wrong with it as a name that becomes bytes; nothing, if nothing is. */
export function faultOfName(name: unknown): string | undefined {
  if (typeof name !== 'string' || name === '') return 'must be a text, and not empty'
  // Two such texts would be one in bytes.
  return parseUtf8(utf8(name)) === name ? undefined : 'holds half a surrogate pair: it has no UTF-8 form'
}

/** What is wrong with it as a name of a branch key; nothing, if nothing is. */
export function faultOfBranchKeyId(id: unknown): string | undefined {
  const fault = faultOfName(id)
  if (fault !== undefined) return fault
  const { length } = utf8(id as string)
  return length > longestId ? `takes ${length} bytes, a branch key id has at most ${longestId}` : undefined
}

/** @throws TypeError - no text that can be the name of a branch key */
export function checkBranchKeyId(id: string): string {
  const fault = faultOfBranchKeyId(id)
  if (fault !== undefined) throw new TypeError(`branchKeyId ${fault}`)
  return id
}
