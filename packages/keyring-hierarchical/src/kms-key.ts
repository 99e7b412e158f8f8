/**
 * Which AWS KMS keys a branch key store may use.
 *
 * Spec: framework/branch-key-store.md, "AWS KMS Configuration"
 *
 * @module
 */

import { quote } from '@esdk/cmm'
import { BranchKeyStoreError } from './errors.ts'
import { isReplica, parseKmsKeyArn, replicaIn } from './kms-arn.ts'

/** Which keys, and how items name them. The last two can only read: they have no key to wrap new ones with. */
export type KmsKeyChoice =
  /** This key; items must name it exactly. */
  | { readonly kind: 'single-region'; readonly arn: string }
  /** This key; items may name another replica of it. */
  | { readonly kind: 'multi-region'; readonly arn: string }
  /** Whichever key an item names. */
  | { readonly kind: 'discovery' }
  /** Whichever key an item names; of a multi-Region key, the replica in this Region. */
  | { readonly kind: 'multi-region-discovery'; readonly region: string }

/**
 * @throws TypeError - no such kind, an ARN that is not that of a key, no Region
 */
export function checkKmsKey(choice: KmsKeyChoice): KmsKeyChoice {
  switch (choice?.kind) {
    case 'single-region':
    case 'multi-region':
      return { kind: choice.kind, arn: checkArn(choice.arn) }
    case 'discovery':
      return { kind: choice.kind }
    case 'multi-region-discovery':
      if (typeof choice.region !== 'string' || !/^[a-z0-9-]+$/.test(choice.region)) {
        throw new TypeError('kmsKey.region must be the name of a Region, such as eu-west-1')
      }
      return { kind: choice.kind, region: choice.region }
    default:
      throw new TypeError(
        "kmsKey.kind must be 'single-region', 'multi-region', 'discovery' or 'multi-region-discovery'",
      )
  }
}

function checkArn(arn: string): string {
  if (typeof arn === 'string' && parseKmsKeyArn(arn) !== undefined) return arn
  throw new TypeError(
    `a branch key store needs the ARN of a KMS key, arn:aws:kms:REGION:ACCOUNT:key/ID, not an alias or a key id; found ${typeof arn === 'string' ? quote(arn) : typeof arn}`,
  )
}

/**
 * The key that wraps new branch keys.
 *
 * @throws BranchKeyStoreError - the choice names none
 */
export function wrappingKeyOf(choice: KmsKeyChoice): string {
  if ('arn' in choice) return choice.arn
  throw new BranchKeyStoreError(
    `a branch key store of kind '${choice.kind}' reads branch keys and cannot make any: that takes kmsKeyArn`,
  )
}

/**
 * The key to open an item with, given the `kms-arn` that the item names.
 *
 * @throws BranchKeyStoreError - it names no key, or none that the store may use
 */
export function keyToOpenWith(choice: KmsKeyChoice, itemArn: string): string {
  if (parseKmsKeyArn(itemArn) === undefined) {
    throw new BranchKeyStoreError(`its kms-arn is not the ARN of a KMS key: ${quote(itemArn)}`)
  }
  switch (choice.kind) {
    case 'discovery':
      return itemArn
    case 'multi-region-discovery':
      return replicaIn(choice.region, itemArn)
    case 'single-region':
      if (choice.arn === itemArn) return choice.arn
      break
    case 'multi-region':
      if (isReplica(choice.arn, itemArn)) return choice.arn
  }
  throw new BranchKeyStoreError(`it is wrapped with ${quote(itemArn)}, and this store uses ${quote(choice.arn)}`)
}
