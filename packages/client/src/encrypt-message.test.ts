import {
  type CryptographicMaterialsManager,
  type DataKey,
  defaultCmm,
  type EncryptionMaterialsRequest,
} from '@esdk/cmm'
import { defaultBackend } from '@esdk/crypto-backend'
import { algorithmSuite, contextOf, hex } from '@esdk/serialize'
import { describe, expect, it } from 'vitest'
import { chunksOf, pattern, readAll, slowly, take } from '../test/chunks.ts'
import { knownEdk, knownKey, knownKeyring } from '../test/keyrings.ts'
import { containing } from '../test/matchers.ts'
import { createClient, inspect, isEsdkError } from './index.ts'

const client = createClient()
const keyring = knownKeyring()

/** A materials manager that remembers what it was asked. */
function askedCmm(): CryptographicMaterialsManager & { readonly asked: EncryptionMaterialsRequest[] } {
  const cmm = defaultCmm(keyring)
  const asked: EncryptionMaterialsRequest[] = []
  return {
    ...cmm,
    asked,
    getEncryptionMaterials(request) {
      asked.push(request)
      return cmm.getEncryptionMaterials(request)
    },
  }
}

describe('what a materials manager is asked', () => {
  it('is everything it needs to know, once, and in a form that nobody changes', async () => {
    const cmm = askedCmm()
    const { signal } = new AbortController()
    const encryptionContext = { tenant: '42' }
    await client.encrypt(pattern(10), { cmm, suite: 0x0478, encryptionContext, signal })
    expect(cmm.asked).toEqual([
      {
        commitmentPolicy: 'require-encrypt-require-decrypt',
        suite: algorithmSuite(0x0478),
        encryptionContext: contextOf(Object.entries(encryptionContext)),
        maxPlaintextLength: 10,
        signal,
      },
    ])
    expect(Object.isFrozen(cmm.asked[0])).toBe(true)
    expect(Object.isFrozen(cmm.asked[0]?.encryptionContext)).toBe(true)
  })

  it('is no suite, length or signal where none is known', async () => {
    const cmm = askedCmm()
    await readAll((await client.encryptStream([pattern(10)], { cmm })).ciphertext)
    expect(Object.keys(cmm.asked[0] ?? {}).sort()).toEqual(['commitmentPolicy', 'encryptionContext'])
  })

  it('is the length of the plaintext where that is known, or else the bound', async () => {
    const cmm = askedCmm()
    const plaintextLength = 100
    await client.encrypt(pattern(10), { cmm, plaintextLength: 3 })
    await readAll((await client.encryptStream(pattern(11), { cmm, plaintextLength: 3 })).ciphertext)
    await readAll((await client.encryptStream(new Blob([pattern(12)]), { cmm, plaintextLength: 3 })).ciphertext)
    await readAll((await client.encryptStream([pattern(13)], { cmm, plaintextLength })).ciphertext)
    const transform = client.encryptTransform({ cmm, plaintextLength })
    const { readable } = new Blob([pattern(14)]).stream().pipeThrough(transform) && transform
    expect((await take(readable)).ended).toBe(true)
    expect(cmm.asked.map(({ maxPlaintextLength }) => maxPlaintextLength)).toEqual([10, 11, 12, 100, 100])
  })
})

describe('what a plug-in gives', () => {
  const cmm = defaultCmm(keyring)

  it('decides the suite, within what was asked and what the policy allows', async () => {
    const choosing: CryptographicMaterialsManager = {
      ...cmm,
      getEncryptionMaterials: (request) => cmm.getEncryptionMaterials({ ...request, suite: algorithmSuite(0x0478) }),
    }
    expect((await client.encrypt(pattern(1), { cmm: choosing })).header.suite).toBe(0x0478)
    await expect(client.encrypt(pattern(1), { cmm: choosing, suite: 0x0578 })).rejects.toMatchObject({
      code: 'ERR_ESDK_MATERIALS',
      message: containing('have another suite than was asked for'),
    })
    const downgrading: CryptographicMaterialsManager = {
      ...cmm,
      async getEncryptionMaterials(request) {
        const materials = await cmm.getEncryptionMaterials({ ...request, suite: algorithmSuite(0x0478) })
        return { ...materials, suite: algorithmSuite(0x0178) }
      },
    }
    await expect(client.encrypt(pattern(1), { cmm: downgrading })).rejects.toMatchObject({
      code: 'ERR_ESDK_COMMITMENT_POLICY',
    })
  })

  it('has at most as many encrypted data keys as the client allows', async () => {
    let given: DataKey | undefined
    const many = {
      ...keyring,
      async onEncrypt(...args: Parameters<typeof keyring.onEncrypt>) {
        const materials = await keyring.onEncrypt(...args)
        given = materials.dataKey
        return { ...materials, encryptedDataKeys: [knownEdk, knownEdk, knownEdk] as const }
      },
    }
    const strict = createClient({ maxEncryptedDataKeys: 2 })
    await expect(strict.encrypt(pattern(1), { keyring: many })).rejects.toMatchObject({
      code: 'ERR_ESDK_LIMIT',
      limit: 'maxEncryptedDataKeys',
      allowed: 2,
      found: 3,
    })
    expect(() => given?.expose()).toThrow('zeroed')
    const { header } = await createClient({ maxEncryptedDataKeys: 3 }).encrypt(pattern(1), { keyring: many })
    expect(header.encryptedDataKeys).toEqual([knownEdk, knownEdk, knownEdk])
  })

  it('that fails is named, with its error as the cause', async () => {
    const cause = new Error('the service is away')
    const failing = { ...keyring, onEncrypt: () => Promise.reject(cause) }
    await expect(client.encrypt(pattern(1), { keyring: failing })).rejects.toMatchObject({
      code: 'ERR_ESDK_MATERIALS',
      message: 'the keyring or materials manager failed: the service is away',
      cause,
    })
  })
})

describe('every message', () => {
  it('has an id of its own, and so keys of its own', async () => {
    const ids = new Set<string>()
    const commitments = new Set<string>()
    for (let i = 0; i < 200; i++) {
      const { header } = await client.encrypt(pattern(1), { keyring, suite: 0x0478 })
      ids.add(hex(header.messageId))
      if (header.version === 2) commitments.add(hex(header.commitment))
    }
    expect(ids.size).toBe(200)
    // All under the one data key that this keyring knows.
    expect(commitments.size).toBe(200)
  })

  it('takes its id from the platform’s generator, and fails with it', async () => {
    const backend = {
      ...defaultBackend,
      randomBytes(): never {
        throw new Error('no entropy')
      },
    }
    const failure = await createClient({ backend })
      .encrypt(pattern(1), { keyring, suite: 0x0478 })
      .catch((error: unknown) => error)
    expect(isEsdkError(failure)).toBe(true)
    expect(failure).toMatchObject({ code: 'ERR_ESDK_PLATFORM', message: 'the platform failed: no entropy' })
  })

  it('has a frozen header that says what the message says', async () => {
    const { ciphertext, header } = await client.encrypt(pattern(1), { keyring, encryptionContext: { a: '1' } })
    expect(Object.isFrozen(header)).toBe(true)
    const { authenticated: _, headerLength: __, ...inspected } = inspect(ciphertext)
    expect(inspected).toEqual({ ...header })
  })

  it('is not made of the caller’s key: the data key is hashed first', async () => {
    const { ciphertext } = await client.encrypt(pattern(1), { keyring, suite: 0x0478 })
    expect(hex(ciphertext)).not.toContain(hex(knownKey))
  })
})

describe('the length of the plaintext', () => {
  it('beyond the bound fails, and the message does not end', async () => {
    const { ciphertext } = await client.encryptStream(chunksOf(pattern(101), 10), { keyring, plaintextLength: 100 })
    const { ended, error } = await take(ciphertext)
    expect(ended).toBe(false)
    expect(error).toMatchObject({
      code: 'ERR_ESDK_LIMIT',
      limit: 'maxPlaintextLength',
      allowed: 100,
      message: containing('the plaintext is too long'),
    })
    const exact = await client.encryptStream(chunksOf(pattern(100), 10), { keyring, plaintextLength: 100 })
    expect((await take(exact.ciphertext)).ended).toBe(true)
  })

  it('beyond the limit of the client fails, whole and streamed', async () => {
    const limited = createClient({ limits: { maxPlaintextLength: 100 } })
    const refusal = { code: 'ERR_ESDK_LIMIT', limit: 'maxPlaintextLength', allowed: 100, found: 101 }
    await expect(limited.encrypt(pattern(101), { keyring })).rejects.toMatchObject(refusal)
    const { ciphertext } = await limited.encryptStream(slowly([pattern(101)]), { keyring, plaintextLength: 5000 })
    expect((await take(ciphertext)).error).toMatchObject(refusal)
    await limited.encrypt(pattern(100), { keyring })
  })

  it('is bounded by 0 where nothing is to come', async () => {
    const empty = await client.encryptStream([], { keyring, plaintextLength: 0 })
    expect((await take(empty.ciphertext)).ended).toBe(true)
    const more = await client.encryptStream([pattern(1)], { keyring, plaintextLength: 0 })
    expect((await take(more.ciphertext)).error).toMatchObject({ code: 'ERR_ESDK_LIMIT', allowed: 0, found: 1 })
  })
})

describe('progress of encryption', () => {
  it('grows, and ends with all bytes', async () => {
    const plaintext = pattern(600_000)
    for (const suite of [0x0478, 0x0578] as const) {
      const reports: [number, number][] = []
      const onProgress = (progress: { plaintextBytes: number; ciphertextBytes: number }) =>
        reports.push([progress.plaintextBytes, progress.ciphertextBytes])
      const { ciphertext } = await client.encrypt(plaintext, { keyring, suite, onProgress })
      expect(reports.length).toBeGreaterThan(2)
      expect(reports.at(-1)).toEqual([plaintext.length, ciphertext.length])
      reports.reduce((before, after) => {
        expect(after[0]).toBeGreaterThanOrEqual(before[0])
        expect(after[1]).toBeGreaterThan(before[1])
        return after
      })
    }
  })

  it('begins with the header, before any plaintext is read', async () => {
    const reports: [number, number][] = []
    const { ciphertext } = await client.encryptStream([], {
      keyring,
      onProgress: (progress) => reports.push([progress.plaintextBytes, progress.ciphertextBytes]),
    })
    const reader = ciphertext.getReader()
    await reader.read()
    const { headerLength } = inspect((await client.encrypt(pattern(0), { keyring })).ciphertext)
    expect(reports).toEqual([[0, headerLength]])
  })
})
