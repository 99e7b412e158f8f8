/**
 * The examples by their names, which are those of their files.
 *
 * @module
 */

import { branchKeyPerTenant } from './branch-key-per-tenant.ts'
import { caching } from './caching.ts'
import { commitmentPolicies } from './commitment-policy.ts'
import { customKeyring } from './custom-keyring.ts'
import { encryptionContexts } from './encryption-context.ts'
import { escrow } from './escrow.ts'
import { fileStreams } from './file-streams.ts'
import { strictAndDiscovery } from './strict-and-discovery.ts'
import type { Surroundings } from './surroundings.ts'
import { threeRegions } from './three-regions.ts'
import { userData } from './user-data.ts'

export const examples: Readonly<Record<string, (surroundings: Surroundings) => Promise<object>>> = {
  'strict-and-discovery': strictAndDiscovery,
  'three-regions': threeRegions,
  escrow,
  'user-data': userData,
  'file-streams': fileStreams,
  'encryption-context': encryptionContexts,
  'commitment-policy': commitmentPolicies,
  caching,
  'branch-key-per-tenant': branchKeyPerTenant,
  'custom-keyring': customKeyring,
}
