import { describe, expect, it } from 'vitest'
import { toDecrypt } from '../test/materials.ts'
import { DataKey, type EmptyDecryptionMaterials, type EncryptedDataKey, type NoDataKeyError } from './index.ts'
import { unwrapFirst } from './unwrap-first.ts'

const keys = ['one', 'two', 'three'].map(
  (providerId): EncryptedDataKey => ({ providerId, providerInfo: new Uint8Array(0), ciphertext: new Uint8Array(0) }),
)

function dataKey(): DataKey {
  return new DataKey(new Uint8Array(32).fill(7))
}

describe('unwrapping the first key that opens', () => {
  it('asks in the order of the message, and stops at the first', async () => {
    const asked: string[] = []
    const ready = await unwrapFirst(toDecrypt(), keys, undefined, 'test', ({ providerId }) => {
      asked.push(providerId)
      return providerId === 'two' ? dataKey() : undefined
    })
    expect(asked).toEqual(['one', 'two'])
    expect(ready.encryptedDataKey).toBe(keys[1])
    expect(ready.dataKey.length).toBe(32)
  })

  it('takes answers at once, or by and by', async () => {
    const ready = await unwrapFirst(toDecrypt(), keys, undefined, 'test', async () => dataKey())
    expect(ready.encryptedDataKey).toBe(keys[0])
  })

  it('goes on after a failure, however it comes, and tells of each', async () => {
    const failures = [new Error('thrown'), new Error('rejected')] as const
    const tried = unwrapFirst(toDecrypt(), keys, {}, 'what I am for', ({ providerId }) => {
      if (providerId === 'one') throw failures[0]
      return providerId === 'two' ? Promise.reject(failures[1]) : undefined
    })
    const error = (await tried.catch((reason: unknown) => reason)) as NoDataKeyError
    expect(error).toMatchObject({ code: 'ERR_ESDK_NO_DATA_KEY', attempts: failures })
  })

  it('counts a data key of a wrong length as a failure', async () => {
    const tried = unwrapFirst(toDecrypt(), keys.slice(0, 1), undefined, 'test', () => new DataKey(new Uint8Array(16)))
    await expect(tried).rejects.toMatchObject({ attempts: [expect.objectContaining({ code: 'ERR_ESDK_MATERIALS' })] })
  })

  it('says what the keyring was for when no key is its own', async () => {
    await expect(unwrapFirst(toDecrypt(), keys, undefined, '"app" / "key"', () => undefined)).rejects.toMatchObject({
      attempts: [],
      message: expect.stringContaining('belongs to this keyring ("app" / "key")') as string,
    })
  })

  it('refuses materials that have a data key', async () => {
    const ready = { ...toDecrypt(), dataKey: dataKey() } as unknown as EmptyDecryptionMaterials
    const tried = unwrapFirst(ready, keys, undefined, 'test', () => expect.unreachable())
    await expect(tried).rejects.toMatchObject({ code: 'ERR_ESDK_KEYRING' })
  })

  it('stops between two keys when it is aborted (R3)', async () => {
    const controller = new AbortController()
    const reason = new Error('the user left')
    const asked: string[] = []
    const tried = unwrapFirst(toDecrypt(), keys, { signal: controller.signal }, 'test', ({ providerId }) => {
      asked.push(providerId)
      if (providerId === 'two') controller.abort(reason)
      return undefined
    })
    await expect(tried).rejects.toBe(reason)
    expect(asked).toEqual(['one', 'two'])
  })
})
