import { defaultBackend } from '@esdk/crypto-backend'
import { describe, expect, it } from 'vitest'
import { counting, rejectionOf, toEncrypt, toRewrap, unwrappedBy } from '../../test/key-materials.ts'
import { s3AesKeyring } from './aes-keyring.ts'

const kek = counting(32)

describe('keys of a keyring over keys of the caller', () => {
  it('of the caller are copied, and never changed (K2, K3)', async () => {
    const wrappingKey = counting(32)
    const keyring = s3AesKeyring({ wrappingKey })
    expect(wrappingKey).toEqual(counting(32))
    wrappingKey.fill(0)
    const { wrappedDataKey, dataKey } = await s3AesKeyring({ wrappingKey: kek }).onEncrypt(toEncrypt())
    expect(await unwrappedBy(keyring, wrappedDataKey)).toEqual(dataKey.expose())
  })

  it('that come out live in memory of their own (K1)', async () => {
    const keyring = s3AesKeyring({ wrappingKey: kek })
    const { wrappedDataKey, dataKey } = await keyring.onEncrypt(toEncrypt())
    for (const bytes of [dataKey.expose(), wrappedDataKey.ciphertext, await unwrappedBy(keyring, wrappedDataKey)]) {
      expect([bytes.byteOffset, bytes.buffer.byteLength]).toEqual([0, bytes.length])
    }
  })

  it('that a platform has made are zeroed when they have been copied, and when wrapping fails (K2)', async () => {
    const random: Uint8Array[] = []
    const sealed: Uint8Array[] = []
    const opened: Uint8Array[] = []
    let fails = false
    const keyring = s3AesKeyring({
      wrappingKey: kek,
      backend: {
        randomBytes(length) {
          const bytes = defaultBackend.randomBytes(length)
          random.push(bytes)
          return bytes
        },
        async importAesGcmKey(bytes) {
          const key = await defaultBackend.importAesGcmKey(bytes)
          return {
            ...key,
            async seal(iv, aad, plaintext) {
              sealed.push(plaintext)
              if (fails) throw new Error('the platform is ill')
              return key.seal(iv, aad, plaintext)
            },
            async open(iv, aad, ciphertext) {
              const bytes = await key.open(iv, aad, ciphertext)
              if (bytes !== undefined) opened.push(bytes)
              return bytes
            },
          }
        },
      },
    })
    const { wrappedDataKey } = await keyring.onEncrypt(toEncrypt())
    expect(random[0]).toEqual(new Uint8Array(32))
    await unwrappedBy(keyring, wrappedDataKey)
    expect(opened).toEqual([new Uint8Array(32)])
    fails = true
    const error = await rejectionOf(keyring.onEncrypt(toEncrypt()))
    expect(error).toMatchObject({ code: 'ERR_ESDK_PLATFORM' })
    expect(sealed[1]).toEqual(new Uint8Array(32))
    // A data key that was handed in stays as it is.
    const materials = toRewrap(counting(32))
    await rejectionOf(keyring.onEncrypt(materials))
    expect(materials.dataKey.expose()).toEqual(counting(32))
  })

  it('fail with the platform: no random bytes, no data key (K5)', async () => {
    const backend = {
      ...defaultBackend,
      randomBytes: () => {
        throw new Error('no entropy')
      },
    }
    const error = await rejectionOf(s3AesKeyring({ wrappingKey: kek, backend }).onEncrypt(toEncrypt()))
    expect(error).toMatchObject({ code: 'ERR_ESDK_PLATFORM' })
  })
})
