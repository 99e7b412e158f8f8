import { createClient } from '@esdk/client'
import { type CryptographicMaterialsManager, defaultCmm, requiredContextCmm } from '@esdk/cmm'
import type { CryptoBackend } from '@esdk/crypto-backend'
import { branchKeyStore, hierarchicalKeyring, memoryStorage } from '@esdk/keyring-hierarchical'
import { sameBytes } from '@esdk/serialize'
import { describe, expect, it } from 'vitest'
import { backends } from './backends.ts'
import { codeOfClass, type KeyDescription, policyNames, type VectorTest } from './esdk-manifest.ts'
import { branchKeys, recordedItems, recordedKms, recordedStore } from './hierarchy-replay.ts'
import { plaintextOf } from './plaintext.ts'
import { fromBase64, fromHex, readBytes, readJson } from './source.ts'

const { tests } = await readJson<{ tests: VectorTest[] }>('esdk/decrypt/manifest.json')
const ours = tests.filter(({ decryptKeyDescription: { type, underlying } }) =>
  [type, underlying?.type].includes('aws-kms-hierarchy'),
)

function idOf(key: string): string {
  return branchKeys.materials.find((one) => one.key === key)?.branchKeyIdentifier as string
}

function cmmOf(description: KeyDescription, backend: CryptoBackend): CryptographicMaterialsManager {
  const { underlying, requiredEncryptionContextKeys = [], key = '' } = description
  if (underlying !== undefined) return requiredContextCmm(cmmOf(underlying, backend), requiredEncryptionContextKeys)
  const keyring = hierarchicalKeyring({
    branchKeyStore: recordedStore(),
    branchKeyId: idOf(key),
    ttlMs: 60_000,
    backend,
  })
  return defaultCmm(keyring, { backend })
}

it('the group aws-kms-hierarchy has 36 messages, all to be decrypted, and other groups have 34 more', () => {
  const group = ours.filter((test) => test.group === 'aws-kms-hierarchy')
  expect(group).toHaveLength(36)
  expect(group.every(({ result }) => result === 'ok')).toBe(true)
  expect(ours).toHaveLength(36 + 34)
})

describe.each(backends)('messages under branch keys, of other implementations, on %s', (_, backend) => {
  it.each(ours.map((test) => [test.id, test] as const))('%s', async (_, test) => {
    const message = await readBytes(`esdk/decrypt/${test.message}`)
    const commitmentPolicy = policyNames[test.commitmentPolicies[0] as keyof typeof policyNames]
    const client = createClient({ commitmentPolicy, backend })
    const decrypted = client.decrypt(message, {
      cmm: cmmOf(test.decryptKeyDescription, backend),
      ...(test.reproducedEncryptionContext && { encryptionContext: test.reproducedEncryptionContext }),
    })
    if (typeof test.result === 'object') {
      await expect(decrypted).rejects.toMatchObject({ code: codeOfClass[test.result.error] })
      return
    }
    // `either` are contexts that official JavaScript sorted by locale: we open them.
    expect(sameBytes((await decrypted).plaintext, await plaintextOf(test.plaintext))).toBe(true)
  })
})

describe('the branch key store of the material providers library', () => {
  it.each(branchKeys.materials.map((one) => [`${one.key} ${one.branchKeyVersion}`, one] as const))(
    'gives the branch key %s',
    async (_, one) => {
      const store = recordedStore()
      const materials = [await store.getVersion(one.branchKeyIdentifier, one.branchKeyVersion)]
      if (one.active) materials.push(await store.getActive(one.branchKeyIdentifier))
      for (const { branchKey, branchKeyId, branchKeyVersion, encryptionContext } of materials) {
        expect(branchKey.expose()).toEqual(fromBase64(one.branchKey))
        expect(branchKeyId).toBe(one.branchKeyIdentifier)
        expect(branchKeyVersion).toBe(one.branchKeyVersion)
        expect({ ...encryptionContext }).toEqual(one.encryptionContext)
      }
    },
  )

  const { logicalKeyStoreName, kmsKeyArn } = branchKeys.keyStore
  const itemsOf = (id: string, time: string) =>
    recordedItems.filter((item) => sameText(item['branch-key-id'], id) && sameText(item['create-time'], time))
  const sameText = (attribute: unknown, text: string) => (attribute as { S?: string } | undefined)?.S === text

  /** Gives these UUIDs in turn, where random bytes are asked for. */
  function giving(...uuids: readonly string[]) {
    const left = uuids.map((uuid) => fromHex(uuid.replaceAll('-', '')))
    return { randomBytes: () => left.shift() as Uint8Array<ArrayBuffer> }
  }

  it('writes the same items, from the same calls of AWS KMS, when it makes a key', async () => {
    const one = branchKeys.materials.find(({ key }) => key === 'branch-c-ec') as (typeof branchKeys.materials)[0]
    const storage = memoryStorage()
    const store = branchKeyStore({
      logicalKeyStoreName,
      kmsKeyArn,
      kms: recordedKms,
      storage,
      backend: giving(one.branchKeyVersion),
      now: () => Date.UTC(2026, 10, 21, 8, 6, 56) + 0.565,
    })
    const { branchKeyIdentifier: branchKeyId, encryptionContext } = one
    await store.createKey({ branchKeyId, encryptionContext })
    const expected = itemsOf(branchKeyId, '2026-11-21T08:06:56.000565Z')
    expect(expected).toHaveLength(3)
    for (const item of expected) {
      expect(await storage.get(branchKeyId, (item['type'] as { S: string }).S)).toEqual(item)
    }
  })

  it('writes the same items when it makes a key, and gives it a new version', async () => {
    const [first, second] = branchKeys.materials.filter(({ key }) => key === 'branch-b') as [
      (typeof branchKeys.materials)[0],
      (typeof branchKeys.materials)[0],
    ]
    const storage = memoryStorage()
    const times = [Date.UTC(2026, 10, 21, 8, 6, 56) + 0.319, Date.UTC(2026, 10, 21, 8, 11, 32) + 0.334]
    const store = branchKeyStore({
      logicalKeyStoreName,
      kmsKeyArn,
      kms: recordedKms,
      storage,
      backend: giving(first.branchKeyIdentifier, first.branchKeyVersion, second.branchKeyVersion),
      now: () => times.shift() as number,
    })
    const branchKeyId = await store.createKey()
    expect(await store.versionKey(branchKeyId)).toBe(second.branchKeyVersion)
    const expected = recordedItems.filter((item) => sameText(item['branch-key-id'], first.branchKeyIdentifier))
    expect(expected).toHaveLength(4)
    for (const item of expected) {
      expect(await storage.get(branchKeyId, (item['type'] as { S: string }).S)).toEqual(item)
    }
  })
})
