import { cachingCmm, localCache, nullCache } from '@esdk/caching-cmm'
import { createClient } from '@esdk/client'
import { DataKey, type Keyring, requiredContextCmm } from '@esdk/cmm'
import { rawAesKeyring } from '@esdk/keyring-raw'
import { algorithmSuite, algorithmSuites, contextOf } from '@esdk/serialize'
import { describe, expect, it } from 'vitest'
import { runAgainstModel } from './cache-model.mjs'

const encryptionContext = { purpose: 'test', tenant: '42' }
const plaintext = new TextEncoder().encode('a message of a few bytes')

function countedKeyring(): { keyring: Keyring; calls: { encrypt: number; decrypt: number } } {
  const inner = rawAesKeyring({ namespace: 'test', name: 'key', wrappingKey: new Uint8Array(32).fill(7) })
  const calls = { encrypt: 0, decrypt: 0 }
  const keyring: Keyring = {
    onEncrypt: (...given) => {
      calls.encrypt++
      return inner.onEncrypt(...given)
    },
    onDecrypt: (...given) => {
      calls.decrypt++
      return inner.onDecrypt(...given)
    },
  }
  return { keyring, calls }
}

describe.each(algorithmSuites.map((suite) => [suite.name, suite] as const))(
  'a client with cached materials, %s',
  (_, suite) => {
    const commitmentPolicy = suite.committing ? 'require-encrypt-require-decrypt' : 'forbid-encrypt-allow-decrypt'
    const client = createClient({ commitmentPolicy })
    const kept = suite.kdf.kind !== 'identity'

    it('writes messages that anyone with the key can read, and reads them', async () => {
      const { keyring, calls } = countedKeyring()
      const cmm = cachingCmm({ keyring, cache: localCache({ capacity: 10 }), maxAgeMs: 60_000 })
      const messages = []
      for (let i = 0; i < 3; i++)
        messages.push(await client.encrypt(plaintext, { cmm, encryptionContext, suite: suite.id }))
      expect(calls.encrypt).toBe(kept ? 1 : 3)
      for (const { ciphertext } of messages) {
        expect((await client.decrypt(ciphertext, { keyring, encryptionContext })).plaintext).toEqual(plaintext)
      }
      calls.decrypt = 0
      for (const { ciphertext, header } of messages) {
        const found = await client.decrypt(ciphertext, { cmm, encryptionContext })
        expect(found.plaintext).toEqual(plaintext)
        expect(found.encryptionContext).toEqual(header.encryptionContext)
        expect(found.header.encryptedDataKeys[0]).toEqual(header.encryptedDataKeys[0])
      }
      expect(calls.decrypt).toBe(kept ? 1 : 3)
      // One data key, and for each message keys of its own: no two bodies are alike.
      expect(new Set(messages.map(({ header }) => String(header.messageId))).size).toBe(3)
    })
  },
)

describe('a client with cached materials', () => {
  const suite = 0x0478

  it('asks for each stream whose length is not known, and once for those whose bound is', async () => {
    const { keyring, calls } = countedKeyring()
    const cmm = cachingCmm({ keyring, cache: localCache({ capacity: 10 }), maxAgeMs: 60_000 })
    const client = createClient()
    const drain = async (options: object) => {
      const source = (async function* () {
        yield plaintext
      })()
      const { ciphertext } = await client.encryptStream(source, { cmm, suite, ...options })
      await ciphertext.pipeTo(new WritableStream())
    }
    await drain({})
    await drain({})
    expect(calls.encrypt).toBe(2)
    await drain({ plaintextLength: 100 })
    await drain({ plaintextLength: 200 })
    expect(calls.encrypt).toBe(3)
  })

  it('does not encrypt more bytes with one data key than it may, the last byte included', async () => {
    const { keyring, calls } = countedKeyring()
    const cache = localCache({ capacity: 10 })
    const cmm = cachingCmm({ keyring, cache, maxAgeMs: 60_000, maxBytes: 3 * plaintext.length })
    const client = createClient()
    for (let i = 0; i < 6; i++) await client.encrypt(plaintext, { cmm, suite })
    expect(calls.encrypt).toBe(2)
    await client.encrypt(plaintext.subarray(0, 1), { cmm, suite })
    expect(calls.encrypt).toBe(3)
  })

  it('shares no entry between clients of two policies, whose default suites differ (CVE-2026-6550)', async () => {
    const { keyring, calls } = countedKeyring()
    const cmm = cachingCmm({ keyring, cache: localCache({ capacity: 10 }), maxAgeMs: 60_000, partitionId: 'shared' })
    const loose = await createClient({ commitmentPolicy: 'forbid-encrypt-allow-decrypt' }).encrypt(plaintext, { cmm })
    const tight = await createClient().encrypt(plaintext, { cmm })
    expect([loose.header.suite, tight.header.suite]).toEqual([0x0378, 0x0578])
    expect(calls.encrypt).toBe(2)
  })

  it('refuses a message without commitment, though a client of another policy has cached its key', async () => {
    const { keyring } = countedKeyring()
    const cmm = cachingCmm({ keyring, cache: localCache({ capacity: 10 }), maxAgeMs: 60_000 })
    const loose = createClient({ commitmentPolicy: 'forbid-encrypt-allow-decrypt' })
    const { ciphertext } = await loose.encrypt(plaintext, { cmm })
    await loose.decrypt(ciphertext, { cmm })
    await expect(createClient().decrypt(ciphertext, { cmm })).rejects.toMatchObject({
      code: 'ERR_ESDK_COMMITMENT_POLICY',
    })
  })

  it('keeps required pairs out of some messages, and in others, from one cache', async () => {
    const { keyring, calls } = countedKeyring()
    const cmm = cachingCmm({ keyring, cache: localCache({ capacity: 10 }), maxAgeMs: 60_000 })
    const requiring = requiredContextCmm(cmm, ['tenant'])
    const client = createClient()
    const open = await client.encrypt(plaintext, { cmm, encryptionContext, suite })
    const hidden = await client.encrypt(plaintext, { cmm: requiring, encryptionContext, suite })
    expect(Object.keys(open.header.encryptionContext)).toEqual(['purpose', 'tenant'])
    expect(Object.keys(hidden.header.encryptionContext)).toEqual(['purpose'])
    expect(calls.encrypt).toBe(2)
    for (let i = 0; i < 2; i++) {
      await client.decrypt(hidden.ciphertext, { cmm: requiring, encryptionContext: { tenant: '42' } })
      await expect(
        client.decrypt(hidden.ciphertext, { cmm: requiring, encryptionContext: { tenant: '43' } }),
      ).rejects.toMatchObject({ code: 'ERR_ESDK_NO_DATA_KEY' })
    }
  })

  it('refuses a context that does not match, also when the key is cached', async () => {
    const { keyring } = countedKeyring()
    const cmm = cachingCmm({ keyring, cache: localCache({ capacity: 10 }), maxAgeMs: 60_000 })
    const client = createClient()
    const { ciphertext } = await client.encrypt(plaintext, { cmm, encryptionContext, suite })
    await client.decrypt(ciphertext, { cmm, encryptionContext })
    await expect(client.decrypt(ciphertext, { cmm, encryptionContext: { tenant: '43' } })).rejects.toMatchObject({
      code: 'ERR_ESDK_ENCRYPTION_CONTEXT',
    })
  })

  it('works with the null cache, and gives each message a data key of its own', async () => {
    const { keyring, calls } = countedKeyring()
    const cmm = cachingCmm({ keyring, cache: nullCache(), maxAgeMs: 60_000 })
    const client = createClient()
    await Promise.all(Array.from({ length: 5 }, () => client.encrypt(plaintext, { cmm, suite })))
    expect(calls.encrypt).toBe(5)
  })
})

describe('100,000 random requests of 36 materials managers over one cache, against a model (M6 mixing, M7 stale entries)', () => {
  const tools = { cachingCmm, localCache, DataKey, algorithmSuite, contextOf }

  it('with room for all: what is in the model is found, and nothing else', async () => {
    const found = await runAgainstModel(tools, { operations: 50_000, capacity: 1000, seed: 1 })
    expect(found).toMatchObject({ foreign: 0, stale: 0, worn: 0, needless: 0 })
    expect(found.hits).toBeGreaterThan(5_000)
  })

  it('with room for few: what is found is in the model', async () => {
    const found = await runAgainstModel(tools, { operations: 50_000, capacity: 20, seed: 2 })
    expect(found).toMatchObject({ foreign: 0, stale: 0, worn: 0 })
    expect(found.hits).toBeGreaterThan(1_000)
    expect(found.needless).toBeGreaterThan(1_000)
  })
})
