import { DataKey, type EncryptionContext } from '@esdk/cmm'
import { describe, expect, it } from 'vitest'
import { committing, context, counting, gcm, noContext } from '../test/key-materials.ts'
import { checkDecryptionMaterials, checkEncryptionMaterials, checkWrappedDataKey } from './check-object-materials.ts'
import type { ReadyObjectDecryptionMaterials, ReadyObjectEncryptionMaterials } from './materials.ts'

const asked = { suite: committing, encryptionContext: context }
const stored = { ...context, 'aws:x-amz-cek-alg': '115' }
const wrappedDataKey = { algorithm: 'kms+context', ciphertext: counting(60), description: stored } as const

function right(): ReadyObjectEncryptionMaterials {
  return { ...asked, dataKey: new DataKey(counting(32)), wrappedDataKey }
}

/** Given in place of right materials; none of it may be used, and the data key in it must not stay. */
type Wrong = (given: ReadyObjectEncryptionMaterials) => unknown

const withKey =
  (fields: Readonly<Record<string, unknown>>): Wrong =>
  (given) => ({ ...given, wrappedDataKey: { ...wrappedDataKey, ...fields } })

const wrong: readonly [what: string, change: Wrong, says: string][] = [
  ['nothing', () => undefined, 'are no object'],
  ['null', () => null, 'are no object'],
  ['a text', () => 'materials', 'are no object'],
  ['no data key', (given) => ({ ...given, dataKey: undefined }), 'have no data key'],
  ['bytes as data key', (given) => ({ ...given, dataKey: counting(32) }), 'have no data key'],
  [
    'a data key of 16 bytes',
    (given) => ({ ...given, dataKey: new DataKey(counting(16)) }),
    'have a data key of 16 bytes',
  ],
  [
    'a data key of 33 bytes',
    (given) => ({ ...given, dataKey: new DataKey(counting(33)) }),
    'have a data key of 33 bytes',
  ],
  ['an empty data key', (given) => ({ ...given, dataKey: new DataKey(counting(0)) }), 'have a data key of 0 bytes'],
  ['another suite', (given) => ({ ...given, suite: gcm }), 'have another suite than was asked for'],
  ['no suite', (given) => ({ ...given, suite: undefined }), 'have another suite than was asked for'],
  ['no context', (given) => ({ ...given, encryptionContext: undefined }), 'cannot be used'],
  ['a context of numbers', (given) => ({ ...given, encryptionContext: { team: 1 } }), 'cannot be used'],
  [
    'a context without a pair',
    (given) => ({ ...given, encryptionContext: { team: 'alpha' } }),
    'drop or change the context key "purpose"',
  ],
  [
    'a context with another value',
    (given) => ({ ...given, encryptionContext: { ...context, team: 'beta' } }),
    'drop or change the context key "team"',
  ],
  ['no wrapped data key', (given) => ({ ...given, wrappedDataKey: undefined }), 'wrapped with "undefined"'],
  ['a legacy algorithm', withKey({ algorithm: 'kms' }), 'wrapped with "kms", which is not written'],
  ['an unknown algorithm', withKey({ algorithm: 'none' }), 'wrapped with "none", which is not written'],
  ['an empty wrapped data key', withKey({ ciphertext: new Uint8Array(0) }), 'have no wrapped data key'],
  ['a text as wrapped data key', withKey({ ciphertext: 'AQID' }), 'have no wrapped data key'],
  ['a description that is a text', withKey({ description: '{}' }), 'have a description that cannot be used'],
  ['no description', withKey({ description: undefined }), 'have a description that cannot be used'],
  ['an algorithm that does not authenticate the context', withKey({ algorithm: 'AES/GCM' }), 'does not authenticate'],
]

describe('the gate for materials to encrypt (K4)', () => {
  it('lets right ones through, as a frozen copy, and takes the data key over', () => {
    const given = right()
    const checked = checkEncryptionMaterials(asked, given)
    expect(checked.suite).toBe(committing)
    expect(checked.dataKey.expose()).toEqual(counting(32))
    expect(() => given.dataKey.expose()).toThrow('has been zeroed')
    expect({ ...checked.encryptionContext }).toEqual({ ...context })
    expect(checked.wrappedDataKey.ciphertext).toEqual(counting(60))
    expect(checked.wrappedDataKey.ciphertext).not.toBe(wrappedDataKey.ciphertext)
    expect({ ...checked.wrappedDataKey.description }).toEqual(stored)
    for (const value of [
      checked,
      checked.encryptionContext,
      checked.wrappedDataKey,
      checked.wrappedDataKey.description,
    ]) {
      expect(Object.isFrozen(value)).toBe(true)
    }
  })

  it('lets a materials manager add pairs to the context', () => {
    const encryptionContext: EncryptionContext = { ...context, by: 'manager' }
    const more = { ...wrappedDataKey, description: { ...stored, by: 'manager' } }
    const checked = checkEncryptionMaterials(asked, { ...right(), encryptionContext, wrappedDataKey: more })
    expect({ ...checked.encryptionContext }).toEqual({ ...encryptionContext })
  })

  it('knows at least 20 wrong ones', () => {
    expect(wrong.length).toBeGreaterThanOrEqual(20)
  })

  it.each(wrong)('stops %s', (_, change, says) => {
    const given = right()
    const materials = change(given) as ReadyObjectEncryptionMaterials
    expect(() => checkEncryptionMaterials(asked, materials)).toThrow(
      expect.objectContaining({ code: 'ERR_ESDK_MATERIALS', message: expect.stringContaining(says) as unknown }),
    )
    if (materials?.dataKey instanceof DataKey) expect(() => materials.dataKey.expose()).toThrow('has been zeroed')
  })

  it.each([
    ['no content algorithm', context],
    ['another content algorithm', { ...context, 'aws:x-amz-cek-alg': 'AES/GCM/NoPadding' }],
    ['a pair too few', { team: 'alpha', 'aws:x-amz-cek-alg': '115' }],
    ['a pair too many', { ...stored, more: '' }],
  ])('stops a stored context with %s: no reader would accept it', (_, description) => {
    const given = { ...right(), wrappedDataKey: { ...wrappedDataKey, description } }
    expect(() => checkEncryptionMaterials(asked, given)).toThrow(
      expect.objectContaining({ code: 'ERR_ESDK_ENCRYPTION_CONTEXT' }),
    )
    expect(() => given.dataKey.expose()).toThrow('has been zeroed')
  })

  it('reads each field once: a getter that answers differently later changes nothing (K3)', () => {
    let reads = 0
    const given = {
      ...right(),
      get wrappedDataKey() {
        reads++
        return reads === 1 ? wrappedDataKey : { ...wrappedDataKey, ciphertext: new Uint8Array(0) }
      },
    }
    expect(checkEncryptionMaterials(asked, given).wrappedDataKey.ciphertext).toEqual(counting(60))
    expect(reads).toBe(1)
  })

  it('says whose fault it is when a getter throws', () => {
    const given = {
      ...right(),
      get suite(): never {
        throw new RangeError('gotcha')
      },
    }
    expect(() => checkEncryptionMaterials(asked, given)).toThrow(
      expect.objectContaining({ code: 'ERR_ESDK_MATERIALS' }),
    )
  })
})

describe('the gate for a data key that is wrapped again', () => {
  it('gives a frozen copy, and does not touch the data key', () => {
    const description = { year: '2026' }
    const given = { algorithm: 'AES/GCM', ciphertext: counting(60), description } as const
    const checked = checkWrappedDataKey({ suite: gcm, encryptionContext: noContext }, given)
    expect(checked).toEqual({ ...given, description: expect.objectContaining(description) as unknown })
    expect(Object.isFrozen(checked)).toBe(true)
  })
})

describe('the gate for materials to decrypt (K4)', () => {
  const toOpen = { suite: gcm, encryptionContext: undefined }
  const opened = (length = 32): ReadyObjectDecryptionMaterials => ({
    ...toOpen,
    dataKey: new DataKey(counting(length)),
  })

  it.each([16, 24, 32])('lets a data key of %i bytes through for an old suite, and takes it over', (length) => {
    const given = opened(length)
    expect(checkDecryptionMaterials(toOpen, given).dataKey.expose()).toEqual(counting(length))
    expect(() => given.dataKey.expose()).toThrow('has been zeroed')
  })

  it.each([
    ['nothing', undefined, 'are no object'],
    ['no data key', toOpen, 'have no data key'],
    ['another suite', { ...opened(), suite: committing }, 'have another suite than was asked for'],
    [
      'a data key of 20 bytes',
      opened(20),
      'have a data key of 20 bytes, ALG_AES_256_GCM_IV12_TAG16_NO_KDF takes 16, 24 or 32',
    ],
    ['an empty data key', opened(0), 'have a data key of 0 bytes'],
  ])('stops %s', (_, given, says) => {
    expect(() => checkDecryptionMaterials(toOpen, given as ReadyObjectDecryptionMaterials)).toThrow(
      expect.objectContaining({ code: 'ERR_ESDK_MATERIALS', message: expect.stringContaining(says) as unknown }),
    )
  })

  it('stops a short data key for the committing suite', () => {
    const asked = { suite: committing, encryptionContext: undefined }
    const given = { ...asked, dataKey: new DataKey(counting(16)) }
    expect(() => checkDecryptionMaterials(asked, given)).toThrow('have a data key of 16 bytes')
    expect(() => given.dataKey.expose()).toThrow('has been zeroed')
  })
})
