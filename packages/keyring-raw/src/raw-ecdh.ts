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

import { type Keyring, KeyringError, UnwrapError, unwrapFirst, wrapInto } from '@esdk/cmm'
import { findEcdhParties, rawEcdhProviderId, unwrapWithSharedSecret, wrapWithSharedSecret } from '@esdk/cmm/ecdh'
import {
  type CryptoBackend,
  type CurveName,
  curveOfPkcs8,
  defaultBackend,
  type EcdhPrivateKey,
  type EcdhPublicKey,
  fieldLength,
  parseEcSpki,
  parsePem,
} from '@esdk/crypto-backend'

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
      return wrapInto(materials, rawEcdhProviderId, backend, async (dataKey) => {
        const { own, other } = await keys
        if (other === undefined) {
          throw new KeyringError(
            'an ECDH keyring with schema "discovery" can only decrypt: encrypt with "static" or "ephemeral"',
          )
        }
        const sender = own ?? (await ephemeralKey(backend, curve))
        const parties = { sender: sender.publicKey.point, recipient: other.point }
        const agreement = { backend, curve, parties, context: materials.encryptionContext }
        return wrapWithSharedSecret(agreement, await sender.sharedSecret(other), dataKey)
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
          const parties = findEcdhParties(curve, candidate, own.publicKey.point, other?.point)
          if (parties === undefined) return undefined
          const peer = other ?? (await backend.ecdh.importPublicKey(curve, parties.sender))
          if (peer === undefined) throw new UnwrapError(candidate, `its sender key is no point of ${curve}`)
          const agreement = { backend, curve, parties, context: materials.encryptionContext }
          return unwrapWithSharedSecret(agreement, await own.sharedSecret(peer), candidate, materials.suite.keyLength)
        },
      )
    },
  }
}

function checkCurve(curve: CurveName): void {
  if (!Object.hasOwn(fieldLength, curve)) {
    throw new TypeError(`curve must be one of ${Object.keys(fieldLength).join(', ')}; found ${String(curve)}`)
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
