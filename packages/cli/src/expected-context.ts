/**
 * What `-c` expects of the messages to decrypt.
 *
 * @module
 */

import {
  type CryptographicMaterialsManager,
  type EncryptionContext,
  EncryptionContextError,
  quote,
  requiredContextCmm,
} from '@esdk/cmm'
import { UsageError } from './cli-error.ts'
import type { Situation } from './explain.ts'
import { type ContextArgument, checkNotReserved, contextPairs } from './values.ts'

export interface ExpectedContext {
  /** Pairs that the message stores with the same value, or was told not to store. */
  readonly pairs: EncryptionContext
  /** Checks the keys that were given without a value, and those that are not stored. */
  readonly cmm: CryptographicMaterialsManager
  /** What the last message lacked. */
  readonly situation: () => Situation
}

/** @throws UsageError - keys twice, or required ones without a value */
export function expectedContext(
  all: CryptographicMaterialsManager,
  context: readonly ContextArgument[],
  requiredKeys: readonly string[],
): ExpectedContext {
  const pairs = contextPairs(context)
  const bareKeys = context.filter(({ value }) => value === undefined).map(({ key }) => key)
  for (const key of requiredKeys) {
    checkNotReserved('--required-context-key', key)
    if (!(key in pairs)) {
      throw new UsageError(
        `--required-context-key ${quote(key)} has no value: the message does not store it`,
        `Add -c ${quote(`${key}=VALUE`)}.`,
      )
    }
  }
  const inner = requiredKeys.length === 0 ? all : requiredContextCmm(all, requiredKeys)
  let contextNotStored: readonly string[] = []
  let neededProviders: readonly string[] = []
  return {
    pairs,
    situation: () => ({ contextNotStored, neededProviders }),
    cmm: {
      getEncryptionMaterials: (request) => inner.getEncryptionMaterials(request),
      async decryptMaterials(request) {
        neededProviders = [...new Set(request.encryptedDataKeys.map(({ providerId }) => providerId))]
        const stored = request.encryptionContext
        contextNotStored = Object.keys(pairs)
          .filter((key) => !Object.hasOwn(stored, key))
          .map(quote)
        const missing = bareKeys.find((key) => !Object.hasOwn(stored, key) && !(key in pairs))
        if (missing !== undefined) {
          throw new EncryptionContextError(`the message has no ${quote(missing)} in its encryption context`)
        }
        return inner.decryptMaterials(request)
      },
    },
  }
}
