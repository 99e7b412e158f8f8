import { createPrivateKey } from 'node:crypto'
import { format, inspect } from 'node:util'
import type { Keyring } from '@esdk/cmm'
import { nodeBackend } from '@esdk/crypto-backend/node'
import { webBackend } from '@esdk/crypto-backend/web'
import { describe, expect, it } from 'vitest'
import { ecdhKeys, rsaKeys } from '../test/key-pairs.ts'
import { counting, toDecrypt, toEncrypt } from '../test/materials.ts'
import { rawAesKeyring } from './raw-aes.ts'
import { rawEcdhKeyring } from './raw-ecdh.ts'
import { rawKeyring } from './raw-keyring.ts'
import { rawRsaKeyring } from './raw-rsa.ts'

const wrappingKey = counting(32, 0xc1)
const rsa = await rsaKeys()
const [alice, bob] = [await ecdhKeys('P-256', 'alice'), await ecdhKeys('P-256', 'bob')]

/** The private exponent, or scalar, of a key in PEM. */
function secretOf(pem: string): Uint8Array {
  const { d = '' } = createPrivateKey(pem).export({ format: 'jwk' }) as { readonly d?: string }
  return new Uint8Array(Buffer.from(d, 'base64url'))
}

/** The middle of a key in PEM, as it is in base64. */
function textOf(pem: string): string {
  return pem.split('\n')[2] as string
}

/** How bytes may appear in a text. */
function formsOf(bytes: Uint8Array): readonly string[] {
  const buffer = Buffer.from(bytes)
  return [
    buffer.subarray(0, 8).toString('hex'),
    buffer.subarray(0, 9).toString('base64'),
    bytes.subarray(0, 4).join(','),
    bytes.subarray(0, 4).join(', '),
    buffer.subarray(0, 6).toString('latin1'),
    Array.from(bytes.subarray(0, 4), (byte) => byte.toString(16).padStart(2, '0')).join(' '),
  ]
}

function shownBy(value: unknown): string {
  return [
    inspect(value),
    inspect(value, { depth: Number.POSITIVE_INFINITY, showHidden: true, getters: true, showProxy: true }),
    format('%s %o %O %j', value, value, value, value),
    JSON.stringify(value) ?? '',
    String(value),
  ]
    .join('\n')
    .replace(/\s+/g, ' ')
}

const backends = [nodeBackend, webBackend()]

const keyrings = backends.flatMap(
  (backend): readonly (readonly [name: string, keyring: Keyring, secrets: readonly Uint8Array[]])[] => [
    [`raw AES, ${backend.name}`, rawAesKeyring({ namespace: 'app', name: 'key', wrappingKey, backend }), [wrappingKey]],
    [
      `raw RSA, ${backend.name}`,
      rawRsaKeyring({ namespace: 'app', name: 'key', padding: 'oaep-sha256', ...rsa, backend }),
      [secretOf(rsa.privateKey)],
    ],
    [
      `raw ECDH, ${backend.name}`,
      rawEcdhKeyring({
        curve: 'P-256',
        schema: 'static',
        senderPrivateKey: alice.privateKey,
        recipientPublicKey: bob.publicKey,
        backend,
      }),
      [secretOf(alice.privateKey)],
    ],
    [
      `keys that are looked up, ${backend.name}`,
      rawKeyring({ namespace: 'app', resolve: () => ({ wrappingKey }), encryptWith: ['key'], backend }),
      [wrappingKey],
    ],
  ],
)

describe('what a log shows of raw keys (K12)', () => {
  it('would be found: the forms are those that bytes have in a log', () => {
    expect(shownBy(wrappingKey)).toContain(formsOf(wrappingKey)[3])
    expect(shownBy(Buffer.from(wrappingKey))).toContain(formsOf(wrappingKey)[5])
    expect(shownBy(secretOf(rsa.privateKey))).toContain(formsOf(secretOf(rsa.privateKey))[3])
  })

  it.each(keyrings)('is nothing, of a keyring, its materials and its errors: %s', async (_, keyring, secrets) => {
    const ready = await keyring.onEncrypt(toEncrypt())
    const decrypted = await keyring.onDecrypt(toDecrypt(), ready.encryptedDataKeys)
    const [edk] = ready.encryptedDataKeys
    const cut = { ...edk, ciphertext: edk.ciphertext.subarray(1) }
    const failure = await keyring.onDecrypt(toDecrypt(), [cut]).catch((error: unknown) => error)
    expect(failure).toMatchObject({ code: 'ERR_ESDK_NO_DATA_KEY' })
    const shown = shownBy([keyring, ready, decrypted, failure]) + shownBy(keyring) + shownBy(ready) + shownBy(failure)
    for (const secret of [...secrets, ready.dataKey.expose()]) {
      for (const form of formsOf(secret)) expect(shown).not.toContain(form)
    }
    for (const pem of [rsa.privateKey, alice.privateKey]) expect(shown).not.toContain(textOf(pem))
  })

  it('is nothing, of a key that is refused', async () => {
    const shown: string[] = []
    for (const make of [
      () => rawAesKeyring({ namespace: 'app', name: 'key', wrappingKey: counting(31, 0xc1) }),
      () => rawRsaKeyring({ namespace: 'app', name: 'key', padding: 'oaep-sha256', publicKey: rsa.privateKey }),
      () => rawRsaKeyring({ namespace: 'app', name: 'key', padding: 'oaep-sha256', privateKey: alice.privateKey }),
      () => rawEcdhKeyring({ curve: 'P-384', schema: 'discovery', recipientPrivateKey: alice.privateKey }),
      () => rawEcdhKeyring({ curve: 'P-256', schema: 'discovery', recipientPrivateKey: rsa.privateKey }),
    ]) {
      try {
        make()
      } catch (error) {
        shown.push(shownBy(error))
      }
    }
    const looked = rawKeyring({ namespace: 'app', resolve: () => wrappingKey as never, encryptWith: ['key'] })
    shown.push(shownBy(await looked.onEncrypt(toEncrypt()).catch((error: unknown) => error)))
    expect(shown).toHaveLength(6)
    for (const secret of [wrappingKey, secretOf(rsa.privateKey), secretOf(alice.privateKey)]) {
      for (const form of formsOf(secret)) for (const text of shown) expect(text).not.toContain(form)
    }
    for (const pem of [rsa.privateKey, alice.privateKey]) expect(shown.join()).not.toContain(textOf(pem))
  })
})
