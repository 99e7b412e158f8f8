import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createClient } from '@esdk/client'
import { multiKeyring } from '@esdk/cmm'
import { keyringContract, keyringRules } from '@esdk/cmm/testing'
import { rawAesKeyring } from '@esdk/keyring-raw'
import { describe, expect, it } from 'vitest'
import { memoryVault } from './memory-vault.ts'
import { type Vault, vaultKeyring } from './vault-keyring.ts'

const plaintext = new TextEncoder().encode('all orders of the year')

describe('a keyring of another team', () => {
  it('needs @esdk/cmm and nothing else', async () => {
    const source = await readFile(new URL('vault-keyring.ts', import.meta.url), 'utf8')
    const imported = [...source.matchAll(/\bfrom '([^']+)'|\bimport\(?'([^']+)'/g)].map(
      ([, from, direct]) => from ?? direct,
    )
    expect(imported).toEqual(['@esdk/cmm'])
    const manifest = await readFile(new URL('package.json', import.meta.url), 'utf8')
    const { dependencies } = JSON.parse(manifest) as { dependencies: object }
    expect(Object.keys(dependencies)).toEqual(['@esdk/cmm'])
  })

  it('passes the contract', () => keyringContract(() => vaultKeyring(memoryVault(), 'orders')))

  it.each(keyringRules)('passes each rule by itself: $name', ({ check }) =>
    check(() => vaultKeyring(memoryVault(), 'orders')),
  )

  it('encrypts and decrypts through the client, in every suite', async () => {
    const keyring = vaultKeyring(memoryVault(), 'orders')
    const encryptionContext = { tenant: '42', ключ: 'значение' }
    const old = [0x0014, 0x0046, 0x0078, 0x0114, 0x0146, 0x0178, 0x0214, 0x0346, 0x0378] as const
    for (const suite of [...old, 0x0478, 0x0578] as const) {
      const client = createClient(
        suite === 0x0478 || suite === 0x0578 ? {} : { commitmentPolicy: 'forbid-encrypt-allow-decrypt' },
      )
      const { ciphertext } = await client.encrypt(plaintext, { keyring, encryptionContext, suite })
      const result = await client.decrypt(ciphertext, { keyring, encryptionContext })
      expect(result.plaintext).toEqual(plaintext)
      expect(result.encryptedDataKey?.providerId).toBe('vault-transit')
      expect(new TextDecoder().decode(result.encryptedDataKey?.providerInfo)).toBe('orders')
    }
  })

  it('opens what it wrapped with another key of the same vault, and nothing of another vault', async () => {
    const client = createClient()
    const vault = memoryVault()
    const { ciphertext } = await client.encrypt(plaintext, { keyring: vaultKeyring(vault, 'orders') })
    const bills = vaultKeyring(vault, 'bills')
    expect((await client.decrypt(ciphertext, { keyring: bills })).plaintext).toEqual(plaintext)
    await expect(client.decrypt(ciphertext, { keyring: vaultKeyring(memoryVault(), 'orders') })).rejects.toMatchObject({
      code: 'ERR_ESDK_NO_DATA_KEY',
      attempts: [expect.objectContaining({ code: 'ERR_ESDK_UNWRAP' })],
      message:
        'none of the encrypted data keys (1) could be unwrapped: "vault-transit" / "orders": the vault did not open it',
    })
  })

  it('works together with the keyrings of esdk: each opens what they wrapped', async () => {
    const client = createClient()
    const vault = vaultKeyring(memoryVault(), 'orders')
    const raw = rawAesKeyring({ namespace: 'backup', name: 'key-1', wrappingKey: new Uint8Array(randomBytes(32)) })
    for (const both of [
      multiKeyring({ generator: vault, children: [raw] }),
      multiKeyring({ generator: raw, children: [vault] }),
    ]) {
      const { ciphertext } = await client.encrypt(plaintext, { keyring: both })
      for (const keyring of [vault, raw, both]) {
        expect((await client.decrypt(ciphertext, { keyring })).plaintext).toEqual(plaintext)
      }
    }
  })

  it('zeroes what its service gives, and the data key that could not be wrapped', async () => {
    const given: Uint8Array[] = []
    const keep = async (bytes: Promise<Uint8Array>): Promise<Uint8Array> => {
      given.push(await bytes)
      return bytes
    }
    const vault = memoryVault()
    const watched: Vault = {
      ...vault,
      random: (...call) => keep(vault.random(...call)),
      unwrap: (...call) => keep(vault.unwrap(...call)),
    }
    const client = createClient()
    const keyring = vaultKeyring(watched, 'orders')
    const { ciphertext } = await client.encrypt(plaintext, { keyring })
    await client.decrypt(ciphertext, { keyring })
    expect(given).toEqual([new Uint8Array(32), new Uint8Array(32)])

    const secrets: Uint8Array[] = []
    const failing: Vault = {
      ...vault,
      async wrap(_, secret) {
        secrets.push(secret)
        throw new Error('the vault is closed')
      },
    }
    await expect(client.encrypt(plaintext, { keyring: vaultKeyring(failing, 'orders') })).rejects.toThrow('is closed')
    expect(secrets).toEqual([new Uint8Array(32)])
  })

  it('hands an abort on to its service', async () => {
    const client = createClient()
    const reason = new Error('the user left')
    const controller = new AbortController()
    const vault = memoryVault()
    const leaving: Vault = {
      ...vault,
      wrap(...call) {
        controller.abort(reason)
        return vault.wrap(...call)
      },
    }
    const keyring = vaultKeyring(leaving, 'orders')
    await expect(client.encrypt(plaintext, { keyring, signal: controller.signal })).rejects.toBe(reason)
  })
})
