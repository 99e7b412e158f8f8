/**
 * Data keys of objects through a materials manager that is made for messages: how `@esdk/caching-cmm` is used with S3.
 *
 * Only committing objects go that way. Each has a key of its own, derived from the data key, so that one data key may
 * serve for many; an object of format V2 uses its data key itself, and always gets a new one.
 *
 * @module
 */

import {
  type AlgorithmSuite,
  algorithmSuite,
  type CryptographicMaterialsManager,
  contextOf,
  type EncryptedDataKey,
  type EncryptionContext,
  MaterialsError,
} from '@esdk/cmm'
import { type ContentSuite, contentSuites } from './content-suite.ts'
import { defaultS3Cmm } from './default-cmm.ts'
import type { WrappedDataKey, WritingAlgorithm } from './envelope.ts'
import type { S3CryptographicMaterialsManager, S3Keyring } from './materials.ts'

/** Stands for the committing suite: the same length of keys, derivation and commitment. */
const messageSuite: () => AlgorithmSuite = () => algorithmSuite(0x0478)

/** What messages keep for themselves in contexts, and objects do not. */
const reservedPrefix = 'aws-crypto-'

/**
 * A materials manager that asks `keyring` through another one, which may keep what it gets.
 *
 * @param around - makes the other one: `(cmm) => cachingCmm({ cmm, cache: localCache({ capacity: 100 }), maxAgeMs: 60_000 })`
 * @throws TypeError - no keyring
 */
export function cachedS3Cmm(
  keyring: S3Keyring,
  around: (cmm: CryptographicMaterialsManager) => CryptographicMaterialsManager,
): S3CryptographicMaterialsManager {
  const inner = defaultS3Cmm(keyring)
  const outer = around(messageCmm(inner))
  return {
    async getEncryptionMaterials(request) {
      const { suite, encryptionContext } = request
      if (!goesAround(suite, encryptionContext)) return inner.getEncryptionMaterials(request)
      const { dataKey, encryptedDataKeys } = await outer.getEncryptionMaterials({ ...request, suite: messageSuite() })
      const wrappedDataKey = wrappedDataKeyOf(encryptedDataKeys[0])
      return { suite, encryptionContext, dataKey, wrappedDataKey: wrappedDataKey as WrittenDataKey }
    },
    async decryptMaterials(request) {
      const { suite, encryptionContext = noPairs, wrappedDataKey, commitmentPolicy, signal } = request
      if (!goesAround(suite, encryptionContext)) return inner.decryptMaterials(request)
      const { dataKey } = await outer.decryptMaterials({
        suite: messageSuite(),
        commitmentPolicy,
        encryptionContext,
        encryptedDataKeys: [encryptedDataKeyOf(wrappedDataKey)],
        ...(signal && { signal }),
      })
      return { suite, encryptionContext: request.encryptionContext, dataKey }
    },
  }
}

type WrittenDataKey = WrappedDataKey & { readonly algorithm: WritingAlgorithm }

const noPairs = /* @__PURE__ */ contextOf([])
const noKeys: ReadonlySet<string> = /* @__PURE__ */ new Set()

function goesAround(suite: ContentSuite, context: EncryptionContext): boolean {
  return suite === contentSuites.committing && !Object.keys(context).some((key) => key.startsWith(reservedPrefix))
}

/** The manager of objects, as one of messages. */
function messageCmm(inner: S3CryptographicMaterialsManager): CryptographicMaterialsManager {
  const suite = contentSuites.committing
  return {
    async getEncryptionMaterials({ encryptionContext, commitmentPolicy, maxPlaintextLength, signal }) {
      const { dataKey, wrappedDataKey } = await inner.getEncryptionMaterials({
        suite,
        encryptionContext,
        commitmentPolicy,
        ...(maxPlaintextLength !== undefined && { maxPlaintextLength }),
        ...(signal && { signal }),
      })
      return { ...common(encryptionContext), dataKey, encryptedDataKeys: [encryptedDataKeyOf(wrappedDataKey)] }
    },
    async decryptMaterials({ encryptionContext, commitmentPolicy, encryptedDataKeys, signal }) {
      const [key] = encryptedDataKeys
      if (key === undefined) throw new MaterialsError('an object has one wrapped data key, found none')
      const wrappedDataKey = wrappedDataKeyOf(key)
      const request = { suite, encryptionContext, commitmentPolicy, wrappedDataKey, ...(signal && { signal }) }
      const { dataKey } = await inner.decryptMaterials(request)
      return { ...common(encryptionContext), dataKey }
    },
  }
}

function common(encryptionContext: EncryptionContext) {
  return { suite: messageSuite(), encryptionContext, requiredContextKeys: noKeys }
}

function encryptedDataKeyOf({ algorithm, ciphertext, description }: WrappedDataKey): EncryptedDataKey {
  return { providerId: algorithm, providerInfo: new TextEncoder().encode(JSON.stringify(description)), ciphertext }
}

function wrappedDataKeyOf({ providerId, providerInfo, ciphertext }: EncryptedDataKey): WrappedDataKey {
  const description = JSON.parse(new TextDecoder().decode(providerInfo)) as Record<string, string>
  return {
    algorithm: providerId as WrappedDataKey['algorithm'],
    ciphertext,
    description: contextOf(Object.entries(description)),
  }
}
