import { DataKey, type Keyring, withGeneratedDataKey, withUnwrappedDataKey } from '@esdk/cmm'
import { type CryptoBackend, defaultBackend } from '@esdk/crypto-backend'
import { algorithmSuites } from '@esdk/serialize'
import { describe, expect, it } from 'vitest'
import { pattern, take, until, webStream } from '../test/chunks.ts'
import { knownEdk, knownKey } from '../test/keyrings.ts'
import { framesOf, sealMessage } from '../test/sealed-message.ts'
import { createClient } from './index.ts'

/** A keyring that keeps the very arrays of the keys it gave, as a careless or curious one may. */
function keepingKeyring(): Keyring & { readonly kept: Uint8Array[] } {
  const kept: Uint8Array[] = []
  const newKey = (length: number): DataKey => {
    const dataKey = new DataKey(knownKey.subarray(0, length))
    kept.push(dataKey.expose())
    return dataKey
  }
  return {
    kept,
    async onEncrypt(materials) {
      if (materials.dataKey !== undefined) throw new Error('makes keys only')
      return withGeneratedDataKey(materials, newKey(materials.suite.keyLength), knownEdk)
    },
    async onDecrypt(materials) {
      return withUnwrappedDataKey(materials, newKey(materials.suite.keyLength))
    },
  }
}

/** The arrays in which keys passed through the backend. */
function watchedBackend(changes: Partial<CryptoBackend> = {}): CryptoBackend & { readonly keys: Uint8Array[] } {
  const keys: Uint8Array[] = []
  return {
    ...defaultBackend,
    keys,
    importAesGcmKey(key) {
      keys.push(key)
      return defaultBackend.importAesGcmKey(key)
    },
    async hmac(hash, key, data) {
      const result = await defaultBackend.hmac(hash, key, data)
      // Of the data key as a message, and of what was extracted from it as a key.
      keys.push(data.length === 16 || data.length === 24 || data.length === 32 ? data : key, result)
      return result
    },
    ...changes,
  }
}

function expectZero(arrays: readonly Uint8Array[], atLeast: number): void {
  expect(arrays.length).toBeGreaterThanOrEqual(atLeast)
  for (const array of arrays) expect(Array.from(array).every((byte) => byte === 0)).toBe(true)
}

const plaintext = pattern(100)

describe('keys are overwritten', () => {
  it.each(algorithmSuites.map((suite) => [suite.name, suite] as const))('after success, with %s', async (_, suite) => {
    const commitmentPolicy = suite.committing ? 'require-encrypt-require-decrypt' : 'forbid-encrypt-allow-decrypt'
    const keyring = keepingKeyring()
    const backend = watchedBackend()
    const client = createClient({ commitmentPolicy, backend })
    const { ciphertext } = await client.encrypt(plaintext, { keyring, suite: suite.id })
    expectZero(keyring.kept, 1)
    expectZero(backend.keys, suite.kdf.kind === 'identity' ? 1 : 4)
    expect((await client.decrypt(ciphertext, { keyring })).plaintext).toEqual(plaintext)
    expectZero(keyring.kept, 2)
    expectZero(backend.keys, suite.kdf.kind === 'identity' ? 2 : 8)
  })

  it('as soon as the keys of a stream are derived, before its body is read', async () => {
    const keyring = keepingKeyring()
    const backend = watchedBackend()
    const client = createClient({ backend })
    await client.encryptStream(new ReadableStream(), { keyring })
    expectZero(keyring.kept, 1)
    const message = await sealMessage({ frameLength: 16, pieces: framesOf(plaintext, 16) })
    await client.decryptStream(webStream([message]), { keyring })
    expectZero(keyring.kept, 2)
    expectZero(backend.keys, 8)
  })

  it('when the commitment, the header, or a key length is wrong', async () => {
    const sound = { frameLength: 16, pieces: framesOf(plaintext, 16) }
    for (const [message, code] of [
      [await sealMessage({ ...sound, commitment: new Uint8Array(32) }), 'ERR_ESDK_COMMITMENT'],
      [await sealMessage({ ...sound, suite: 0x0478, key: pattern(32) }), 'ERR_ESDK_COMMITMENT'],
      [await sealMessage({ ...sound, suite: 0x0178, key: pattern(32) }), 'ERR_ESDK_HEADER_AUTH'],
    ] as const) {
      const keyring = keepingKeyring()
      const backend = watchedBackend()
      const client = createClient({ commitmentPolicy: 'forbid-encrypt-allow-decrypt', backend })
      await expect(client.decrypt(message, { keyring })).rejects.toMatchObject({ code })
      expectZero(keyring.kept, 1)
      expectZero(backend.keys, 4)
    }
  })

  it.each(['randomBytes', 'importAesGcmKey', 'hmac 1', 'hmac 2', 'hmac 3'])(
    'when the platform fails half way, at %s',
    async (step) => {
      const failing = (): never => {
        throw new Error('the platform is out of order')
      }
      const message = await sealMessage({ frameLength: 16, pieces: framesOf(plaintext, 16) })
      for (const operation of ['encrypt', 'decrypt'] as const) {
        if (operation === 'decrypt' && step === 'randomBytes') continue
        const keyring = keepingKeyring()
        const watched = watchedBackend()
        let call = 0
        const [method, number] = step.split(' ') as [keyof CryptoBackend, string | undefined]
        const backend = {
          ...watched,
          [method](...args: Parameters<CryptoBackend['hmac']>) {
            if (method === 'hmac') return ++call === Number(number) ? failing() : watched.hmac(...args)
            if (method === 'importAesGcmKey') watched.keys.push(args[0] as unknown as Uint8Array)
            return failing()
          },
        }
        const client = createClient({ backend })
        const bytes = operation === 'encrypt' ? plaintext : message
        await expect(client[operation](bytes, { keyring, suite: 0x0478 })).rejects.toMatchObject({
          code: 'ERR_ESDK_PLATFORM',
          message: 'the platform failed: the platform is out of order',
        })
        expectZero(keyring.kept, 1)
        expectZero(watched.keys, step === 'randomBytes' || step === 'hmac 1' ? 0 : 1)
      }
    },
  )

  it('when they come after an abort', async () => {
    const message = await sealMessage({ frameLength: 16, pieces: framesOf(plaintext, 16) })
    for (const operation of ['encrypt', 'decrypt'] as const) {
      const keyring = keepingKeyring()
      const controller = new AbortController()
      let answer: () => void = () => {}
      const asked = new Promise<void>((resolve) => {
        answer = resolve
      })
      const slow: Keyring = {
        async onEncrypt(...args) {
          await asked
          return keyring.onEncrypt(...args)
        },
        async onDecrypt(...args) {
          await asked
          return keyring.onDecrypt(...args)
        },
      }
      const bytes = operation === 'encrypt' ? plaintext : message
      const running = createClient()[operation](bytes, { keyring: slow, signal: controller.signal })
      controller.abort('no more')
      await expect(running).rejects.toBe('no more')
      expect(keyring.kept).toEqual([])
      answer()
      await until(() => keyring.kept.length > 0 && (keyring.kept[0] as Uint8Array).every((byte) => byte === 0))
    }
  })
})

describe('what belongs to the caller is not changed', () => {
  it('neither plaintext nor ciphertext, nor the key that a keyring keeps', async () => {
    const key = pattern(32)
    const keyring: Keyring = {
      async onEncrypt(materials) {
        if (materials.dataKey !== undefined) throw new Error('makes keys only')
        return withGeneratedDataKey(materials, new DataKey(key), knownEdk)
      },
      onDecrypt: async (materials) => withUnwrappedDataKey(materials, new DataKey(key)),
    }
    const client = createClient()
    const given = pattern(5000)
    const { ciphertext } = await client.encrypt(given, { keyring })
    await take((await client.encryptStream(given, { keyring })).ciphertext)
    expect(given).toEqual(pattern(5000))
    const copy = ciphertext.slice()
    await client.decrypt(ciphertext, { keyring })
    await take((await client.decryptStream(ciphertext, { keyring })).plaintext)
    expect(ciphertext).toEqual(copy)
    expect(key).toEqual(pattern(32))
  })
})
