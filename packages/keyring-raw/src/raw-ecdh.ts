/**
 * The raw ECDH keyring: agrees on a wrapping key from one's own private key and the other's public key.
 *
 * | schema      | encrypts with                 | decrypts with          |
 * | ----------- | ----------------------------- | ---------------------- |
 * | `static`    | own private, other's public   | the same               |
 * | `ephemeral` | a new key, recipient's public |                        |
 * | `discovery` |                               | the recipient's private |
 *
 * Spec: framework/raw-ecdh-keyring.md, framework/key-agreement-schemas.md
 *
 * @module
 */

import {
  type DataKey,
  type EncryptedDataKey,
  type EncryptionContext,
  encodeContext,
  type Keyring,
  KeyringError,
  UnwrapError,
} from '@esdk/cmm'
import {
  type CryptoBackend,
  type CurveName,
  counterKdf,
  curveOfPkcs8,
  defaultBackend,
  type EcdhPrivateKey,
  type EcdhPublicKey,
  equalInConstantTime,
  parseEcSpki,
  parsePem,
} from '@esdk/crypto-backend'
import { concat, sameBytes, utf8 } from '@esdk/serialize'
import { type EcdhProviderInfo, encodeEcdhProviderInfo, parseEcdhProviderInfo } from './ecdh-provider-info.ts'
import { unwrapFirst } from './unwrap-first.ts'
import { unwrappedKey, type WrappedKey, wrapInto } from './wrapping-key.ts'

interface CommonOptions {
  readonly curve: CurveName
  readonly backend?: CryptoBackend
}

/** What a raw ECDH keyring is made of. Private keys are PKCS #8, public keys SPKI, both in PEM. */
export type RawEcdhKeyringOptions = CommonOptions &
  (
    | { readonly schema: 'static'; readonly senderPrivateKey: string; readonly recipientPublicKey: string }
    | { readonly schema: 'ephemeral'; readonly recipientPublicKey: string }
    | { readonly schema: 'discovery'; readonly recipientPrivateKey: string }
  )

/** The keys of a keyring, imported. */
interface EcdhKeys {
  readonly own: EcdhPrivateKey | undefined
  readonly other: EcdhPublicKey | undefined
}

const rawProviderId = 'raw-ecdh'
const kmsProviderId = 'aws-kms-ecdh'

/**
 * A keyring that wraps data keys with a key that sender and recipient agree on.
 *
 * `discovery` unwraps what anybody has wrapped for the recipient, whoever the sender is, those of AWS KMS included.
 *
 * @throws TypeError - no PEM, a key that is not of the curve, an unknown curve or schema
 */
export function rawEcdhKeyring(options: RawEcdhKeyringOptions): Keyring {
  const { curve, schema, backend = defaultBackend } = options
  checkCurve(curve)
  const keys = importKeys(backend, options)
  keys.catch(() => {})
  return {
    async onEncrypt(materials, callOptions) {
      callOptions?.signal?.throwIfAborted()
      return wrapInto(materials, rawProviderId, backend, async (dataKey) => {
        const { own, other } = await keys
        if (other === undefined) {
          throw new KeyringError(
            'an ECDH keyring with schema "discovery" can only decrypt: encrypt with "static" or "ephemeral"',
          )
        }
        const sender = own ?? (await ephemeralKey(backend, curve))
        return wrap({ backend, curve, sender, recipient: other, context: materials.encryptionContext }, dataKey)
      })
    },
    async onDecrypt(materials, encryptedDataKeys, callOptions) {
      const { own, other } = await keys
      if (own === undefined) {
        throw new KeyringError('an ECDH keyring with schema "ephemeral" can only encrypt: decrypt with "discovery"')
      }
      return unwrapFirst(
        materials,
        encryptedDataKeys,
        callOptions,
        `raw ECDH, ${curve}, ${schema}`,
        async (candidate) => {
          const info = ownProviderInfo(curve, candidate, own.publicKey, other)
          if (info === undefined) return undefined
          const peer = other ?? (await backend.ecdh.importPublicKey(curve, info.sender))
          if (peer === undefined) throw new UnwrapError(candidate, `its sender key is no point of ${curve}`)
          const agreement = { backend, curve, own, peer, info, context: materials.encryptionContext }
          return unwrap(agreement, candidate, materials.suite.keyLength)
        },
      )
    },
  }
}

function checkCurve(curve: CurveName): void {
  if (!Object.hasOwn(curveLabels, curve)) {
    throw new TypeError(`curve must be one of ${Object.keys(curveLabels).join(', ')}; found ${String(curve)}`)
  }
}

/** Reads PEM at once, so that a wrong key is told at once; imports what it holds. */
function importKeys(backend: CryptoBackend, options: RawEcdhKeyringOptions): Promise<EcdhKeys> {
  const { curve } = options
  switch (options.schema) {
    case 'static': {
      const own = readPrivateKey(curve, options.senderPrivateKey, 'senderPrivateKey')
      const other = readPublicKey(curve, options.recipientPublicKey, 'recipientPublicKey')
      return imported(importPrivate(backend, curve, own), importPublic(backend, curve, other))
    }
    case 'ephemeral': {
      const other = readPublicKey(curve, options.recipientPublicKey, 'recipientPublicKey')
      return imported(undefined, importPublic(backend, curve, other))
    }
    case 'discovery': {
      const own = readPrivateKey(curve, options.recipientPrivateKey, 'recipientPrivateKey')
      return imported(importPrivate(backend, curve, own), undefined)
    }
    default:
      throw new TypeError('schema must be one of static, ephemeral, discovery')
  }
}

async function imported(
  own: Promise<EcdhPrivateKey> | undefined,
  other: Promise<EcdhPublicKey> | undefined,
): Promise<EcdhKeys> {
  const [ownKey, otherKey] = await Promise.all([own, other])
  return { own: ownKey, other: otherKey }
}

function readPrivateKey(curve: CurveName, pem: string, name: string): Uint8Array {
  const pkcs8 = parsePem('PRIVATE KEY', pem)
  checkKeyCurve(curve, curveOfPkcs8(pkcs8), name)
  return pkcs8
}

function readPublicKey(curve: CurveName, pem: string, name: string): Uint8Array {
  const named = parseEcSpki(parsePem('PUBLIC KEY', pem))
  checkKeyCurve(curve, named?.curve, name)
  return named?.point as Uint8Array
}

function checkKeyCurve(expected: CurveName, found: CurveName | undefined, name: string): void {
  if (found === expected) return
  throw new TypeError(
    found === undefined
      ? `${name} is no elliptic-curve key of a named curve`
      : `${name} is a key of ${found}, the curve of this keyring is ${expected}`,
  )
}

async function importPrivate(backend: CryptoBackend, curve: CurveName, pkcs8: Uint8Array): Promise<EcdhPrivateKey> {
  const key = await backend.ecdh.importPrivateKey(curve, pkcs8)
  pkcs8.fill(0)
  if (key === undefined) throw new KeyringError(`the private key of this ECDH keyring is no usable key of ${curve}`)
  return key
}

async function importPublic(backend: CryptoBackend, curve: CurveName, point: Uint8Array): Promise<EcdhPublicKey> {
  const key = await backend.ecdh.importPublicKey(curve, point)
  if (key === undefined) throw new KeyringError(`the public key of this ECDH keyring is no point of ${curve}`)
  return key
}

async function ephemeralKey(backend: CryptoBackend, curve: CurveName): Promise<EcdhPrivateKey> {
  const pair = await backend.ecdh.generateKeyPair(curve)
  return importPrivate(backend, curve, pair.privateKey)
}

/** The provider info of a key that was wrapped between these two, in either direction; `undefined` for all others. */
function ownProviderInfo(
  curve: CurveName,
  candidate: EncryptedDataKey,
  own: EcdhPublicKey,
  other: EcdhPublicKey | undefined,
): EcdhProviderInfo | undefined {
  if (candidate.providerId !== rawProviderId && candidate.providerId !== kmsProviderId) return undefined
  const info = parseEcdhProviderInfo(curve, candidate.providerInfo)
  if (info === undefined) return undefined
  const isFrom = (sender: Uint8Array, recipient: Uint8Array) =>
    sameBytes(info.sender, sender) && sameBytes(info.recipient, recipient)
  if (other === undefined) return sameBytes(info.recipient, own.point) ? info : undefined
  return isFrom(own.point, other.point) || isFrom(other.point, own.point) ? info : undefined
}

interface Agreement {
  readonly backend: CryptoBackend
  readonly curve: CurveName
  readonly context: EncryptionContext
}

const saltLength = 32
const commitmentLength = 32
const wrappingIv = new Uint8Array(12)

async function wrap(
  agreement: Agreement & { readonly sender: EcdhPrivateKey; readonly recipient: EcdhPublicKey },
  dataKey: Uint8Array,
): Promise<WrappedKey> {
  const { backend, sender, recipient } = agreement
  const info = { sender: sender.publicKey.point, recipient: recipient.point }
  const salt = backend.randomBytes(saltLength)
  const fixedInfo = encodeFixedInfo(agreement, info)
  const keys = await agreedKeys(backend, await sender.sharedSecret(recipient), fixedInfo, salt)
  const sealed = await (await keys.wrappingKey).seal(wrappingIv, fixedInfo, dataKey)
  return { providerInfo: encodeEcdhProviderInfo(info), ciphertext: concat(salt, keys.commitment, sealed) }
}

async function unwrap(
  agreement: Agreement & {
    readonly own: EcdhPrivateKey
    readonly peer: EcdhPublicKey
    readonly info: EcdhProviderInfo
  },
  candidate: EncryptedDataKey,
  keyLength: number,
): Promise<DataKey> {
  const { backend, own, peer, info } = agreement
  const { ciphertext } = candidate
  const salt = ciphertext.subarray(0, saltLength)
  const commitment = ciphertext.subarray(saltLength, saltLength + commitmentLength)
  const fixedInfo = encodeFixedInfo(agreement, info)
  const keys = await agreedKeys(backend, await own.sharedSecret(peer), fixedInfo, salt)
  if (!equalInConstantTime(keys.commitment, commitment)) return unwrappedKey(candidate, undefined, keyLength)
  const sealed = ciphertext.subarray(saltLength + commitmentLength)
  return unwrappedKey(candidate, await (await keys.wrappingKey).open(wrappingIv, fixedInfo, sealed), keyLength)
}

/** The commitment, then the wrapping key. */
async function agreedKeys(backend: CryptoBackend, secret: Uint8Array, fixedInfo: Uint8Array, salt: Uint8Array) {
  const input = { hash: 'SHA-384', key: secret, label: fixedInfo, context: salt, length: 64 } as const
  const derived = await counterKdf(backend, input).finally(() => secret.fill(0))
  const wrappingKey = backend.importAesGcmKey(derived.subarray(commitmentLength))
  const commitment = derived.slice(0, commitmentLength)
  derived.fill(0)
  return { commitment, wrappingKey }
}

const curveLabels: Readonly<Record<CurveName, string>> = { 'P-256': 'p256', 'P-384': 'p384', 'P-521': 'p521' }

/**
 * What the agreed key is bound to, and the additional data of the wrapped one.
 *
 * The label is written in lower case, whatever one block of the specification shows.
 */
function encodeFixedInfo({ curve, context }: Agreement, { sender, recipient }: EcdhProviderInfo): Uint8Array {
  const zero = Uint8Array.of(0)
  return concat(
    utf8('ecdh-key-derivation'),
    zero,
    utf8(curveLabels[curve]),
    zero,
    utf8('HMAC_SHA384'),
    zero,
    sender,
    recipient,
    zero,
    Uint8Array.of(1),
    zero,
    encodeContext(context),
  )
}
