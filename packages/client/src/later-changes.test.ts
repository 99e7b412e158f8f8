import { type CryptographicMaterialsManager, DataKey, defaultCmm } from '@esdk/cmm'
import { defaultBackend } from '@esdk/crypto-backend'
import { describe, expect, it } from 'vitest'
import { chunksOf, pattern, readAll } from '../test/chunks.ts'
import { knownKey, knownKeyring } from '../test/keyrings.ts'
import { framesOf, sealMessage } from '../test/sealed-message.ts'
import { createClient } from './index.ts'

const keyring = knownKeyring()

/** A value that answers differently each time it is asked, and counts. */
function turncoat<Value extends object>(
  values: Value,
  later: Partial<Value>,
): Value & { readonly reads: () => number[] } {
  const counts = new Map<PropertyKey, number>()
  return new Proxy(values, {
    get(target, name) {
      if (name === 'reads') return () => [...counts.values()]
      const count = counts.get(name) ?? 0
      counts.set(name, count + 1)
      return Reflect.get(count === 0 || !(name in later) ? target : later, name)
    },
  }) as Value & { readonly reads: () => number[] }
}

describe('changes after the call', () => {
  it('to the plaintext, the options and the context of encrypt change nothing', async () => {
    const client = createClient()
    const plaintext = pattern(100)
    const options = {
      keyring: knownKeyring(),
      encryptionContext: { tenant: '42' } as Record<string, string>,
      suite: 0x0478 as 0x0478 | 0x0578,
      frameLength: 10,
      onProgress: () => {},
    }
    const encrypting = client.encrypt(plaintext, options)
    plaintext.fill(0)
    options.encryptionContext['tenant'] = '43'
    options.encryptionContext['more'] = 'x'
    options.suite = 0x0578
    options.frameLength = 99
    options.keyring = knownKeyring(pattern(32))
    options.onProgress = () => {
      throw new Error('not this one')
    }
    const { ciphertext, header } = await encrypting
    expect(header).toMatchObject({ suite: 0x0478, frameLength: 10 })
    expect({ ...header.encryptionContext }).toEqual({ tenant: '42' })
    expect((await client.decrypt(ciphertext, { keyring })).plaintext).toEqual(pattern(100))
  })

  it('to the ciphertext, the options and the context of decrypt change nothing', async () => {
    const client = createClient()
    const plan = { encryptionContext: { tenant: '42' }, frameLength: 16, pieces: framesOf(pattern(100), 16) }
    const message = await sealMessage(plan)
    const options = { keyring: knownKeyring(), encryptionContext: { tenant: '42' } }
    const decrypting = client.decrypt(message, options)
    message.fill(0)
    options.encryptionContext.tenant = '43'
    options.keyring = knownKeyring(pattern(32))
    expect((await decrypting).plaintext).toEqual(pattern(100))
    const streaming = client.decryptStream(chunksOf(await sealMessage(plan), 9), options)
    options.encryptionContext.tenant = '42'
    await expect(streaming).rejects.toMatchObject({ code: 'ERR_ESDK_ENCRYPTION_CONTEXT' })
  })

  it('to the options of a stream change nothing', async () => {
    const client = createClient()
    const encryptionContext = { tenant: '42' }
    const options = { keyring, encryptionContext, frameLength: 10, plaintextLength: 1000 }
    const encrypting = client.encryptStream(chunksOf(pattern(100), 30), options)
    encryptionContext.tenant = '43'
    options.plaintextLength = 1
    options.frameLength = 11
    const { ciphertext, header } = await encrypting
    expect(header.frameLength).toBe(10)
    expect(header.encryptionContext['tenant']).toBe('42')
    expect(await readAll(ciphertext)).not.toHaveLength(0)
  })

  it('to the options of a client change nothing', async () => {
    const options = {
      commitmentPolicy: 'require-encrypt-require-decrypt' as
        | 'require-encrypt-require-decrypt'
        | 'forbid-encrypt-allow-decrypt',
      maxEncryptedDataKeys: 1,
      limits: { maxFrameLength: 100 },
    }
    const client = createClient(options)
    options.commitmentPolicy = 'forbid-encrypt-allow-decrypt'
    options.limits.maxFrameLength = 1000
    await expect(client.encrypt(pattern(1), { keyring, suite: 0x0178 })).rejects.toMatchObject({
      code: 'ERR_ESDK_COMMITMENT_POLICY',
    })
    await expect(client.encrypt(pattern(1), { keyring, frameLength: 101 })).rejects.toMatchObject({
      code: 'ERR_ESDK_LIMIT',
    })
  })
})

describe('getters that answer differently the second time', () => {
  it('are asked once for each option', async () => {
    const client = createClient()
    const wrong = knownKeyring(pattern(32))
    const encryptOptions = turncoat(
      { keyring, suite: 0x0478, frameLength: 10, encryptionContext: { tenant: '42' }, plaintextLength: 50 } as const,
      { keyring: wrong },
    )
    const { ciphertext, header } = await client.encrypt(pattern(30), encryptOptions)
    expect(header).toMatchObject({ suite: 0x0478, frameLength: 10 })
    expect(Math.max(...encryptOptions.reads())).toBe(1)
    const decryptOptions = turncoat({ keyring, encryptionContext: { tenant: '42' } }, { keyring: wrong })
    expect((await client.decrypt(ciphertext, decryptOptions)).plaintext).toEqual(pattern(30))
    expect(Math.max(...decryptOptions.reads())).toBe(1)
  })

  it('are asked once for each value of a context', async () => {
    let asked = 0
    const encryptionContext = {
      get tenant() {
        return asked++ === 0 ? '42' : '43'
      },
    }
    const { ciphertext } = await createClient().encrypt(pattern(1), { keyring, encryptionContext })
    expect(asked).toBe(1)
    const { encryptionContext: read } = await createClient().decrypt(ciphertext, { keyring })
    expect(read['tenant']).toBe('42')
  })

  it('are asked once for what a plug-in gives', async () => {
    const cmm = defaultCmm(keyring)
    const lying: CryptographicMaterialsManager = {
      async getEncryptionMaterials(request) {
        const materials = await cmm.getEncryptionMaterials(request)
        return turncoat({ ...materials }, { dataKey: new DataKey(pattern(32)), encryptedDataKeys: [] as never })
      },
      async decryptMaterials(request) {
        return turncoat({ ...(await cmm.decryptMaterials(request)) }, { dataKey: new DataKey(pattern(32)) })
      },
    }
    const client = createClient()
    const { ciphertext, header } = await client.encrypt(pattern(9), { cmm: lying })
    expect(header.encryptedDataKeys).toHaveLength(1)
    expect((await client.decrypt(ciphertext, { cmm: lying })).plaintext).toEqual(pattern(9))
    expect(knownKey).not.toEqual(pattern(32))
  })
})

describe('what a keyring gets', () => {
  it('cannot change what the client works with', async () => {
    const client = createClient()
    const spoiling = {
      async onEncrypt(...[materials]: Parameters<typeof keyring.onEncrypt>) {
        expect(() => Object.assign(materials, { suite: undefined })).toThrow(TypeError)
        expect(() => Object.assign(materials.encryptionContext, { tenant: '43' })).toThrow(TypeError)
        const given = await keyring.onEncrypt(materials)
        return { ...given }
      },
      async onDecrypt(...[materials, keys]: Parameters<typeof keyring.onDecrypt>) {
        expect(() => Object.assign(materials, { suite: undefined })).toThrow(TypeError)
        expect(() => (keys as unknown[]).pop()).toThrow(TypeError)
        return keyring.onDecrypt(materials, keys)
      },
    }
    const options = { keyring: spoiling, encryptionContext: { tenant: '42' } }
    const { ciphertext } = await client.encrypt(pattern(9), options)
    expect((await client.decrypt(ciphertext, options)).plaintext).toEqual(pattern(9))
  })

  it('has given its bytes away: changing them afterwards does not change the message', async () => {
    const ciphertext = pattern(20)
    // The first thing that the client does with materials that it has accepted.
    const randomBytes = (length: number) => {
      ciphertext.fill(0)
      return defaultBackend.randomBytes(length)
    }
    const client = createClient({ backend: { ...defaultBackend, randomBytes } })
    const careless = {
      ...keyring,
      async onEncrypt(...args: Parameters<typeof keyring.onEncrypt>) {
        const materials = await keyring.onEncrypt(...args)
        const edk = { providerId: 'test', providerInfo: pattern(3), ciphertext }
        return { ...materials, encryptedDataKeys: [edk] as const }
      },
    }
    const { header } = await client.encrypt(pattern(9), { keyring: careless })
    expect(ciphertext).toEqual(new Uint8Array(20))
    expect(header.encryptedDataKeys[0]?.ciphertext).toEqual(pattern(20))
  })
})
