import { DataKey, type Keyring, type ReadyEncryptionMaterials } from '@esdk/cmm'
import { contextOf } from '@esdk/serialize'
import { describe, expect, it, vi } from 'vitest'
import { CountedKeyring, type Gate, gate, HandClock } from '../test/counted-keyring.ts'
import { keysOf, toDecrypt, toEncrypt } from '../test/requests.ts'
import { cachingCmm } from './caching-cmm.ts'
import { localCache } from './local-cache.ts'
import type { MaterialsCache } from './materials-cache.ts'
import type { CachingCmmOptions } from './options.ts'

function setting(changes: Partial<CachingCmmOptions> = {}) {
  const keyring = new CountedKeyring()
  const clock = new HandClock()
  const cache = localCache({ capacity: 100, now: clock.now })
  const options = { keyring, cache, maxAgeMs: 1000, refresh: false, now: clock.now, ...changes } as CachingCmmOptions
  return { keyring, clock, cache, cmm: cachingCmm(options) }
}

/** Each call waits for a gate of its own. */
function gatesOf(keyring: CountedKeyring): Gate[] {
  const gates: Gate[] = []
  keyring.before = () => {
    const own = gate()
    gates.push(own)
    return own.opened
  }
  return gates
}

/** Until something holds that other turns of the loop bring about. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve))
}

const times = <Value>(count: number, make: (i: number) => Value) => Array.from({ length: count }, (_, i) => make(i))

describe('equal requests at the same time (M8, herd)', () => {
  it('are 10,000 to encrypt, and make 1 call; each has a key of its own', async () => {
    const { keyring, cmm } = setting()
    const gates = gatesOf(keyring)
    const pending = Promise.all(times(10_000, () => cmm.getEncryptionMaterials(toEncrypt())))
    await until(() => cmm.statistics.waiting === 10_000)
    gates[0]?.open()
    const found = await pending
    expect(keyring.calls).toBe(1)
    expect(new Set(keysOf(found)).size).toBe(1)
    expect(new Set(found.map(({ dataKey }) => dataKey)).size).toBe(10_000)
    expect(cmm.statistics).toMatchObject({ misses: 1, joined: 9_999, waiting: 0 })
  })

  it('are 10,000 to decrypt, and make 1 call', async () => {
    const { keyring, cmm } = setting()
    const encrypted = await cmm.getEncryptionMaterials(toEncrypt())
    const before = keyring.calls
    const found = await Promise.all(times(10_000, () => cmm.decryptMaterials(toDecrypt(encrypted))))
    expect(keyring.calls - before).toBe(1)
    expect(found).toHaveLength(10_000)
  })

  it('fail all together, are not remembered, and the next calls again', async () => {
    const { keyring, cmm } = setting()
    const gates = gatesOf(keyring)
    const pending = Promise.allSettled(times(100, () => cmm.getEncryptionMaterials(toEncrypt())))
    await until(() => cmm.statistics.waiting === 100)
    gates[0]?.fail(new Error('the service is down'))
    for (const result of await pending) {
      expect(result).toMatchObject({ status: 'rejected', reason: { message: 'the service is down' } })
    }
    expect(keyring.calls).toBe(1)
    keyring.before = () => {}
    await cmm.getEncryptionMaterials(toEncrypt())
    expect(keyring.calls).toBe(2)
    expect(cmm.statistics).toMatchObject({ failures: 1, misses: 2, hits: 0 })
  })

  it('do not wait for other requests', async () => {
    const { keyring, cmm } = setting()
    const gates = gatesOf(keyring)
    const slow = cmm.getEncryptionMaterials(toEncrypt())
    await until(() => gates.length === 1)
    keyring.before = () => {}
    await cmm.getEncryptionMaterials(toEncrypt({ encryptionContext: contextOf([['another', 'one']]) }))
    gates[0]?.open()
    await slow
    expect(keyring.calls).toBe(2)
  })

  it('make a call of their own when they come later than the call may take', async () => {
    const { keyring, clock, cmm } = setting({ inFlightTtlMs: 500 })
    const gates = gatesOf(keyring)
    const first = cmm.getEncryptionMaterials(toEncrypt())
    await until(() => gates.length === 1)
    clock.time = 499
    const second = cmm.getEncryptionMaterials(toEncrypt())
    await until(() => cmm.statistics.waiting === 2)
    expect(gates).toHaveLength(1)
    clock.time = 500
    const third = cmm.getEncryptionMaterials(toEncrypt())
    await until(() => gates.length === 2)
    gates[1]?.open()
    const newer = await third
    gates[0]?.open()
    await Promise.all([first, second])
    // What comes late does not replace what came in time.
    keyring.before = () => {}
    expect(keysOf([await cmm.getEncryptionMaterials(toEncrypt())])).toEqual(keysOf([newer]))
    expect(keyring.calls).toBe(2)
  })
})

describe('limits hold while a call is under way (M7, limit reached mid-flight)', () => {
  it('no more messages wait for one data key than it may encrypt', async () => {
    const { keyring, cmm } = setting({ maxMessages: 10 })
    const found = await Promise.all(times(95, () => cmm.getEncryptionMaterials(toEncrypt())))
    const uses = new Map<string, number>()
    for (const key of keysOf(found)) uses.set(key, (uses.get(key) ?? 0) + 1)
    expect([...uses.values()].sort((a, b) => a - b)).toEqual([5, 10, 10, 10, 10, 10, 10, 10, 10, 10])
    expect(keyring.calls).toBe(10)
    // Five of the last key are left.
    for (let i = 0; i < 5; i++) await cmm.getEncryptionMaterials(toEncrypt())
    expect(keyring.calls).toBe(10)
    await cmm.getEncryptionMaterials(toEncrypt())
    expect(keyring.calls).toBe(11)
  })

  it('nor more bytes', async () => {
    const { keyring, cmm } = setting({ maxBytes: 250 })
    await Promise.all(times(4, () => cmm.getEncryptionMaterials(toEncrypt({ maxPlaintextLength: 100 }))))
    expect(keyring.calls).toBe(2)
  })

  it('readers at once never use up more than there is', async () => {
    const { keyring, cmm } = setting({ maxMessages: 10 })
    const first = await cmm.getEncryptionMaterials(toEncrypt())
    const found = await Promise.all(times(20, () => cmm.getEncryptionMaterials(toEncrypt())))
    expect(keysOf(found).filter((key) => key === keysOf([first])[0])).toHaveLength(9)
    expect(keyring.calls).toBe(3)
  })
})

describe('a data key that is used up by those who waited for it', () => {
  it('is zeroed and not kept: only their copies are left', async () => {
    const zeroed = vi.spyOn(DataKey.prototype, 'zero')
    try {
      const { cache, cmm } = setting({ maxMessages: 2 })
      const found = await Promise.all(times(2, () => cmm.getEncryptionMaterials(toEncrypt())))
      // That of the keyring, and the one that was taken over from it.
      expect(new Set(zeroed.mock.contexts).size).toBe(2)
      expect(cache.statistics.entries).toBe(0)
      expect(found.map(({ dataKey }) => isZeroed(dataKey))).toEqual([false, false])
    } finally {
      zeroed.mockRestore()
    }
  })
})

describe('an aborted request', () => {
  it('leaves alone those who wait for the same call', async () => {
    const { keyring, cmm } = setting()
    const gates = gatesOf(keyring)
    const controller = new AbortController()
    const leaving = cmm.getEncryptionMaterials(toEncrypt({ signal: controller.signal }))
    const staying = cmm.getEncryptionMaterials(toEncrypt({ signal: new AbortController().signal }))
    await until(() => cmm.statistics.waiting === 2)
    controller.abort(new Error('enough'))
    await expect(leaving).rejects.toThrow('enough')
    expect(cmm.statistics.waiting).toBe(1)
    gates[0]?.open()
    expect((await staying).dataKey.length).toBe(32)
    expect(keyring.calls).toBe(1)
  })

  it('ends the call when all have gone; the next calls again', async () => {
    const { keyring, cmm } = setting()
    const signals: (AbortSignal | undefined)[] = []
    keyring.before = (signal) => {
      signals.push(signal)
      return new Promise<void>((_, reject) => {
        signal?.addEventListener('abort', () => reject(signal.reason))
      })
    }
    const controllers = times(3, () => new AbortController())
    const pending = controllers.map(({ signal }) => cmm.getEncryptionMaterials(toEncrypt({ signal })))
    const settled = Promise.allSettled(pending)
    await until(() => cmm.statistics.waiting === 3)
    controllers[0]?.abort()
    controllers[1]?.abort()
    expect(signals.map((signal) => signal?.aborted)).toEqual([false])
    controllers[2]?.abort()
    expect(signals.map((signal) => signal?.aborted)).toEqual([true])
    for (const result of await settled) expect(result).toMatchObject({ reason: { name: 'AbortError' } })
    keyring.before = () => {}
    await cmm.getEncryptionMaterials(toEncrypt())
    expect(keyring.calls).toBe(2)
  })

  it('does not leave a key behind when the call ends all the same', async () => {
    const { keyring, cmm, cache } = setting()
    const gates = gatesOf(keyring)
    const controller = new AbortController()
    const leaving = cmm.getEncryptionMaterials(toEncrypt({ signal: controller.signal }))
    await until(() => cmm.statistics.waiting === 1)
    controller.abort()
    await expect(leaving).rejects.toMatchObject({ name: 'AbortError' })
    gates[0]?.open()
    await until(() => keyring.handedOut.length === 1 && isZeroed(keyring.handedOut[0]))
    expect(cache.statistics.entries).toBe(0)
  })

  it('keeps no listener at a signal that outlives it', async () => {
    const { cmm } = setting()
    const { signal } = new AbortController()
    const added = vi.spyOn(signal, 'addEventListener')
    const removed = vi.spyOn(signal, 'removeEventListener')
    await Promise.all(times(3, () => cmm.getEncryptionMaterials(toEncrypt({ signal }))))
    expect(added).toHaveBeenCalledTimes(3)
    expect(removed.mock.calls).toEqual(added.mock.calls.map(([type, listener]) => [type, listener]))
  })

  it('makes no call when it was aborted before', async () => {
    const { keyring, cmm } = setting()
    const signal = AbortSignal.abort(new Error('before'))
    await expect(cmm.getEncryptionMaterials(toEncrypt({ signal }))).rejects.toThrow('before')
    expect(keyring.calls).toBe(0)
  })
})

describe('an entry is renewed before it expires', () => {
  const refresh = { gracePeriodMs: 100, graceIntervalMs: 10 }

  it('behind the back of the request that finds it, which does not wait', async () => {
    const { keyring, clock, cmm } = setting({ refresh })
    const old = keysOf([await cmm.getEncryptionMaterials(toEncrypt())])
    clock.time = 899
    await cmm.getEncryptionMaterials(toEncrypt())
    expect(cmm.statistics.refreshes).toBe(0)
    const gates = gatesOf(keyring)
    clock.time = 900
    for (let i = 0; i < 3; i++) expect(keysOf([await cmm.getEncryptionMaterials(toEncrypt())])).toEqual(old)
    await until(() => gates.length === 1)
    gates[0]?.open()
    await until(() => keyring.handedOut.length === 2 && isZeroed(keyring.handedOut[1]))
    const renewed = keysOf([await cmm.getEncryptionMaterials(toEncrypt())])
    expect(renewed).not.toEqual(old)
    // The new entry has a life of its own.
    clock.time = 900 + 899
    expect(keysOf([await cmm.getEncryptionMaterials(toEncrypt())])).toEqual(renewed)
    expect(keyring.calls).toBe(2)
    expect(cmm.statistics).toMatchObject({ refreshes: 1, misses: 1, hits: 6 })
  })

  it('which never prolongs the old one when it fails (M7); each interval has one attempt', async () => {
    const { keyring, clock, cmm } = setting({ refresh })
    await cmm.getEncryptionMaterials(toEncrypt())
    keyring.before = () => Promise.reject(new Error('down'))
    for (const time of [950, 955, 960, 999]) {
      clock.time = time
      await cmm.getEncryptionMaterials(toEncrypt())
      await until(() => cmm.statistics.failures === cmm.statistics.refreshes)
    }
    expect(cmm.statistics).toMatchObject({ refreshes: 3, failures: 3, hits: 4 })
    clock.time = 1000
    await expect(cmm.getEncryptionMaterials(toEncrypt())).rejects.toThrow('down')
  })

  it('and who comes after it has expired waits for the same call', async () => {
    const { keyring, clock, cmm } = setting({ refresh })
    await cmm.getEncryptionMaterials(toEncrypt())
    const gates = gatesOf(keyring)
    clock.time = 999
    await cmm.getEncryptionMaterials(toEncrypt())
    await until(() => gates.length === 1)
    clock.time = 1000
    const controller = new AbortController()
    const leaving = cmm.getEncryptionMaterials(toEncrypt({ signal: controller.signal }))
    const staying = cmm.getEncryptionMaterials(toEncrypt())
    await until(() => cmm.statistics.waiting === 2)
    controller.abort()
    await expect(leaving).rejects.toMatchObject({ name: 'AbortError' })
    gates[0]?.open()
    await staying
    expect(keyring.calls).toBe(2)
  })

  it('also when the only one who waits for that call leaves', async () => {
    const { keyring, clock, cmm } = setting({ refresh })
    await cmm.getEncryptionMaterials(toEncrypt())
    const gates = gatesOf(keyring)
    clock.time = 999
    await cmm.getEncryptionMaterials(toEncrypt())
    await until(() => gates.length === 1)
    clock.time = 1000
    const controller = new AbortController()
    const leaving = cmm.getEncryptionMaterials(toEncrypt({ signal: controller.signal }))
    await until(() => cmm.statistics.waiting === 1)
    controller.abort()
    await expect(leaving).rejects.toMatchObject({ name: 'AbortError' })
    gates[0]?.open()
    await until(() => keyring.handedOut.length === 2 && isZeroed(keyring.handedOut[1]))
    await cmm.getEncryptionMaterials(toEncrypt())
    expect(keyring.calls).toBe(2)
  })

  it('and once more within the interval, when it was renewed and comes near its end again', async () => {
    const { keyring, clock, cmm } = setting({ refresh: { gracePeriodMs: 900, graceIntervalMs: 900 } })
    await cmm.getEncryptionMaterials(toEncrypt())
    for (const time of [100, 200]) {
      clock.time = time
      await cmm.getEncryptionMaterials(toEncrypt())
      await until(() => keyring.handedOut.length === keyring.calls && keyring.handedOut.every(isZeroed))
    }
    expect(cmm.statistics.refreshes).toBe(2)
  })

  it('also when it is one to decrypt', async () => {
    const { keyring, clock, cmm } = setting({ refresh })
    const encrypted = await cmm.getEncryptionMaterials(toEncrypt())
    await cmm.decryptMaterials(toDecrypt(encrypted))
    clock.time = 950
    await cmm.decryptMaterials(toDecrypt(encrypted))
    await until(() => keyring.calls === 3)
    expect(cmm.statistics.refreshes).toBe(1)
  })
})

describe('a cache that takes its time', () => {
  /** As one in another process: every answer comes later, what is put is there later. */
  function slowCache(): MaterialsCache & { readonly puts: number } {
    const inner = localCache({ capacity: 100 })
    const later = () => new Promise<void>((resolve) => setTimeout(resolve))
    let puts = 0
    return {
      get: async (id, use) => {
        await later()
        return inner.get(id, use)
      },
      put: async (id, entry) => {
        puts++
        await later()
        await inner.put(id, entry)
      },
      delete: async (id) => {
        await later()
        await inner.delete(id)
      },
      get puts() {
        return puts
      },
    }
  }

  it('is as good: requests that come at any time make 1 call', async () => {
    const cache = slowCache()
    const { keyring, cmm } = setting({ cache })
    const pending: Promise<ReadyEncryptionMaterials>[] = []
    for (let i = 0; i < 50; i++) {
      pending.push(...times(20, () => cmm.getEncryptionMaterials(toEncrypt())))
      await Promise.resolve()
      if (i % 10 === 0) await new Promise((resolve) => setTimeout(resolve))
    }
    expect(new Set(keysOf(await Promise.all(pending))).size).toBe(1)
    expect([keyring.calls, cache.puts]).toEqual([1, 1])
  })

  it('is waited for while it takes in what a request looks for', async () => {
    const inner = localCache({ capacity: 10 })
    const taken = gate()
    let gets = 0
    const cache: MaterialsCache = {
      get: async (id, use) => {
        gets++
        return inner.get(id, use)
      },
      put: async (id, entry) => {
        await taken.opened
        await inner.put(id, entry)
      },
      delete: async (id) => inner.delete(id),
    }
    const { keyring, cmm } = setting({ cache })
    await cmm.getEncryptionMaterials(toEncrypt())
    const second = cmm.getEncryptionMaterials(toEncrypt())
    await until(() => gets > 1)
    expect(keyring.calls).toBe(1)
    taken.open()
    await second
    expect(keyring.calls).toBe(1)
  })

  it('is asked three times at most, though something else is put while it looks', async () => {
    let asked = 0
    let within = false
    const cache: MaterialsCache = {
      get: async () => {
        if (within) return undefined
        within = true
        const encryptionContext = contextOf([['other request', `${asked++}`]])
        await cmm.getEncryptionMaterials(toEncrypt({ encryptionContext }))
        within = false
        return undefined
      },
      put: (_, { materials }) => materials.dataKey.zero(),
      delete: () => {},
    }
    const { keyring, cmm } = setting({ cache })
    await cmm.getEncryptionMaterials(toEncrypt())
    expect([asked, keyring.calls]).toEqual([3, 4])
  })

  it('keeps to limits', async () => {
    const { keyring, cmm } = setting({ cache: slowCache(), maxMessages: 2 })
    for (let i = 0; i < 6; i++) await cmm.getEncryptionMaterials(toEncrypt())
    expect(keyring.calls).toBe(3)
  })
})

describe('a cache that fails', () => {
  const working = () => localCache({ capacity: 100 })
  const down = () => Promise.reject(new Error('the cache is down'))
  const broken = () => {
    throw new Error('the cache is broken')
  }

  it.each<[string, () => MaterialsCache]>([
    ['rejects to find', () => ({ ...methodsOf(working()), get: down })],
    ['throws', () => ({ get: broken, put: broken, delete: broken })],
    ['rejects to keep', () => ({ ...methodsOf(working()), put: down })],
    ['finds what is none', () => ({ ...methodsOf(working()), get: () => ({}) as never })],
  ])('is one that found nothing: it %s', async (_, make) => {
    const { keyring, cmm } = setting({ cache: make() })
    for (let i = 0; i < 3; i++) {
      expect((await cmm.getEncryptionMaterials(toEncrypt())).dataKey.length).toBe(32)
    }
    await until(() => cmm.statistics.cacheFailures >= 3)
    expect(keyring.calls).toBe(3)
  })

  it('keeps no key: what it does not take is zeroed', async () => {
    const given: DataKey[] = []
    for (const refuse of [down, broken]) {
      const put: MaterialsCache['put'] = (_, { materials }) => {
        given.push(materials.dataKey)
        return refuse()
      }
      await setting({ cache: { ...methodsOf(working()), put } }).cmm.getEncryptionMaterials(toEncrypt())
    }
    expect(given).toHaveLength(2)
    await until(() => given.every(isZeroed))
  })

  function methodsOf({ get, put, delete: drop }: MaterialsCache): MaterialsCache {
    return { get, put, delete: drop }
  }
})

describe('a keyring that throws instead of rejecting', () => {
  it('fails the request, not the process', async () => {
    const keyring: Keyring = {
      onEncrypt: () => {
        throw new Error('at once')
      },
      onDecrypt: () => Promise.reject(new Error('never asked')),
    }
    const { cmm } = setting({ keyring })
    await expect(cmm.getEncryptionMaterials(toEncrypt())).rejects.toThrow('at once')
  })
})

function isZeroed(dataKey: DataKey | undefined): boolean {
  try {
    dataKey?.expose()
    return false
  } catch {
    return true
  }
}
