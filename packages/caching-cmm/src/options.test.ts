import { defaultCmm } from '@esdk/cmm'
import { describe, expect, it } from 'vitest'
import { CountedKeyring } from '../test/counted-keyring.ts'
import { localCache } from './local-cache.ts'
import { type CachingCmmOptions, checkOptions } from './options.ts'

const keyring = new CountedKeyring()
const cache = localCache({ capacity: 10 })
const least = { keyring, cache, maxAgeMs: 60_000 }

const check = (changes: object) => checkOptions({ ...least, ...changes })

describe('the options of cachingCmm', () => {
  it('have these defaults', () => {
    expect(checkOptions(least)).toMatchObject({
      maxMessages: 4_294_967_296,
      maxBytes: 9_007_199_254_740_991,
      inFlightTtlMs: 10_000,
      refresh: { gracePeriodMs: 6_000, graceIntervalMs: 1_000, fanOut: 20 },
    })
    expect(check({ maxAgeMs: 600_000 }).refresh?.gracePeriodMs).toBe(10_000)
    expect(check({ maxAgeMs: 50 }).refresh).toMatchObject({ gracePeriodMs: 5, graceIntervalMs: 5 })
    expect(check({ refresh: false }).refresh).toBeUndefined()
  })

  it('have another random partition each time', () => {
    const ids = Array.from({ length: 100 }, () => checkOptions(least).partitionId)
    expect(new Set(ids).size).toBe(100)
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{32}$/)
  })

  it.each([
    ['no object', undefined],
    ['neither keyring nor cmm', { cache, maxAgeMs: 1 }],
    ['both', { ...least, cmm: defaultCmm(keyring) }],
    ['a keyring that is none', { ...least, keyring: {} }],
    ['a cmm that is none', { cmm: {}, cache, maxAgeMs: 1 }],
    ['no cache', { keyring, maxAgeMs: 1 }],
    ['a cache that is a Map', { ...least, cache: new Map() }],
    ['an empty partition id', { ...least, partitionId: '' }],
    ['a partition id that is a number', { ...least, partitionId: 7 }],
    ['a partition id with half a surrogate pair', { ...least, partitionId: 'x\ud800' }],
    ['a clock that is none', { ...least, now: 0 }],
  ])('are refused: %s', (_, options) => {
    expect(() => checkOptions(options as unknown as CachingCmmOptions)).toThrow(TypeError)
  })

  it.each([
    ['maxAgeMs', undefined],
    ['maxAgeMs', 0],
    ['maxAgeMs', -1],
    ['maxAgeMs', Number.POSITIVE_INFINITY],
    ['maxAgeMs', '1000'],
    ['maxMessages', 0],
    ['maxMessages', 2 ** 32 + 1],
    ['maxMessages', 1.5],
    ['maxBytes', -1],
    ['maxBytes', 2 ** 53],
    ['inFlightTtlMs', 0],
    ['refresh', { gracePeriodMs: 60_000 }],
    ['refresh', { gracePeriodMs: 0 }],
    ['refresh', { gracePeriodMs: 10, graceIntervalMs: 11 }],
    ['refresh', { graceIntervalMs: Number.NaN }],
    ['refresh', { fanOut: 0 }],
  ])('are refused: %s of %j', (name, value) => {
    expect(() => check({ [name]: value })).toThrow(RangeError)
  })
})
