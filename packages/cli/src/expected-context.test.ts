import { createClient } from '@esdk/client'
import { defaultCmm } from '@esdk/cmm'
import { rawAesKeyring } from '@esdk/keyring-raw'
import { describe, expect, it } from 'vitest'
import { UsageError } from './cli-error.ts'
import { expectedContext } from './expected-context.ts'

const keyring = rawAesKeyring({ namespace: 'app', name: 'k1', wrappingKey: new Uint8Array(32) })
const client = createClient()

async function message(encryptionContext: Readonly<Record<string, string>>): Promise<Uint8Array> {
  return (await client.encrypt(new Uint8Array(1), { keyring, encryptionContext, suite: 0x0478 })).ciphertext
}

describe('the context that is expected (C8, context check)', () => {
  it('is pairs, and keys that only have to be there', async () => {
    const { pairs, cmm } = expectedContext(defaultCmm(keyring), [{ key: 'a', value: '1' }, { key: 'b' }], [])
    expect(Object.entries(pairs)).toEqual([['a', '1']])
    const options = { cmm, encryptionContext: pairs }
    await client.decrypt(await message({ a: '1', b: 'anything' }), options)
    await expect(client.decrypt(await message({ a: '1' }), options)).rejects.toMatchObject({
      code: 'ERR_ESDK_ENCRYPTION_CONTEXT',
      message: expect.stringContaining('no "b"') as string,
    })
    await expect(client.decrypt(await message({ a: '2', b: '' }), options)).rejects.toMatchObject({
      code: 'ERR_ESDK_ENCRYPTION_CONTEXT',
    })
  })

  it('says which keys the last message did not store', async () => {
    const { pairs, cmm, situation } = expectedContext(defaultCmm(keyring), [{ key: 'a', value: '1' }], [])
    const options = { cmm, encryptionContext: pairs }
    await expect(client.decrypt(await message({ b: '1' }), options)).rejects.toThrow()
    expect(situation()).toEqual({ contextNotStored: ['"a"'], neededProviders: ['app'] })
    await client.decrypt(await message({ a: '1' }), options)
    expect(situation()).toEqual({ contextNotStored: [], neededProviders: ['app'] })
  })

  it('needs a value for a key that is not stored', () => {
    expect(() => expectedContext(defaultCmm(keyring), [{ key: 'a' }], ['a'])).toThrow(UsageError)
    expect(() => expectedContext(defaultCmm(keyring), [], ['aws-crypto-x'])).toThrow('is reserved')
  })
})
