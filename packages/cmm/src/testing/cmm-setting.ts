/**
 * What the rules of a materials manager work with: the manager, and requests that it takes.
 *
 * @module
 */

import {
  type AlgorithmSuite,
  type AlgorithmSuiteId,
  contextOf,
  type EncryptionContext,
  emptyContext,
} from '@esdk/serialize'
import type { CryptographicMaterialsManager, DecryptionMaterialsRequest, EncryptionMaterialsRequest } from '../cmm.ts'
import type { CommitmentPolicy } from '../commitment-policy.ts'
import type { ReadyDecryptionMaterials, ReadyEncryptionMaterials } from '../materials.ts'
import type { Rule } from './contract.ts'
import { suitesOf } from './samples.ts'

/** What a materials manager says of itself. */
export interface CmmContractOptions {
  /** The suites it takes. Default: all. */
  readonly suites?: readonly AlgorithmSuiteId[]
  /** Pairs that it wants in every request: in the context to encrypt, and given again to decrypt. */
  readonly encryptionContext?: EncryptionContext
}

type Encryption = Partial<EncryptionMaterialsRequest>
type Decryption = Partial<DecryptionMaterialsRequest> & {
  /** Pairs to give again, besides those that every request has. */
  readonly reproduced?: EncryptionContext
}

/** A materials manager, and requests that it takes. */
export interface CmmSetting {
  readonly cmm: CryptographicMaterialsManager
  readonly suites: readonly AlgorithmSuite[]
  /** One of the suites, for rules to which any is as good. */
  readonly suite: AlgorithmSuite
  encryptionRequest(changes: Encryption): EncryptionMaterialsRequest
  encrypt(changes: Encryption): Promise<ReadyEncryptionMaterials>
  /** For the message that was encrypted with these materials, as a client would ask. */
  decryptionRequest(encrypted: ReadyEncryptionMaterials, changes?: Decryption): DecryptionMaterialsRequest
  decrypt(encrypted: ReadyEncryptionMaterials, changes?: Decryption): Promise<ReadyDecryptionMaterials>
}

/** A rule whose check gets a materials manager of its own to try, and rejects with what that does instead. */
export function rule(
  name: string,
  check: (setting: CmmSetting) => Promise<void>,
): Rule<CryptographicMaterialsManager, CmmContractOptions> {
  return { name, check: async (make, options = {}) => check(settingOf(await make(), options)) }
}

function settingOf(cmm: CryptographicMaterialsManager, options: CmmContractOptions): CmmSetting {
  const { encryptionContext: always = emptyContext } = options
  const suites = suitesOf(options.suites)
  const encryptionRequest = (changes: Encryption): EncryptionMaterialsRequest => ({
    commitmentPolicy: policyFor(changes.suite),
    ...changes,
    encryptionContext: joined(changes.encryptionContext ?? { 'esdk-contract': 'rule' }, always),
  })
  const decryptionRequest = (encrypted: ReadyEncryptionMaterials, changes: Decryption = {}) => {
    const { reproduced = emptyContext, ...others } = changes
    return {
      commitmentPolicy: policyFor(encrypted.suite),
      suite: encrypted.suite,
      encryptedDataKeys: encrypted.encryptedDataKeys,
      encryptionContext: contextOf(storedPairs(encrypted)),
      reproducedContext: joined(reproduced, always),
      ...others,
    }
  }
  return {
    cmm,
    suites,
    suite: suites[suites.length - 1] as AlgorithmSuite,
    encryptionRequest,
    decryptionRequest,
    encrypt: async (changes) => cmm.getEncryptionMaterials(encryptionRequest(changes)),
    decrypt: async (encrypted, changes) => cmm.decryptMaterials(decryptionRequest(encrypted, changes)),
  }
}

function joined(...contexts: readonly EncryptionContext[]): EncryptionContext {
  return contextOf(contexts.flatMap((context) => Object.entries(context)))
}

/** What stands in the header of a message. */
export function storedPairs({ encryptionContext, requiredContextKeys }: ReadyEncryptionMaterials): [string, string][] {
  return Object.entries(encryptionContext).filter(([key]) => !requiredContextKeys.has(key))
}

function policyFor(suite: AlgorithmSuite | undefined): CommitmentPolicy {
  return suite?.committing === false ? 'forbid-encrypt-allow-decrypt' : 'require-encrypt-require-decrypt'
}
