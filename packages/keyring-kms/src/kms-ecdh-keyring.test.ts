import type { EncryptedDataKey, Keyring } from '@esdk/cmm'
import { wrapWithSharedSecret } from '@esdk/cmm/ecdh'
import { type CurveName, defaultBackend, encodePem, parseEcSpki } from '@esdk/crypto-backend'
import { contextOf } from '@esdk/serialize'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { awsError, type FakeKms, fakeKms } from '../test/fake-kms.ts'
import {
  attemptsOf,
  context,
  edkOf,
  ireland,
  oregon,
  rejectionOf,
  toDecrypt,
  toEncrypt,
  tokyo,
  unwrappedBy,
  wrappedBy,
} from '../test/materials.ts'
import { kmsEcdhKeyring } from './kms-ecdh-keyring.ts'

const curves: readonly CurveName[] = ['P-256', 'P-384', 'P-521']
/** Bytes of a compressed point, by SEC 1, 2.3.3: one more than a coordinate. */
const pointLength = { 'P-256': 33, 'P-384': 49, 'P-521': 67 } as const

const alice = (curve: CurveName) => `${oregon}-${curve}`
const bob = (curve: CurveName) => `${ireland}-${curve}`
const carol = (curve: CurveName) => `${tokyo}-${curve}`

let kms: FakeKms
const spki = new Map<string, Uint8Array>()
beforeAll(async () => {
  kms = fakeKms()
  for (const curve of curves) {
    for (const arn of [alice(curve), bob(curve), carol(curve)]) spki.set(arn, await kms.addEccKey(arn, curve))
  }
})
beforeEach(() => {
  kms.calls.length = 0
  kms.answering = (_, honest) => honest()
})

const pemOf = (arn: string) => encodePem('PUBLIC KEY', spki.get(arn) as Uint8Array)
const operations = () => kms.calls.map(({ operation, region, input }) => [operation, region, input.KeyId])

function between(curve: CurveName, own: string, other: string, options = {}): Keyring {
  const keys = { senderKeyId: own, recipientPublicKey: pemOf(other) }
  return kmsEcdhKeyring({ curve, schema: 'static', ...keys, clientFor: kms.clientFor, ...options })
}

function toAnybody(curve: CurveName, recipientKeyId: string, options = {}): Keyring {
  return kmsEcdhKeyring({ curve, schema: 'discovery', recipientKeyId, clientFor: kms.clientFor, ...options })
}

describe.each(curves)('the keyring over an elliptic-curve key of AWS KMS, on %s', (curve) => {
  it('writes both public keys beside what it wraps', async () => {
    const { edks } = await wrappedBy(between(curve, alice(curve), bob(curve)))
    const [{ providerId, providerInfo, ciphertext }] = edks as [EncryptedDataKey]
    const length = pointLength[curve]
    expect(providerId).toBe('aws-kms-ecdh')
    expect(providerInfo).toHaveLength(1 + 2 * (4 + length))
    expect([...providerInfo.subarray(0, 5)]).toEqual([1, 0, 0, 0, length])
    expect(providerInfo.subarray(6, 5 + length)).toEqual(xOf(bob(curve)))
    expect(providerInfo.subarray(10 + length)).toEqual(xOf(alice(curve)))
    // Salt and commitment of 32 bytes, a data key of 32, a tag of 16.
    expect(ciphertext).toHaveLength(32 + 32 + 32 + 16)
  })

  it('opens between the two of them in both directions, and nobody else opens it', async () => {
    const { dataKey, edks } = await wrappedBy(between(curve, alice(curve), bob(curve)))
    expect(await unwrappedBy(between(curve, alice(curve), bob(curve)), edks)).toEqual(dataKey)
    expect(await unwrappedBy(between(curve, bob(curve), alice(curve)), edks)).toEqual(dataKey)
    expect(await attemptsOf(between(curve, carol(curve), alice(curve)), edks)).toEqual([])
    expect(await attemptsOf(between(curve, alice(curve), carol(curve)), edks)).toEqual([])
  })

  it('opens for the recipient, whoever the sender was, and not for the sender', async () => {
    const { dataKey, edks } = await wrappedBy(between(curve, alice(curve), bob(curve)))
    expect(await unwrappedBy(toAnybody(curve, bob(curve)), edks)).toEqual(dataKey)
    expect(await attemptsOf(toAnybody(curve, alice(curve)), edks)).toEqual([])
  })

  it('opens what a raw ECDH keyring has wrapped for it', async () => {
    const { dataKey, edk } = await rawWrapped(curve, bob(curve))
    expect(await unwrappedBy(toAnybody(curve, bob(curve)), [edk])).toEqual(dataKey)
  })

  it.each([
    [
      'another value',
      [
        ['purpose', 'backup'],
        ['tenant', '43'],
      ],
    ],
    ['no context', []],
  ] as [string, [string, string][]][])('does not open with another context: %s', async (_, pairs) => {
    const keyring = between(curve, alice(curve), bob(curve))
    const { edks } = await wrappedBy(keyring)
    expect(await attemptsOf(keyring, edks, toDecrypt(0x0478, contextOf(pairs)))).toHaveLength(1)
  })

  it.each([
    ['has no SharedSecret', () => ({ KeyId: alice(curve) })],
    ['has no SharedSecret', () => ({ KeyId: alice(curve), SharedSecret: [7, 7, 7] })],
    ['names another key', () => ({ KeyId: bob(curve), SharedSecret: new Uint8Array(pointLength[curve] - 1).fill(7) })],
    ['names another key', () => ({ SharedSecret: new Uint8Array(pointLength[curve] - 1).fill(7) })],
    [
      'has a SharedSecret of',
      () => ({ KeyId: alice(curve), SharedSecret: new Uint8Array(pointLength[curve]).fill(7) }),
    ],
    [
      'has a SharedSecret of',
      () => ({ KeyId: alice(curve), SharedSecret: new Uint8Array(pointLength[curve] - 2).fill(7) }),
    ],
    ['is no object', () => null],
  ])('refuses a wrong shared secret, and zeroes it (M3): %s', async (says, answer) => {
    const keyring = between(curve, alice(curve), bob(curve), { senderPublicKey: pemOf(alice(curve)) })
    const { edks } = await wrappedBy(keyring)
    for (const use of [() => keyring.onEncrypt(toEncrypt()), () => keyring.onDecrypt(toDecrypt(), edks)]) {
      const given = answer()
      kms.answering = () => given
      expect((await rejectionOf(use())).message).toContain(says)
      const held = given && 'SharedSecret' in given ? given.SharedSecret : []
      expect([...(held as Iterable<number>)].every((byte) => byte === 0)).toBe(true)
    }
  })
})

describe('the keyring over an elliptic-curve key of AWS KMS', () => {
  const curve = 'P-256'
  const [sender, recipient] = [alice(curve), bob(curve)]

  it('asks once for its public key, then once for each agreement, with grant tokens', async () => {
    const keyring = between(curve, sender, recipient, { grantTokens: ['token'] })
    await unwrappedBy(keyring, (await wrappedBy(keyring)).edks)
    expect(operations()).toEqual([
      ['GetPublicKey', 'us-west-2', sender],
      ['DeriveSharedSecret', 'us-west-2', sender],
      ['DeriveSharedSecret', 'us-west-2', sender],
    ])
    for (const { input } of kms.calls) expect(input.GrantTokens).toEqual(['token'])
    expect(kms.calls[1]?.input).toMatchObject({ KeyAgreementAlgorithm: 'ECDH', PublicKey: spki.get(recipient) })
  })

  it('does not ask for a public key that it was given', async () => {
    await wrappedBy(between(curve, sender, recipient, { senderPublicKey: pemOf(sender) }))
    expect(operations()).toEqual([['DeriveSharedSecret', 'us-west-2', sender]])
  })

  it('makes no call for a message that has no key of its kind (M1)', async () => {
    for (const keyring of [between(curve, sender, recipient), toAnybody(curve, recipient)]) {
      expect(await attemptsOf(keyring, [edkOf(sender), edkOf(recipient, undefined, 'aws-kms-rsa')])).toEqual([])
    }
    expect(kms.calls).toEqual([])
  })

  it('passes over keys of other curves, and provider info that is none', async () => {
    const other = await wrappedBy(between('P-384', alice('P-384'), bob('P-384')))
    const own = await wrappedBy(between(curve, sender, recipient))
    const [good] = own.edks as [EncryptedDataKey]
    const spoiled = [
      ...other.edks,
      { ...good, providerInfo: good.providerInfo.slice(1) },
      { ...good, providerInfo: good.providerInfo.map((byte, i) => (i === 0 ? 2 : byte)) },
      { ...good, providerInfo: new Uint8Array(0) },
    ]
    kms.calls.length = 0
    expect(await attemptsOf(toAnybody(curve, recipient), spoiled)).toEqual([])
    expect(await unwrappedBy(toAnybody(curve, recipient), [...spoiled, good])).toEqual(own.dataKey)
    expect(kms.calls.filter(({ operation }) => operation === 'DeriveSharedSecret')).toHaveLength(1)
  })

  it('asks for no agreement with a sender that is no point of the curve', async () => {
    const { edks } = await wrappedBy(between(curve, sender, recipient))
    const [good] = edks as [EncryptedDataKey]
    const forged = {
      ...good,
      providerInfo: Uint8Array.of(...good.providerInfo.subarray(0, 43), ...new Uint8Array(32).fill(0xff)),
    }
    kms.calls.length = 0
    const [attempt] = await attemptsOf(toAnybody(curve, recipient), [forged])
    expect(attempt?.message).toContain('its sender key is no point of P-256')
    expect(operations()).toEqual([['GetPublicKey', 'eu-west-1', recipient]])
  })

  it('tries the next key after a bad one: bad, bad, good (M4)', async () => {
    const { dataKey, edks } = await wrappedBy(between(curve, sender, recipient))
    const [good] = edks as [EncryptedDataKey]
    const bad = { ...good, ciphertext: good.ciphertext.map((byte, i) => (i === 40 ? byte ^ 1 : byte)) }
    const short = { ...good, ciphertext: good.ciphertext.subarray(0, 10) }
    expect(await unwrappedBy(toAnybody(curve, recipient), [bad, short, good])).toEqual(dataKey)
    expect(await attemptsOf(toAnybody(curve, recipient), [bad, short])).toHaveLength(2)
  })

  it.each([
    ['names another key', () => ({ KeyId: recipient, PublicKey: spki.get(sender) })],
    ['names another key', () => ({ PublicKey: spki.get(sender) })],
    ['has no public key of P-256', () => ({ KeyId: sender })],
    ['has no public key of P-256', () => ({ KeyId: sender, PublicKey: pemOf(sender) })],
    ['has no public key of P-256', () => ({ KeyId: sender, PublicKey: spki.get(alice('P-384')) })],
    ['has no public key of P-256', () => ({ KeyId: sender, PublicKey: new Uint8Array(91) })],
    ['has no public key of P-256', () => ({ KeyId: sender, PublicKey: offCurve() })],
    ['is no object', () => undefined],
  ])('refuses a wrong public key (M3): %s', async (says, answer) => {
    kms.answering = () => answer()
    const error = await rejectionOf(between(curve, sender, recipient).onEncrypt(toEncrypt()))
    expect(error).toMatchObject({ code: 'ERR_ESDK_KEYRING' })
    expect(error.message).toContain(`the answer to KMS GetPublicKey with "${sender}" in us-west-2 ${says}`)
  })

  it('asks again for a public key after a failure', async () => {
    const keyring = between(curve, sender, recipient)
    kms.answering = async () => {
      throw awsError('TimeoutError')
    }
    const error = await rejectionOf(keyring.onEncrypt(toEncrypt()))
    expect(error.message).toContain('KMS GetPublicKey')
    kms.answering = (_, honest) => honest()
    expect((await wrappedBy(keyring)).dataKey).toHaveLength(32)
  })

  it.each(['GetPublicKey', 'DeriveSharedSecret'])('stops at an abort during %s', async (operation) => {
    const { edks } = await wrappedBy(between(curve, sender, recipient))
    for (const use of ['onEncrypt', 'onDecrypt'] as const) {
      const abort = new AbortController()
      const reason = new Error('enough')
      kms.answering = (call, honest) => {
        if (call.operation !== operation) return honest()
        abort.abort(reason)
        return new Promise(() => {})
      }
      const keyring = between(curve, sender, recipient)
      const options = { signal: abort.signal }
      const ended = use === 'onEncrypt' ? keyring[use](toEncrypt(), options) : keyring[use](toDecrypt(), edks, options)
      expect(await rejectionOf(ended)).toBe(reason)
    }
  })

  it('cannot encrypt with the schema discovery', async () => {
    const error = await rejectionOf(toAnybody(curve, recipient).onEncrypt(toEncrypt()))
    expect(error).toMatchObject({ code: 'ERR_ESDK_KEYRING' })
    expect(error.message).toContain('"static"')
    expect(kms.calls).toEqual([])
  })

  const whole = { curve, schema: 'static', senderKeyId: sender }
  it.each([
    ['another curve', { ...whole, curve: 'secp256k1' }],
    ['no curve', { ...whole, curve: undefined }],
    ['another schema', { ...whole, schema: 'ephemeral' }],
    ['no schema', { ...whole, schema: undefined }],
    ['an alias', { ...whole, senderKeyId: 'alias/mine' }],
    ['a key id', { ...whole, senderKeyId: oregon.replace(/.*\//, '') }],
    ['no key', { ...whole, senderKeyId: undefined }],
    ['an alias as recipient', { curve, schema: 'discovery', recipientKeyId: 'alias/mine' }],
    ['no public key', { ...whole, recipientPublicKey: undefined }],
    ['a public key that is no PEM', { ...whole, recipientPublicKey: 'MIIB' }],
    ['grant tokens that are no list', { ...whole, grantTokens: 'token' }],
  ])('is not made with %s', (_, options) => {
    expect(() => kmsEcdhKeyring({ recipientPublicKey: pemOf(recipient), ...options } as never)).toThrow(TypeError)
  })

  it('is not made with public keys of another curve, or off the curve', () => {
    const offTheCurve = encodePem('PUBLIC KEY', offCurve())
    for (const key of [pemOf(bob('P-384')), offTheCurve]) {
      expect(() => between(curve, sender, recipient, { recipientPublicKey: key })).toThrow('no public key of P-256')
      expect(() => between(curve, sender, recipient, { senderPublicKey: key })).toThrow('no public key of P-256')
    }
  })

  /** The key of `sender` with one bit of y changed. */
  function offCurve(): Uint8Array {
    const key = new Uint8Array(spki.get(sender) as Uint8Array)
    key[key.length - 1] = (key[key.length - 1] as number) ^ 1
    return key
  }
})

/** The x coordinate in an SPKI, behind the byte 04 of a whole point. */
function xOf(arn: string): Uint8Array {
  const { point } = parseEcSpki(spki.get(arn) as Uint8Array) as { point: Uint8Array }
  return point.subarray(1, 1 + (point.length - 1) / 2)
}

/** As a raw ECDH keyring with an ephemeral key wraps a data key: all of it here. */
async function rawWrapped(curve: CurveName, recipientArn: string) {
  const { ecdh } = defaultBackend
  const own = await ecdh.importPrivateKey(curve, (await ecdh.generateKeyPair(curve)).privateKey)
  const { point } = parseEcSpki(spki.get(recipientArn) as Uint8Array) as { point: Uint8Array }
  const other = await ecdh.importPublicKey(curve, point)
  if (own === undefined || other === undefined) throw new Error('no keys')
  const dataKey = Uint8Array.from({ length: 32 }, (_, i) => i)
  const parties = { sender: own.publicKey.point, recipient: other.point }
  const agreement = { backend: defaultBackend, curve, context, parties }
  const wrapped = await wrapWithSharedSecret(agreement, await own.sharedSecret(other), dataKey)
  return { dataKey, edk: { providerId: 'raw-ecdh', ...wrapped } }
}
