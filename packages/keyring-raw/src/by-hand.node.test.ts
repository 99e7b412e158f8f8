/**
 * Keys that are wrapped and unwrapped here with `node:crypto` alone, step by step as the specification says, and by the
 * keyrings: each opens what the other wrote.
 *
 * @module
 */

import {
  constants,
  createCipheriv,
  createDecipheriv,
  createHmac,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  ECDH,
  privateDecrypt,
  publicEncrypt,
  randomBytes,
} from 'node:crypto'
import type { EncryptedDataKey } from '@esdk/cmm'
import type { CurveName } from '@esdk/crypto-backend'
import { describe, expect, it } from 'vitest'
import { curves, ecdhKeys, rsaKeys } from '../test/key-pairs.ts'
import { attemptsOf, contextBytes, counting, unwrappedBy, wrappedBy } from '../test/materials.ts'
import { rawAesKeyring } from './raw-aes.ts'
import { rawEcdhKeyring } from './raw-ecdh.ts'
import { rawRsaKeyring } from './raw-rsa.ts'

const id = { namespace: 'app', name: 'key-1' } as const
const name = Buffer.from(id.name)
const dataKey = counting(32, 0x90)

function plain(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts))
}

type GcmName = 'aes-128-gcm' | 'aes-192-gcm' | 'aes-256-gcm'

function seal(cipherName: GcmName, key: Uint8Array, iv: Uint8Array, aad: Uint8Array, bytes: Uint8Array): Uint8Array {
  const cipher = createCipheriv(cipherName, key, iv).setAAD(aad)
  return plain(cipher.update(bytes), cipher.final(), cipher.getAuthTag())
}

function open(cipherName: GcmName, key: Uint8Array, iv: Uint8Array, aad: Uint8Array, sealed: Uint8Array): Uint8Array {
  const decipher = createDecipheriv(cipherName, key, iv).setAAD(aad).setAuthTag(sealed.subarray(-16))
  return plain(decipher.update(sealed.subarray(0, -16)), decipher.final())
}

describe('raw AES, by hand', () => {
  it.each([
    [16, 'aes-128-gcm'],
    [24, 'aes-192-gcm'],
    [32, 'aes-256-gcm'],
  ] as const)('a wrapping key of %i bytes: %s', async (length, cipherName) => {
    const wrappingKey = counting(length)
    const keyring = rawAesKeyring({ ...id, wrappingKey })
    const lengths = Uint8Array.of(0, 0, 0, 128, 0, 0, 0, 12)

    const { dataKey: theirs, edk } = await wrappedBy(keyring)
    expect(edk.providerInfo.subarray(0, -12)).toEqual(plain(name, lengths))
    const iv = edk.providerInfo.subarray(-12)
    expect(open(cipherName, wrappingKey, iv, contextBytes, edk.ciphertext)).toEqual(theirs)

    const ourIv = counting(12, 0x20)
    const ours: EncryptedDataKey = {
      providerId: 'app',
      providerInfo: plain(name, lengths, ourIv),
      ciphertext: seal(cipherName, wrappingKey, ourIv, contextBytes, dataKey),
    }
    expect(await unwrappedBy(keyring, [ours])).toEqual(dataKey)
  })
})

const { publicKey, privateKey } = await rsaKeys()

/** The block of 256 bytes that the private key makes of a ciphertext, its padding still there. */
function blockOf(ciphertext: Uint8Array): Buffer {
  return privateDecrypt({ key: privateKey, padding: constants.RSA_NO_PADDING }, ciphertext)
}

describe('raw RSA, by hand', () => {
  const edkOf = (ciphertext: Uint8Array): EncryptedDataKey => ({ providerId: 'app', providerInfo: name, ciphertext })

  it.each([
    ['oaep-sha1', 'sha1'],
    ['oaep-sha256', 'sha256'],
    ['oaep-sha384', 'sha384'],
    ['oaep-sha512', 'sha512'],
  ] as const)('%s, whose mask has the same hash (K9)', async (padding, oaepHash) => {
    const keyring = rawRsaKeyring({ ...id, padding, publicKey, privateKey })
    const oaep = { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash }
    const { dataKey: theirs, edk } = await wrappedBy(keyring)
    expect(plain(privateDecrypt({ key: privateKey, ...oaep }, edk.ciphertext))).toEqual(theirs)
    const ours = edkOf(publicEncrypt({ key: publicKey, ...oaep }, dataKey))
    expect(await unwrappedBy(keyring, [ours])).toEqual(dataKey)
  })

  it('pkcs1: 00 02, 221 bytes that are not zero, 00, the data key', async () => {
    const keyring = rawRsaKeyring({ ...id, padding: 'pkcs1', publicKey, privateKey })
    const { dataKey: theirs, edk } = await wrappedBy(keyring)
    const block = blockOf(edk.ciphertext)
    expect([...block.subarray(0, 2)]).toEqual([0, 2])
    expect(block.indexOf(0, 2)).toBe(256 - 32 - 1)
    expect(plain(block.subarray(-32))).toEqual(theirs)
    const ours = edkOf(publicEncrypt({ key: publicKey, padding: constants.RSA_PKCS1_PADDING }, dataKey))
    expect(await unwrappedBy(keyring, [ours])).toEqual(dataKey)
  })

  /** The data key in a block of 256 bytes, encrypted as it is. */
  function withBlock(change: (block: Uint8Array) => void): EncryptedDataKey {
    const block = Uint8Array.of(0, 2, ...new Uint8Array(221).fill(7), 0, ...dataKey)
    change(block)
    return edkOf(publicEncrypt({ key: publicKey, padding: constants.RSA_NO_PADDING }, block))
  }

  it('pkcs1 with a wrong padding: implicit rejection, by which nobody learns that it was wrong (K8)', async () => {
    const keyring = rawRsaKeyring({ ...id, padding: 'pkcs1', privateKey })
    expect(await unwrappedBy(keyring, [withBlock(() => {})])).toEqual(dataKey)
    const outcomes = new Set<string>()
    for (const wrong of [
      withBlock((block) => block.set([0, 1])),
      withBlock((block) => block.set([1, 2])),
      withBlock((block) => block.set([0], 5)),
      withBlock((block) => block.set([7], 223)),
      withBlock((block) => block.fill(7, 2)),
      ...Array.from({ length: 40 }, (_, i) => withBlock((block) => block.set([0, i + 3]))),
    ]) {
      const tried = () => unwrappedBy(keyring, [wrong]).catch(() => undefined)
      const found = await tried()
      // By chance, one in some two hundred has the length of a data key: then it is a wrong one, and always the same.
      expect(await tried()).toEqual(found)
      expect(found).not.toEqual(dataKey)
      if (found === undefined) outcomes.add((await attemptsOf(keyring, [wrong])).map(String).join())
    }
    expect([...outcomes]).toEqual([
      'UnwrapError: "app" / "key-1": it does not unwrap: another wrapping key, another encryption context, or changed bytes',
    ])
  })
})

const curveFacts = {
  'P-256': { label: 'p256', openssl: 'prime256v1' },
  'P-384': { label: 'p384', openssl: 'secp384r1' },
  'P-521': { label: 'p521', openssl: 'secp521r1' },
} as const

/** The compressed point of a public key in PEM. */
function pointOf(curve: CurveName, pem: string): Uint8Array {
  const { x = '', y = '' } = createPublicKey(pem).export({ format: 'jwk' }) as { x?: string; y?: string }
  const whole = Buffer.concat([Uint8Array.of(4), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')])
  return plain(ECDH.convertKey(whole, curveFacts[curve].openssl, undefined, undefined, 'compressed') as Buffer)
}

/** Counter-mode KDF of NIST SP 800-108 with HMAC-SHA-384: 512 bits are two blocks, the second cut. */
function derive(secret: Uint8Array, fixedInfo: Uint8Array, salt: Uint8Array): Uint8Array {
  const block = (counter: number) =>
    createHmac('sha384', secret)
      .update(Uint8Array.of(0, 0, 0, counter))
      .update(fixedInfo)
      .update(Uint8Array.of(0))
      .update(salt)
      .update(Uint8Array.of(0, 0, 2, 0))
      .digest()
  return plain(block(1), block(2)).slice(0, 64)
}

describe('raw ECDH, by hand', () => {
  it.each(curves)('on %s', async (curve) => {
    const [alice, bob] = [await ecdhKeys(curve, 'alice'), await ecdhKeys(curve, 'bob')]
    const sender = pointOf(curve, alice.publicKey)
    const recipient = pointOf(curve, bob.publicKey)
    const secret = diffieHellman({
      privateKey: createPrivateKey(bob.privateKey),
      publicKey: createPublicKey(alice.publicKey),
    })
    const fixedInfo = plain(
      Buffer.from(`ecdh-key-derivation\0${curveFacts[curve].label}\0HMAC_SHA384\0`),
      sender,
      recipient,
      Uint8Array.of(0, 1, 0),
      contextBytes,
    )
    const iv = new Uint8Array(12)

    const from = rawEcdhKeyring({
      curve,
      schema: 'static',
      senderPrivateKey: alice.privateKey,
      recipientPublicKey: bob.publicKey,
    })
    const { dataKey: theirs, edk } = await wrappedBy(from)
    const keys = derive(secret, fixedInfo, edk.ciphertext.subarray(0, 32))
    expect(edk.ciphertext.subarray(32, 64)).toEqual(keys.slice(0, 32))
    expect(open('aes-256-gcm', keys.slice(32), iv, fixedInfo, edk.ciphertext.subarray(64))).toEqual(theirs)

    const salt = randomBytes(32)
    const ourKeys = derive(secret, fixedInfo, salt)
    const sealed = seal('aes-256-gcm', ourKeys.slice(32), iv, fixedInfo, dataKey)
    const lengthOf = (point: Uint8Array) => Uint8Array.of(0, 0, 0, point.length)
    const ours: EncryptedDataKey = {
      providerId: 'raw-ecdh',
      providerInfo: plain(Uint8Array.of(1), lengthOf(recipient), recipient, lengthOf(sender), sender),
      ciphertext: plain(salt, ourKeys.slice(0, 32), sealed),
    }
    const to = rawEcdhKeyring({ curve, schema: 'discovery', recipientPrivateKey: bob.privateKey })
    expect(await unwrappedBy(to, [ours])).toEqual(dataKey)
    expect(await unwrappedBy(from, [ours])).toEqual(dataKey)

    // The commitment is looked at before the wrapped key, which is right here.
    const uncommitted = { ...ours, ciphertext: plain(salt, new Uint8Array(32), sealed) }
    expect(await attemptsOf(to, [uncommitted])).toHaveLength(1)
  })
})
