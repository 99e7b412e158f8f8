import { createClient, type EncryptedDataKey, inspect } from '@esdk/client'
import { type AesGcmKey, type CryptoBackend, defaultBackend } from '@esdk/crypto-backend'
import { rawAesKeyring } from '@esdk/keyring-raw'
import { describe, expect, it } from 'vitest'
import { pattern } from '../packages/client/test/chunks.ts'
import { knownKey, knownKeyring } from '../packages/client/test/keyrings.ts'
import { sealMessage } from '../packages/client/test/sealed-message.ts'

/** As many encrypted data keys as a header can count. */
const most = 65_535

const wrappingKey = pattern(32, 40)
const plaintext = pattern(100)

/** A backend that counts how often something is unwrapped. */
function countingBackend(): CryptoBackend & { readonly counts: { opened: number } } {
  const counts = { opened: 0 }
  return {
    ...defaultBackend,
    counts,
    async importAesGcmKey(bytes): Promise<AesGcmKey> {
      const key = await defaultBackend.importAesGcmKey(bytes)
      return {
        ...key,
        open(iv, aad, sealed) {
          counts.opened++
          return key.open(iv, aad, sealed)
        },
      }
    },
  }
}

function keyringOn(backend: CryptoBackend, name = 'mine') {
  return rawAesKeyring({ namespace: 'test', name, wrappingKey, backend })
}

/** An encrypted data key that really unwraps, and one that looks the same until it is tried. */
async function keysOf(
  encryptionContext: Record<string, string>,
): Promise<readonly [EncryptedDataKey, EncryptedDataKey]> {
  const { onEncrypt } = keyringOn(defaultBackend)
  const cmm = {
    ...knownKeyring(),
    async onEncrypt(...args: Parameters<typeof onEncrypt>) {
      const known = await knownKeyring().onEncrypt(...args)
      const wrapped = await onEncrypt(known)
      return { ...wrapped, encryptedDataKeys: [wrapped.encryptedDataKeys[1] as EncryptedDataKey] as const }
    },
  }
  const { header } = await createClient().encrypt(plaintext, { keyring: cmm, suite: 0x0478, encryptionContext })
  const [good] = header.encryptedDataKeys as [EncryptedDataKey]
  const ciphertext = new Uint8Array(good.ciphertext)
  ciphertext[0] = (ciphertext[0] as number) ^ 1
  return [good, { ...good, ciphertext }]
}

function messageWith(encryptedDataKeys: readonly EncryptedDataKey[], encryptionContext = {}) {
  const pieces = [{ kind: 'final', content: plaintext }] as const
  return sealMessage({ encryptedDataKeys, encryptionContext, key: knownKey, frameLength: 4096, pieces })
}

const [good, broken] = await keysOf({})
const foreign: EncryptedDataKey = { ...good, providerId: 'another' }

/** The least of a few measurements: other processes only make it longer. */
async function millisecondsFor(run: () => Promise<unknown>): Promise<number> {
  let least = Number.POSITIVE_INFINITY
  for (let i = 0; i < 3; i++) {
    const start = performance.now()
    await run()
    least = Math.min(least, performance.now() - start)
  }
  return least
}

describe('a message with 65535 encrypted data keys', () => {
  it('is refused within 50 ms by a client that allows 10, before any of them is tried', async () => {
    const message = await messageWith(Array.from({ length: most }, () => broken))
    expect(inspect(message).encryptedDataKeys).toHaveLength(most)
    const backend = countingBackend()
    const client = createClient({ maxEncryptedDataKeys: 10, backend })
    const keyring = keyringOn(backend)
    const refused = { code: 'ERR_ESDK_LIMIT', limit: 'maxEncryptedDataKeys', allowed: 10, found: most }
    const whole = () => expect(client.decrypt(message, { keyring })).rejects.toMatchObject(refused)
    const streamed = () => expect(client.decryptStream([message], { keyring })).rejects.toMatchObject(refused)
    expect(await millisecondsFor(whole)).toBeLessThan(50)
    expect(await millisecondsFor(streamed)).toBeLessThan(50)
    expect(backend.counts.opened).toBe(0)
  })

  it('costs one attempt for each key of this keyring, and none for the others', async () => {
    for (const [keys, attempts] of [
      [Array.from({ length: most }, () => foreign), 0],
      [Array.from({ length: most }, (_, i) => (i % 100 === 0 ? broken : foreign)), 656],
      [Array.from({ length: most }, () => broken), most],
    ] as const) {
      const backend = countingBackend()
      const decrypting = createClient({ backend }).decrypt(await messageWith(keys), { keyring: keyringOn(backend) })
      const error: unknown = await decrypting.catch((caught: unknown) => caught)
      expect(error).toMatchObject({ code: 'ERR_ESDK_NO_DATA_KEY' })
      expect((error as { attempts: unknown[] }).attempts).toHaveLength(attempts)
      expect(backend.counts.opened).toBe(attempts)
      // The text names a few of them, and counts the rest.
      expect((error as Error).message.length).toBeLessThan(2000)
    }
  })

  it('opens with the last of them, when it is that one', async () => {
    const backend = countingBackend()
    const message = await messageWith([...Array.from({ length: most - 1 }, () => foreign), good])
    const { plaintext: opened } = await createClient({ backend }).decrypt(message, { keyring: keyringOn(backend) })
    expect(opened).toEqual(plaintext)
    // One to unwrap, one for the header.
    expect(backend.counts.opened).toBe(2)
  })

  it('costs no more for each key where the context is as long as it can be', async () => {
    const encryptionContext = Object.fromEntries(Array.from({ length: 9000 }, (_, i) => [i.toString(36), '']))
    const attempts = 300
    const message = await messageWith(
      Array.from({ length: attempts }, () => broken),
      encryptionContext,
    )
    const keyring = keyringOn(defaultBackend)
    const milliseconds = await millisecondsFor(() =>
      expect(createClient().decrypt(message, { keyring })).rejects.toMatchObject({ code: 'ERR_ESDK_NO_DATA_KEY' }),
    )
    // 60 kB of context are authenticated in three orders at most. To sort them anew for each key took 18 ms.
    expect(milliseconds / attempts).toBeLessThan(5)
  })
})
