import { DataKey, defaultCmm, type ReadyEncryptionMaterials } from '@esdk/cmm'
import { cmmRules } from '@esdk/cmm/testing'
import { algorithmSuite, contextOf, publicKeyContextKey } from '@esdk/serialize'
import { describe, expect, it } from 'vitest'
import { CountedKeyring, HandClock } from '../test/counted-keyring.ts'
import { edk, forbidding, keysOf, strict, toDecrypt, toEncrypt } from '../test/requests.ts'
import { type CachingCmm, cachingCmm } from './caching-cmm.ts'
import { localCache } from './local-cache.ts'
import { nullCache } from './null-cache.ts'
import type { CachingCmmOptions } from './options.ts'

interface Setting {
  readonly keyring: CountedKeyring
  readonly clock: HandClock
  readonly cmm: CachingCmm
}

function setting(changes: Partial<CachingCmmOptions> = {}): Setting {
  const keyring = new CountedKeyring()
  const clock = new HandClock()
  const cache = localCache({ capacity: 100, now: clock.now })
  const options = { keyring, cache, maxAgeMs: 1000, refresh: false, now: clock.now, ...changes } as CachingCmmOptions
  return { keyring, clock, cmm: cachingCmm(options) }
}

describe.each([
  ['a local cache', () => localCache({ capacity: 100 })],
  ['a cache with room for one', () => localCache({ capacity: 1 })],
  ['the null cache', () => nullCache()],
])('a caching materials manager over %s keeps the rules of all: it', (_, cache) => {
  it.each(cmmRules.map((rule) => [rule.name, rule] as const))('%s', async (__, rule) => {
    await rule.check(() => cachingCmm({ keyring: new CountedKeyring(), cache: cache(), maxAgeMs: 60_000 }))
  })
})

describe('materials to encrypt are used again', () => {
  it('with the same data key, signing key and wrapped key, for equal requests', async () => {
    const { keyring, cmm } = setting()
    const request = toEncrypt({ suite: algorithmSuite(0x0578) })
    const first = await cmm.getEncryptionMaterials(request)
    const second = await cmm.getEncryptionMaterials(toEncrypt({ ...request, maxPlaintextLength: 7 }))
    expect(keyring.calls).toBe(1)
    expect(keysOf([second])).toEqual(keysOf([first]))
    expect(second.encryptedDataKeys).toEqual(first.encryptedDataKeys)
    expect(second.signingKey).toBe(first.signingKey)
    expect(second.encryptionContext[publicKeyContextKey]).toBe(first.encryptionContext[publicKeyContextKey])
    expect(second.dataKey).not.toBe(first.dataKey)
  })

  it('until they are as old as allowed, to the millisecond', async () => {
    const { keyring, clock, cmm } = setting()
    for (const time of [0, 999, 1000, 1999, 2000]) {
      clock.time = time
      await cmm.getEncryptionMaterials(toEncrypt())
    }
    expect(keyring.calls).toBe(3)
  })

  it('for as many messages as allowed', async () => {
    const { keyring, cmm } = setting({ maxMessages: 3 })
    const calls: number[] = []
    for (let i = 0; i < 7; i++) {
      await cmm.getEncryptionMaterials(toEncrypt())
      calls.push(keyring.calls)
    }
    expect(calls).toEqual([1, 1, 1, 2, 2, 2, 3])
  })

  it('for as many bytes as allowed', async () => {
    const { keyring, cmm } = setting({ maxBytes: 100 })
    const calls: number[] = []
    for (const maxPlaintextLength of [60, 40, 0, 1, 99, 1]) {
      await cmm.getEncryptionMaterials(toEncrypt({ maxPlaintextLength }))
      calls.push(keyring.calls)
    }
    expect(calls).toEqual([1, 1, 1, 2, 2, 3])
  })

  it('neither for a message that is longer than all bytes allowed, nor for one of unknown length', async () => {
    const { keyring, cmm } = setting({ maxBytes: 100 })
    const { maxPlaintextLength: _, ...unknown } = toEncrypt()
    for (const request of [toEncrypt({ maxPlaintextLength: 101 }), unknown]) {
      const before = keyring.calls
      const found = [await cmm.getEncryptionMaterials(request), await cmm.getEncryptionMaterials(request)]
      expect(keyring.calls - before).toBe(2)
      expect(new Set(keysOf(found)).size).toBe(2)
    }
    expect(cmm.statistics).toMatchObject({ bypassed: 4, hits: 0, misses: 0 })
  })

  it('never in a suite that uses the data key itself, whether it was asked for or chosen by the inner manager', async () => {
    const { keyring, cmm } = setting()
    const suite = algorithmSuite(0x0078)
    const asked = toEncrypt({ commitmentPolicy: forbidding, suite })
    await cmm.getEncryptionMaterials(asked)
    await cmm.getEncryptionMaterials(asked)
    expect(keyring.calls).toBe(2)

    const inner = defaultCmm(keyring)
    const choosing = cachingCmm({
      cmm: { ...inner, getEncryptionMaterials: (request) => inner.getEncryptionMaterials({ ...request, suite }) },
      cache: localCache({ capacity: 10 }),
      maxAgeMs: 1000,
    })
    const { suite: _, ...open } = asked
    const found = await Promise.all([1, 2, 3].map(() => choosing.getEncryptionMaterials(open)))
    found.push(await choosing.getEncryptionMaterials(open))
    expect(new Set(keysOf(found)).size).toBe(4)
  })

  it('without the length of one message or its signal: the inner manager learns nothing of either', async () => {
    const keyring = new CountedKeyring()
    const inner = defaultCmm(keyring)
    const asked: string[][] = []
    const cmm = cachingCmm({
      cmm: {
        ...inner,
        getEncryptionMaterials: (request) => {
          asked.push(Object.keys(request).sort())
          return inner.getEncryptionMaterials(request)
        },
      },
      cache: localCache({ capacity: 1 }),
      maxAgeMs: 1000,
    })
    const { signal } = new AbortController()
    await cmm.getEncryptionMaterials(toEncrypt({ signal }))
    expect(asked).toEqual([['commitmentPolicy', 'encryptionContext', 'signal', 'suite']])
  })
})

describe('materials to decrypt are used again', () => {
  it('for messages with the same wrapped keys, and name the one of the message at hand', async () => {
    const { keyring, cmm } = setting()
    const encrypted = await cmm.getEncryptionMaterials(toEncrypt())
    const other = edk('other', 'i', 'c')
    const copy = () => structuredClone(encrypted.encryptedDataKeys[0])
    const first = [other, copy()]
    const second = [copy(), other]
    const before = keyring.calls
    const found = [
      await cmm.decryptMaterials(toDecrypt(encrypted, { encryptedDataKeys: first })),
      await cmm.decryptMaterials(toDecrypt(encrypted, { encryptedDataKeys: second })),
    ]
    expect(keyring.calls - before).toBe(1)
    expect(keysOf(found)).toEqual(keysOf([encrypted, encrypted]))
    expect(found[0]?.encryptedDataKey).toBe(first[1])
    expect(found[1]?.encryptedDataKey).toBe(second[0])
  })

  it('any number of times, until they are too old', async () => {
    const { keyring, clock, cmm } = setting({ maxMessages: 1, maxBytes: 100 })
    const encrypted = await cmm.getEncryptionMaterials(toEncrypt())
    const before = keyring.calls
    for (let i = 0; i < 10; i++) await cmm.decryptMaterials(toDecrypt(encrypted))
    expect(keyring.calls - before).toBe(1)
    clock.time = 1000
    await cmm.decryptMaterials(toDecrypt(encrypted))
    expect(keyring.calls - before).toBe(2)
  })

  it('never in a suite that uses the data key itself', async () => {
    const { keyring, cmm } = setting()
    const suite = algorithmSuite(0x0014)
    const encrypted = await cmm.getEncryptionMaterials(toEncrypt({ commitmentPolicy: forbidding, suite }))
    const before = keyring.calls
    await cmm.decryptMaterials(toDecrypt(encrypted))
    await cmm.decryptMaterials(toDecrypt(encrypted))
    expect(keyring.calls - before).toBe(2)
  })

  it('not under a policy that forbids the suite (CVE-2026-6550)', async () => {
    const { cmm } = setting({ partitionId: 'shared' })
    const suite = algorithmSuite(0x0178)
    const encrypted = await cmm.getEncryptionMaterials(toEncrypt({ commitmentPolicy: forbidding, suite }))
    await cmm.decryptMaterials(toDecrypt(encrypted))
    await expect(cmm.decryptMaterials(toDecrypt(encrypted, { commitmentPolicy: strict }))).rejects.toMatchObject({
      code: 'ERR_ESDK_COMMITMENT_POLICY',
    })
  })
})

describe('managers that share a cache', () => {
  it('share no entry of two policies (CVE-2026-6550)', async () => {
    const cache = localCache({ capacity: 10 })
    const { cmm } = setting({ cache, partitionId: 'shared' })
    const other = setting({ cache, partitionId: 'shared' })
    const { suite: _, ...request } = toEncrypt()
    const loose = await cmm.getEncryptionMaterials({ ...request, commitmentPolicy: forbidding })
    const tight = await other.cmm.getEncryptionMaterials(request)
    expect([loose.suite.id, tight.suite.id]).toEqual([0x0378, 0x0578])
    expect(other.keyring.calls).toBe(1)
  })

  it('share entries when their partitions are the same, and only then', async () => {
    const cache = localCache({ capacity: 10 })
    const calls = async (partitionId: string | undefined) => {
      const { keyring, cmm } = setting({ cache, ...(partitionId && { partitionId }) })
      await cmm.getEncryptionMaterials(toEncrypt())
      return keyring.calls
    }
    expect([await calls('a'), await calls('a'), await calls('b')]).toEqual([1, 0, 1])
    expect([await calls(undefined), await calls(undefined)]).toEqual([1, 1])
  })

  it('keep to limits of their own', async () => {
    const clock = new HandClock()
    const cache = localCache({ capacity: 10, now: clock.now })
    const long = setting({ cache, partitionId: 'a', maxAgeMs: 10_000 })
    const short = setting({ cache, partitionId: 'a', maxAgeMs: 100 })
    const once = setting({ cache, partitionId: 'a', maxAgeMs: 10_000, maxMessages: 1 })
    await long.cmm.getEncryptionMaterials(toEncrypt())
    clock.time = 99
    await short.cmm.getEncryptionMaterials(toEncrypt())
    expect(short.keyring.calls).toBe(0)
    clock.time = 100
    await short.cmm.getEncryptionMaterials(toEncrypt())
    expect(short.keyring.calls).toBe(1)
    await once.cmm.getEncryptionMaterials(toEncrypt())
    expect(once.keyring.calls).toBe(1)
  })
})

describe('credentials (M9): a client whose keyring may not unwrap', () => {
  const refusing = () => {
    const keyring = new CountedKeyring()
    keyring.before = () => Promise.reject(new Error('access denied'))
    return keyring
  }

  it('gets nothing from the cache that another has filled, unless both have one cache and one partition', async () => {
    const cache = localCache({ capacity: 10 })
    const allowed = setting({ cache, partitionId: 'a' })
    const encrypted = await allowed.cmm.getEncryptionMaterials(toEncrypt())
    await allowed.cmm.decryptMaterials(toDecrypt(encrypted))
    const options = { keyring: refusing(), maxAgeMs: 1000 }
    for (const cmm of [
      cachingCmm({ ...options, cache: localCache({ capacity: 10 }), partitionId: 'a' }),
      cachingCmm({ ...options, cache }),
    ]) {
      await expect(cmm.decryptMaterials(toDecrypt(encrypted))).rejects.toThrow('access denied')
    }
    const sharing = cachingCmm({ ...options, cache, partitionId: 'a' })
    expect(keysOf([await sharing.decryptMaterials(toDecrypt(encrypted))])).toEqual(keysOf([encrypted]))
  })
})

describe('data keys', () => {
  it('of a reader stay whole when their entry is replaced or dropped', async () => {
    const { clock, cmm } = setting({ cache: localCache({ capacity: 1 }) })
    const reader = await cmm.getEncryptionMaterials(toEncrypt())
    const bytes = keysOf([reader])
    await cmm.getEncryptionMaterials(toEncrypt({ encryptionContext: contextOf([['another', 'entry']]) }))
    clock.time = 1000
    await cmm.getEncryptionMaterials(toEncrypt())
    expect(keysOf([reader])).toEqual(bytes)
    expect(reader.dataKey.expose()).not.toEqual(new Uint8Array(32))
  })

  it('of the keyring are zeroed when they are taken over', async () => {
    const { keyring, cmm } = setting()
    await cmm.getEncryptionMaterials(toEncrypt())
    await cmm.getEncryptionMaterials(toEncrypt())
    expect(keyring.handedOut).toHaveLength(1)
    expect(() => keyring.handedOut[0]?.expose()).toThrow('zeroed')
  })
})

describe('what is not as asked for is not kept', () => {
  it('when the inner manager gives materials that must not be used', async () => {
    const inner = defaultCmm(new CountedKeyring())
    let calls = 0
    const given: DataKey[] = []
    const cmm = cachingCmm({
      cmm: {
        ...inner,
        getEncryptionMaterials: async (request): Promise<ReadyEncryptionMaterials> => {
          calls++
          const dataKey = new DataKey(new Uint8Array(16).fill(1))
          given.push(dataKey)
          return { ...(await inner.getEncryptionMaterials(request)), dataKey }
        },
      },
      cache: localCache({ capacity: 10 }),
      maxAgeMs: 1000,
    })
    for (let i = 0; i < 2; i++) {
      await expect(cmm.getEncryptionMaterials(toEncrypt())).rejects.toMatchObject({ code: 'ERR_ESDK_MATERIALS' })
    }
    expect(calls).toBe(2)
    for (const dataKey of given) expect(() => dataKey.expose()).toThrow('zeroed')
  })

  it('when the request is changed while it is under way: nothing else is put in its place', async () => {
    const { cmm } = setting()
    const encryptionContext: Record<string, string> = { tenant: 'a' }
    const pending = cmm.getEncryptionMaterials(toEncrypt({ encryptionContext }))
    encryptionContext['tenant'] = 'b'
    expect((await pending).encryptionContext['tenant']).toBe('a')
    const again = await cmm.getEncryptionMaterials(toEncrypt({ encryptionContext: contextOf([['tenant', 'a']]) }))
    expect(again.encryptionContext['tenant']).toBe('a')
    expect(keysOf([again])).toEqual(keysOf([await pending]))
  })
})

describe('the statistics', () => {
  it('tell hits, misses and evictions apart, of encryption and decryption together', async () => {
    const { cmm } = setting({ cache: localCache({ capacity: 1 }) })
    const encrypted = await cmm.getEncryptionMaterials(toEncrypt())
    await cmm.getEncryptionMaterials(toEncrypt())
    await cmm.decryptMaterials(toDecrypt(encrypted))
    await cmm.decryptMaterials(toDecrypt(encrypted))
    await cmm.decryptMaterials(toDecrypt(encrypted))
    expect(cmm.statistics).toEqual({
      hits: 3,
      misses: 2,
      joined: 0,
      bypassed: 0,
      refreshes: 0,
      failures: 0,
      cacheFailures: 0,
      evictions: 1,
      waiting: 0,
    })
  })

  it('count no evictions of a cache that does not tell', () => {
    const { get, put, delete: drop } = nullCache()
    const cmm = cachingCmm({ keyring: new CountedKeyring(), cache: { get, put, delete: drop }, maxAgeMs: 1 })
    expect(cmm.statistics.evictions).toBe(0)
  })
})
