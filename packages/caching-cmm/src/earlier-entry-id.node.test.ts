import { readFileSync } from 'node:fs'
import { type CryptoBackend, defaultBackend } from '@esdk/crypto-backend'
import {
  type AlgorithmSuiteId,
  algorithmSuite,
  contextOf,
  encodeBase64,
  encodeContext,
  encodeEncryptedDataKey,
  hex,
  utf8,
} from '@esdk/serialize'
import { describe, expect, it } from 'vitest'
import { earlierDecryptionEntryId, earlierEncryptionEntryId } from '../test/earlier-entry-id.ts'

interface KnownKey {
  readonly providerId: string
  readonly providerInfo: string
  readonly encryptedDataKey: string
}

interface KnownRequest {
  readonly suite?: { readonly id: AlgorithmSuiteId }
  readonly encryptionContext: Record<string, string>
  readonly encryptedDataKeys: readonly KnownKey[]
}

interface KnownId {
  readonly arguments: readonly [partitionId: string, request: KnownRequest]
  readonly id: string
}

const published = JSON.parse(
  readFileSync(new URL('../../../test-vectors/esdk/kat/cache-entry-ids.json', import.meta.url), 'utf8'),
) as {
  readonly encryptionContextHashes: readonly { encryptionContext: Record<string, string>; hash: string }[]
  readonly encryptedDataKeyHashes: readonly { edk: KnownKey; hash: string }[]
  readonly tests: readonly KnownId[]
  readonly decryptIds: readonly KnownId[]
}

const sha512: Pick<CryptoBackend, 'digest'> = defaultBackend

const keyOf = ({ providerId, providerInfo, encryptedDataKey }: KnownKey) => ({
  providerId,
  providerInfo: utf8(providerInfo),
  ciphertext: Uint8Array.from(encryptedDataKey.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16)),
})

const contextFrom = (pairs: Record<string, string>) => contextOf(Object.entries(pairs))

describe('the ids that released implementations compute', () => {
  it('are published: four to encrypt, two to decrypt', () => {
    expect([published.tests.length, published.decryptIds.length]).toEqual([4, 2])
  })

  it.each(published.tests)('are the same to encrypt: $id', async ({ arguments: [partitionId, request], id }) => {
    const found = await earlierEncryptionEntryId(sha512, {
      partitionId,
      suite: request.suite && algorithmSuite(request.suite.id),
      encryptionContext: contextFrom(request.encryptionContext),
    })
    expect(encodeBase64(found)).toBe(id)
  })

  it.each(published.decryptIds)('are the same to decrypt: $id', async ({ arguments: [partitionId, request], id }) => {
    const keys = request.encryptedDataKeys.map(keyOf)
    for (const encryptedDataKeys of [keys, keys.toReversed()]) {
      const found = await earlierDecryptionEntryId(sha512, {
        partitionId,
        suite: algorithmSuite(request.suite?.id as AlgorithmSuiteId),
        encryptedDataKeys,
        encryptionContext: contextFrom(request.encryptionContext),
      })
      expect(encodeBase64(found)).toBe(id)
    }
  })

  it('are made of the same hashes of contexts and encrypted data keys', async () => {
    for (const { encryptionContext, hash } of published.encryptionContextHashes) {
      expect(hex(await sha512.digest('SHA-512', encodeContext(contextFrom(encryptionContext))))).toBe(hash)
    }
    for (const { edk, hash } of published.encryptedDataKeyHashes) {
      expect(hex(await sha512.digest('SHA-512', encodeEncryptedDataKey(keyOf(edk))))).toBe(hash)
    }
  })
})
