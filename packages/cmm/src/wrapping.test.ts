import { defaultBackend } from '@esdk/crypto-backend'
import { describe, expect, it } from 'vitest'
import { counting, toEncrypt } from '../test/materials.ts'
import { type DataKey, type EncryptedDataKey, withGeneratedDataKey } from './index.ts'
import { unwrappedKey, type WrappedKey, wrapInto } from './wrapping.ts'

const wrapped: WrappedKey = { providerInfo: Uint8Array.of(1), ciphertext: Uint8Array.of(2) }
const edk: EncryptedDataKey = { providerId: 'app', ...wrapped }

/** Its random bytes are 0, 1, 2 ... and can be looked at afterwards. */
function countingBackend() {
  const given: Uint8Array[] = []
  return {
    given,
    randomBytes(length: number) {
      const bytes = counting(length)
      given.push(bytes)
      return bytes
    },
  }
}

describe('wrapping into materials without a data key', () => {
  it.each([
    [0x0114, 16],
    [0x0146, 24],
    [0x0478, 32],
  ] as const)('makes one of random bytes, as long as suite %i takes: %i bytes', async (suite, length) => {
    const seen: Uint8Array[] = []
    const ready = await wrapInto(toEncrypt(suite), 'app', countingBackend(), (bytes) => {
      seen.push(new Uint8Array(bytes))
      return wrapped
    })
    expect(seen).toEqual([counting(length)])
    expect(ready.dataKey.expose()).toEqual(counting(length))
    expect(ready.encryptedDataKeys).toEqual([edk])
  })

  it('leaves no random bytes behind: what the backend gave is zeroed (K2)', async () => {
    const backend = countingBackend()
    await wrapInto(toEncrypt(), 'app', backend, () => wrapped)
    expect(backend.given).toEqual([new Uint8Array(32)])
  })

  it.each([
    [
      'throws',
      () => {
        throw new Error('no')
      },
    ],
    ['rejects', () => Promise.reject(new Error('no'))],
    ['gives nonsense', () => undefined as unknown as WrappedKey],
  ])('zeroes the data key when wrapping %s (K2)', async (_, fail) => {
    let bytes: Uint8Array | undefined
    const wrapping = async () =>
      wrapInto(toEncrypt(), 'app', countingBackend(), (dataKey) => {
        bytes = dataKey
        return fail()
      })
    await expect(wrapping()).rejects.toThrow()
    expect(bytes).toEqual(new Uint8Array(32))
  })

  it('fails when there are no random bytes: there is no fall-back (K5)', () => {
    const backend = {
      randomBytes(): never {
        throw new Error('no entropy')
      },
    }
    expect(() => wrapInto(toEncrypt(), 'app', backend, () => wrapped)).toThrow('no entropy')
  })
})

describe('wrapping into materials with a data key', () => {
  const ready = async () => wrapInto(toEncrypt(), 'first', defaultBackend, () => wrapped)

  it('adds a wrapped copy of it', async () => {
    const one = await ready()
    const two = await wrapInto(one, 'second', defaultBackend, (bytes) => ({
      ...wrapped,
      ciphertext: new Uint8Array(bytes),
    }))
    expect(two.encryptedDataKeys.map(({ providerId }) => providerId)).toEqual(['first', 'second'])
    expect(two.encryptedDataKeys[1]?.ciphertext).toEqual(one.dataKey.expose())
    expect(two.dataKey).toBe(one.dataKey)
  })

  it('leaves it alone when wrapping fails: it is another’s', async () => {
    const one = await ready()
    const before = one.dataKey.expose().slice()
    const failing = async () => wrapInto(one, 'second', defaultBackend, () => Promise.reject(new Error('no')))
    await expect(failing()).rejects.toThrow('no')
    expect(one.dataKey.expose()).toEqual(before)
  })
})

describe('an unwrapped key', () => {
  it('is a data key; the bytes it came in are zeroed (K2)', () => {
    const bytes = counting(32)
    const dataKey: DataKey = unwrappedKey(edk, bytes, 32)
    expect(dataKey.expose()).toEqual(counting(32))
    expect(bytes).toEqual(new Uint8Array(32))
    expect(withGeneratedDataKey(toEncrypt(), dataKey, edk).dataKey).toBe(dataKey)
  })

  const text =
    '"app" / "\\u{1}": it does not unwrap: another wrapping key, another encryption context, or changed bytes'

  it.each([
    ['nothing was unwrapped', undefined],
    ['it is empty', 0],
    ['it is shorter than the suite takes', 16],
    ['it is longer than the suite takes', 33],
  ])('is refused, in one text for all causes (P15): %s', (_, length) => {
    const bytes = length === undefined ? undefined : new Uint8Array(length).fill(7)
    expect(() => unwrappedKey(edk, bytes, 32)).toThrow(
      expect.objectContaining({ name: 'UnwrapError', code: 'ERR_ESDK_UNWRAP', message: text, encryptedDataKey: edk }),
    )
    expect(bytes?.every((byte) => byte === 0) ?? true).toBe(true)
  })
})
