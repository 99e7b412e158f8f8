import type { EncryptedDataKey } from '@esdk/cmm'
import { keyringContract } from '@esdk/cmm/testing'
import {
  type CryptoBackend,
  type CurveName,
  defaultBackend,
  encodeEcSpki,
  encodePem,
  parseEcSpki,
  parsePem,
} from '@esdk/crypto-backend'
import { contextOf } from '@esdk/serialize'
import { describe, expect, it } from 'vitest'
import { curves, ecdhKeys, rsaKeys } from '../test/key-pairs.ts'
import { attemptsOf, counting, fromHex, toDecrypt, toEncrypt, unwrappedBy, wrappedBy } from '../test/materials.ts'
import {
  blockOf,
  ed25519PrivateKey,
  ed25519PublicKey,
  explicitPrivateKey,
  explicitPublicKey,
  secp256k1PublicKey,
} from '../test/pem.ts'
import { type RawEcdhKeyringOptions, rawEcdhKeyring } from './raw-ecdh.ts'

type Person = 'alice' | 'bob' | 'carol'

const fieldLengths: Readonly<Record<CurveName, number>> = { 'P-256': 32, 'P-384': 48, 'P-521': 66 }

/** From one's own private key to the other's public key. */
async function between(curve: CurveName, own: Person, other: Person, backend?: CryptoBackend) {
  const senderPrivateKey = (await ecdhKeys(curve, own)).privateKey
  const recipientPublicKey = (await ecdhKeys(curve, other)).publicKey
  return rawEcdhKeyring({
    curve,
    schema: 'static',
    senderPrivateKey,
    recipientPublicKey,
    ...(backend && { backend }),
  })
}

async function ephemeralTo(curve: CurveName, recipient: Person, backend?: CryptoBackend) {
  const recipientPublicKey = (await ecdhKeys(curve, recipient)).publicKey
  return rawEcdhKeyring({ curve, schema: 'ephemeral', recipientPublicKey, ...(backend && { backend }) })
}

async function discoveryFor(curve: CurveName, recipient: Person, backend?: CryptoBackend) {
  const recipientPrivateKey = (await ecdhKeys(curve, recipient)).privateKey
  return rawEcdhKeyring({ curve, schema: 'discovery', recipientPrivateKey, ...(backend && { backend }) })
}

/** The compressed point in a public key. */
async function pointOf(curve: CurveName, person: Person): Promise<Uint8Array> {
  const { publicKey } = await ecdhKeys(curve, person)
  const point = parseEcSpki(parsePem('PUBLIC KEY', publicKey))?.point as Uint8Array
  return (await defaultBackend.ecdh.importPublicKey(curve, point))?.point as Uint8Array
}

/** As framework/raw-ecdh-keyring.md lays it out. */
function infoOf(recipient: Uint8Array, sender: Uint8Array): Uint8Array {
  return Uint8Array.of(1, 0, 0, 0, recipient.length, ...recipient, 0, 0, 0, sender.length, ...sender)
}

function flipped(bytes: Uint8Array, at: number): Uint8Array {
  const copy = bytes.slice()
  copy[at] = (copy[at] as number) ^ 1
  return copy
}

describe.each(curves)('a raw ECDH keyring on %s', (curve) => {
  it('keeps the contract of keyrings with schema "static"', () => keyringContract(() => between(curve, 'alice', 'bob')))

  it('keeps it with schema "ephemeral", to encrypt', () =>
    keyringContract(() => ephemeralTo(curve, 'bob'), { does: 'encrypt', partner: () => discoveryFor(curve, 'bob') }))

  it('keeps it with schema "discovery", to decrypt', () =>
    keyringContract(() => discoveryFor(curve, 'bob'), { does: 'decrypt', partner: () => ephemeralTo(curve, 'bob') }))

  it('writes version, recipient and sender; then salt, commitment, wrapped key and tag', async () => {
    const alice = await between(curve, 'alice', 'bob')
    const { edk } = await wrappedBy(alice)
    expect(edk.providerId).toBe('raw-ecdh')
    const [sender, recipient] = [await pointOf(curve, 'alice'), await pointOf(curve, 'bob')]
    expect(sender.length).toBe(1 + fieldLengths[curve])
    expect(edk.providerInfo).toEqual(infoOf(recipient, sender))
    expect(edk.ciphertext.length).toBe(32 + 32 + 32 + 16)
    const { edk: shorter } = await wrappedBy(alice, 0x0114)
    expect(shorter.ciphertext.length).toBe(32 + 32 + 16 + 16)
  })

  it('opens, with schema "static", what one of the two has wrapped for the other, and no third', async () => {
    const { dataKey, edk } = await wrappedBy(await between(curve, 'alice', 'bob'))
    expect(await unwrappedBy(await between(curve, 'bob', 'alice'), [edk])).toEqual(dataKey)
    expect(await unwrappedBy(await between(curve, 'alice', 'bob'), [edk])).toEqual(dataKey)
    expect(await attemptsOf(await between(curve, 'carol', 'bob'), [edk])).toEqual([])
    expect(await attemptsOf(await between(curve, 'bob', 'carol'), [edk])).toEqual([])
  })

  it('opens, with schema "discovery", what anybody has wrapped for the recipient, and nothing else', async () => {
    const bob = await discoveryFor(curve, 'bob')
    for (const sender of [
      await between(curve, 'alice', 'bob'),
      await between(curve, 'carol', 'bob'),
      await ephemeralTo(curve, 'bob'),
    ]) {
      const { dataKey, edk } = await wrappedBy(sender)
      expect(await unwrappedBy(bob, [edk])).toEqual(dataKey)
      // AWS KMS writes the same under another name.
      expect(await unwrappedBy(bob, [{ ...edk, providerId: 'aws-kms-ecdh' }])).toEqual(dataKey)
      for (const providerId of ['aws-kms', 'raw-ecdh2', 'RAW-ECDH', '']) {
        expect(await attemptsOf(bob, [{ ...edk, providerId }])).toEqual([])
      }
      expect(await attemptsOf(await discoveryFor(curve, 'alice'), [edk])).toEqual([])
    }
    const { edk: sent } = await wrappedBy(await between(curve, 'bob', 'alice'))
    expect(await attemptsOf(bob, [sent])).toEqual([])
  })

  it('takes, with schema "ephemeral", another sender each time', async () => {
    const keyring = await ephemeralTo(curve, 'bob')
    const [{ edk: one }, { edk: two }] = [await wrappedBy(keyring), await wrappedBy(keyring)]
    const senderAt = 1 + 4 + 1 + fieldLengths[curve] + 4
    expect(one.providerInfo.subarray(0, senderAt)).toEqual(two.providerInfo.subarray(0, senderAt))
    expect(one.providerInfo.subarray(senderAt)).not.toEqual(two.providerInfo.subarray(senderAt))
  })

  it('binds the wrapping key to both public keys (K10)', async () => {
    const { dataKey, edk } = await wrappedBy(await between(curve, 'alice', 'bob'))
    const [alice, bob] = [await pointOf(curve, 'alice'), await pointOf(curve, 'bob')]
    // The shared secret is the same in this direction; what it is derived with is not.
    const turned = { ...edk, providerInfo: infoOf(alice, bob) }
    expect(await attemptsOf(await between(curve, 'alice', 'bob'), [turned])).toHaveLength(1)
    expect(await attemptsOf(await discoveryFor(curve, 'alice'), [turned])).toHaveLength(1)
    // A point and its negative have the same x, and so the same secret.
    const negative = flipped(alice, 0)
    expect(
      await attemptsOf(await discoveryFor(curve, 'bob'), [{ ...edk, providerInfo: infoOf(bob, negative) }]),
    ).toEqual([expect.objectContaining({ code: 'ERR_ESDK_UNWRAP' })])
    expect(await unwrappedBy(await discoveryFor(curve, 'bob'), [edk])).toEqual(dataKey)
  })

  it('refuses a change of salt, commitment, wrapped key or tag, and every shorter ciphertext, in one text (P15)', async () => {
    const bob = await discoveryFor(curve, 'bob')
    const { edk } = await wrappedBy(await between(curve, 'alice', 'bob'), 0x0114)
    const changed = [0, 31, 32, 63, 64, 79, 80, 95].map((at) => flipped(edk.ciphertext, at))
    const cut = Array.from({ length: 96 }, (_, length) => edk.ciphertext.slice(0, length))
    const keys = [...changed, ...cut].map((ciphertext): EncryptedDataKey => ({ ...edk, ciphertext }))
    const attempts = await attemptsOf(bob, keys)
    expect(attempts).toHaveLength(8 + 96)
    for (const attempt of attempts) {
      expect(attempt).toMatchObject({ code: 'ERR_ESDK_UNWRAP' })
      expect(String(attempt)).toMatch(/: it does not unwrap: another wrapping key, .* or changed bytes$/)
    }
    expect(await unwrappedBy(bob, [...keys, edk], toDecrypt(0x0114))).toHaveLength(16)
  })

  it('refuses another encryption context', async () => {
    const { edk } = await wrappedBy(await ephemeralTo(curve, 'bob'))
    const other = toDecrypt(0x0478, contextOf([['tenant', '42']]))
    const tried = (await discoveryFor(curve, 'bob')).onDecrypt(other, [edk])
    await expect(tried).rejects.toMatchObject({ attempts: [{ code: 'ERR_ESDK_UNWRAP' }] })
  })

  it('refuses a sender that is no point of the curve, and goes on to the next key (K10)', async () => {
    const recipient = await pointOf(curve, 'bob')
    // A compressed point begins with 02 or 03, and its x is less than the prime, which is less than ff...
    const wrong = [
      new Uint8Array(recipient.length),
      Uint8Array.of(4, ...counting(recipient.length - 1)),
      Uint8Array.of(5, ...recipient.subarray(1)),
      Uint8Array.of(2, ...new Uint8Array(recipient.length - 1).fill(0xff)),
    ]
    const { dataKey, edk } = await wrappedBy(await ephemeralTo(curve, 'bob'))
    const bob = await discoveryFor(curve, 'bob')
    const keys = wrong.map((sender): EncryptedDataKey => ({ ...edk, providerInfo: infoOf(recipient, sender) }))
    const attempts = await attemptsOf(bob, keys)
    expect(attempts).toHaveLength(wrong.length)
    for (const attempt of attempts) expect(String(attempt)).toContain(`its sender key is no point of ${curve}`)
    expect(await unwrappedBy(bob, [...keys, edk])).toEqual(dataKey)
  })

  it('does not try keys with another provider info: a point alone, one of infinity, nothing', async () => {
    const { edk } = await wrappedBy(await ephemeralTo(curve, 'bob'))
    const bob = await pointOf(curve, 'bob')
    const infos = [new Uint8Array(0), bob, infoOf(bob, Uint8Array.of(0)), infoOf(bob, new Uint8Array(0))]
    const keys = infos.map((providerInfo): EncryptedDataKey => ({ ...edk, providerInfo }))
    expect(await attemptsOf(await discoveryFor(curve, 'bob'), keys)).toEqual([])
  })

  it('refuses a recipient that is no point of the curve (K10)', async () => {
    const point = Uint8Array.of(2, ...new Uint8Array(fieldLengths[curve]).fill(0xff))
    const recipientPublicKey = encodePem('PUBLIC KEY', encodeEcSpki({ curve, point }))
    const keyring = rawEcdhKeyring({ curve, schema: 'ephemeral', recipientPublicKey })
    await expect(keyring.onEncrypt(toEncrypt())).rejects.toMatchObject({
      code: 'ERR_ESDK_KEYRING',
      message: `the public key of this ECDH keyring is no point of ${curve}`,
    })
  })

  it('takes keys of its own curve only', async () => {
    for (const other of curves.filter((one) => one !== curve)) {
      const { publicKey, privateKey } = await ecdhKeys(other, 'alice')
      const text = `is a key of ${other}, the curve of this keyring is ${curve}`
      expect(() => rawEcdhKeyring({ curve, schema: 'ephemeral', recipientPublicKey: publicKey })).toThrow(
        new TypeError(`recipientPublicKey ${text}`),
      )
      expect(() => rawEcdhKeyring({ curve, schema: 'discovery', recipientPrivateKey: privateKey })).toThrow(
        new TypeError(`recipientPrivateKey ${text}`),
      )
    }
  })
})

describe('a sender on P-256 whose x no point has', () => {
  it('is refused (K10)', async () => {
    // 1 - 3 + b is no square in the field of P-256.
    const sender = Uint8Array.of(2, ...new Uint8Array(31), 1)
    const { edk } = await wrappedBy(await ephemeralTo('P-256', 'bob'))
    const providerInfo = infoOf(await pointOf('P-256', 'bob'), sender)
    const attempts = await attemptsOf(await discoveryFor('P-256', 'bob'), [{ ...edk, providerInfo }])
    expect(attempts.map(String)).toEqual([expect.stringContaining('its sender key is no point of P-256')])
  })
})

describe('half a raw ECDH keyring', () => {
  it('says how to decrypt when it can only encrypt', async () => {
    const keyring = await ephemeralTo('P-256', 'bob')
    const { edk } = await wrappedBy(keyring)
    await expect(keyring.onDecrypt(toDecrypt(), [edk])).rejects.toMatchObject({
      code: 'ERR_ESDK_KEYRING',
      message: 'an ECDH keyring with schema "ephemeral" can only encrypt: decrypt with "discovery"',
    })
  })

  it('says how to encrypt when it can only decrypt', async () => {
    await expect((await discoveryFor('P-256', 'bob')).onEncrypt(toEncrypt())).rejects.toMatchObject({
      code: 'ERR_ESDK_KEYRING',
      message: 'an ECDH keyring with schema "discovery" can only decrypt: encrypt with "static" or "ephemeral"',
    })
  })

  it('says what it was for when no key is its own', async () => {
    const { edk } = await wrappedBy(await ephemeralTo('P-256', 'alice'))
    await expect((await discoveryFor('P-256', 'bob')).onDecrypt(toDecrypt(), [edk])).rejects.toThrow(
      'no encrypted data key of the message belongs to this keyring (raw ECDH, P-256, discovery)',
    )
  })
})

describe('what makes no raw ECDH keyring', () => {
  const make = (options: object) => () => rawEcdhKeyring(options as RawEcdhKeyringOptions)

  it.each([undefined, '', 'p256', 'P-192', 'secp256k1', 'SM2', '__proto__', 'toString'])(
    'has no curve of the three: %s',
    (curve) => {
      expect(make({ curve, schema: 'ephemeral', recipientPublicKey: '' })).toThrow(
        new TypeError(`curve must be one of P-256, P-384, P-521; found ${curve}`),
      )
    },
  )

  it.each([undefined, '', 'Static', 'publicKeyDiscovery'])('has no schema of the three: %s', (schema) => {
    expect(make({ curve: 'P-256', schema })).toThrow(
      new TypeError('schema must be one of static, ephemeral, discovery'),
    )
  })

  it('has no keys', async () => {
    const { publicKey, privateKey } = await ecdhKeys('P-256', 'alice')
    expect(make({ curve: 'P-256', schema: 'ephemeral' })).toThrow('a PUBLIC KEY must be PEM text')
    expect(make({ curve: 'P-256', schema: 'discovery' })).toThrow('a PRIVATE KEY must be PEM text')
    expect(make({ curve: 'P-256', schema: 'static', recipientPublicKey: publicKey })).toThrow('PRIVATE KEY')
    expect(make({ curve: 'P-256', schema: 'static', senderPrivateKey: privateKey })).toThrow('PUBLIC KEY')
  })

  it('has a key in a form that is not taken, and is told how to convert it', async () => {
    const { publicKey, privateKey } = await ecdhKeys('P-256', 'alice')
    const discovery = (recipientPrivateKey: string) =>
      make({ curve: 'P-256', schema: 'discovery', recipientPrivateKey })
    const ephemeral = (recipientPublicKey: string) => make({ curve: 'P-256', schema: 'ephemeral', recipientPublicKey })
    expect(discovery(blockOf('EC PRIVATE KEY'))).toThrow('openssl pkcs8 -topk8 -nocrypt')
    expect(discovery(publicKey)).toThrow('the private key is needed here')
    expect(ephemeral(privateKey)).toThrow('the public key is needed here')
    expect(ephemeral('0x04')).toThrow('no PEM block found')
  })

  it('has a key without a named curve, explicit parameters included, or of another kind (K10)', async () => {
    const rsa = await rsaKeys()
    for (const recipientPublicKey of [
      explicitPublicKey,
      secp256k1PublicKey,
      ed25519PublicKey,
      rsa.publicKey,
      blockOf('PUBLIC KEY'),
    ]) {
      expect(make({ curve: 'P-256', schema: 'ephemeral', recipientPublicKey })).toThrow(
        new TypeError('recipientPublicKey is no elliptic-curve key of a named curve'),
      )
    }
    for (const senderPrivateKey of [explicitPrivateKey, ed25519PrivateKey, rsa.privateKey, blockOf('PRIVATE KEY')]) {
      expect(make({ curve: 'P-256', schema: 'static', senderPrivateKey, recipientPublicKey: '' })).toThrow(
        new TypeError('senderPrivateKey is no elliptic-curve key of a named curve'),
      )
    }
  })
})

describe('secrets of a raw ECDH keyring', () => {
  /** A backend that keeps what it gave, and what it was given. */
  function watching() {
    const secrets: Uint8Array[] = []
    const privateKeys: Uint8Array[] = []
    const hmacKeys: boolean[] = []
    const backend: CryptoBackend = {
      ...defaultBackend,
      hmac(hash, key, data) {
        hmacKeys.push(key.some((byte) => byte !== 0))
        return defaultBackend.hmac(hash, key, data)
      },
      ecdh: {
        ...defaultBackend.ecdh,
        importPublicKey: (...call) => defaultBackend.ecdh.importPublicKey(...call),
        generateKeyPair: (...call) => defaultBackend.ecdh.generateKeyPair(...call),
        async importPrivateKey(curve, pkcs8) {
          privateKeys.push(pkcs8)
          const key = await defaultBackend.ecdh.importPrivateKey(curve, pkcs8)
          if (key === undefined) return undefined
          return {
            curve,
            publicKey: key.publicKey,
            async sharedSecret(peer) {
              const secret = await key.sharedSecret(peer)
              secrets.push(secret)
              return secret
            },
          }
        },
      },
    }
    return { backend, secrets, privateKeys, hmacKeys }
  }

  const isZero = (bytes: Uint8Array) => bytes.every((byte) => byte === 0)

  it('are zeroed: the private key when it is imported, the shared secret when the key is derived (K2, K10)', async () => {
    const { backend, secrets, privateKeys, hmacKeys } = watching()
    const { dataKey, edk } = await wrappedBy(await ephemeralTo('P-256', 'bob', backend))
    expect(await unwrappedBy(await discoveryFor('P-256', 'bob', backend), [edk])).toEqual(dataKey)
    expect(privateKeys).toHaveLength(2)
    expect(secrets).toHaveLength(2)
    expect([...privateKeys, ...secrets].every(isZero)).toBe(true)
    // 64 bytes are two blocks of HMAC with SHA-384, for each of the two, and none of them with a key of zeros.
    expect(hmacKeys).toEqual([true, true, true, true])
  })

  it('are zeroed when the derivation fails (K2)', async () => {
    const { backend, secrets } = watching()
    const failing = { ...backend, hmac: () => Promise.reject(new Error('not today')) }
    await expect((await between('P-256', 'alice', 'bob', failing)).onEncrypt(toEncrypt())).rejects.toThrow('not today')
    expect(secrets.map(isZero)).toEqual([true])
  })
})

describe('the platform under a raw ECDH keyring', () => {
  function withEcdh(ecdh: Partial<CryptoBackend['ecdh']>): CryptoBackend {
    return { ...defaultBackend, ecdh: { ...defaultBackend.ecdh, ...ecdh } }
  }

  it('may refuse a key: whoever uses the keyring is told, and nobody else', async () => {
    const backend = withEcdh({ importPrivateKey: () => undefined })
    const message = 'the private key of this ECDH keyring is no usable key of P-256'
    // Of one that is never used, nobody hears: an unhandled rejection would fail this run.
    await discoveryFor('P-256', 'carol', backend)
    const discovery = await discoveryFor('P-256', 'bob', backend)
    await expect(discovery.onDecrypt(toDecrypt(), [])).rejects.toMatchObject({ code: 'ERR_ESDK_KEYRING', message })
    const ephemeral = await ephemeralTo('P-256', 'bob', backend)
    await expect(ephemeral.onEncrypt(toEncrypt())).rejects.toMatchObject({ code: 'ERR_ESDK_KEYRING', message })
  })

  it('gives the salt: 32 random bytes before the commitment', async () => {
    const backend = { ...defaultBackend, randomBytes: (length: number) => counting(length, 0x60) }
    const { edk } = await wrappedBy(await between('P-256', 'alice', 'bob', backend))
    expect(edk.ciphertext.subarray(0, 32)).toEqual(
      fromHex('606162636465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f'),
    )
  })
})
