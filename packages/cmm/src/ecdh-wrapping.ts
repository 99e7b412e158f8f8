/**
 * How a data key is wrapped with a shared secret that two elliptic-curve keys agree on, whoever holds them.
 *
 * The ciphertext is salt (32 bytes), commitment (32 bytes), the encrypted key and its tag.
 *
 * Spec: framework/raw-ecdh-keyring.md, framework/key-agreement-schemas.md
 *
 * @module
 */

import {
  type AesGcmKey,
  type CryptoBackend,
  type CurveName,
  counterKdf,
  equalInConstantTime,
} from '@esdk/crypto-backend'
import { concat, type EncryptedDataKey, type EncryptionContext, encodeContext, utf8 } from '@esdk/serialize'
import type { DataKey } from './data-key.ts'
import { type EcdhProviderInfo, encodeEcdhProviderInfo } from './ecdh-provider-info.ts'
import { unwrappedKey, type WrappedKey } from './wrapping.ts'

/** Between whom, on which curve, and what the wrapped key is bound to. */
export interface EcdhAgreement {
  readonly backend: CryptoBackend
  readonly curve: CurveName
  /** Both public keys, as compressed points. */
  readonly parties: EcdhProviderInfo
  readonly context: EncryptionContext
}

const saltLength = 32
const commitmentLength = 32
const wrappingIv = new Uint8Array(12)

/** Wrap a data key. The shared secret, which is the x coordinate of the point agreed on, is zeroed. */
export async function wrapWithSharedSecret(
  agreement: EcdhAgreement,
  sharedSecret: Uint8Array,
  dataKey: Uint8Array,
): Promise<WrappedKey> {
  const { salt, fixedInfo, commitment, wrappingKey } = await deriveKeys(agreement, sharedSecret, () =>
    agreement.backend.randomBytes(saltLength),
  )
  const sealed = await wrappingKey.seal(wrappingIv, fixedInfo, dataKey)
  return {
    providerInfo: encodeEcdhProviderInfo(agreement.parties),
    ciphertext: concat(salt, commitment, sealed),
  }
}

/**
 * Unwrap a data key. The shared secret is zeroed.
 *
 * @throws UnwrapError - another secret, another context, or changed bytes
 */
export async function unwrapWithSharedSecret(
  agreement: EcdhAgreement,
  sharedSecret: Uint8Array,
  wrapped: EncryptedDataKey,
  keyLength: number,
): Promise<DataKey> {
  const { ciphertext } = wrapped
  const claimed = ciphertext.subarray(saltLength, saltLength + commitmentLength)
  const { fixedInfo, commitment, wrappingKey } = await deriveKeys(agreement, sharedSecret, () =>
    ciphertext.subarray(0, saltLength),
  )
  if (!equalInConstantTime(commitment, claimed)) return unwrappedKey(wrapped, undefined, keyLength)
  const sealed = ciphertext.subarray(saltLength + commitmentLength)
  return unwrappedKey(wrapped, await wrappingKey.open(wrappingIv, fixedInfo, sealed), keyLength)
}

interface DerivedKeys {
  readonly salt: Uint8Array
  readonly fixedInfo: Uint8Array
  readonly commitment: Uint8Array
  readonly wrappingKey: AesGcmKey
}

/** The secret is zeroed, whatever fails. */
async function deriveKeys(
  agreement: EcdhAgreement,
  secret: Uint8Array,
  saltOf: () => Uint8Array,
): Promise<DerivedKeys> {
  const { backend } = agreement
  let derived: Uint8Array | undefined
  try {
    const salt = saltOf()
    const fixedInfo = encodeFixedInfo(agreement)
    const input = { hash: 'SHA-384', key: secret, label: fixedInfo, context: salt, length: 64 } as const
    derived = await counterKdf(backend, input)
    const wrappingKey = await backend.importAesGcmKey(derived.subarray(commitmentLength))
    return { salt, fixedInfo, commitment: new Uint8Array(derived.subarray(0, commitmentLength)), wrappingKey }
  } finally {
    secret.fill(0)
    derived?.fill(0)
  }
}

const curveLabels: Readonly<Record<CurveName, string>> = { 'P-256': 'p256', 'P-384': 'p384', 'P-521': 'p521' }

/**
 * What the agreed key is bound to, and the additional data of the wrapped one.
 *
 * The label is written in lower case, whatever one block of the specification shows.
 */
function encodeFixedInfo({ curve, context, parties: { sender, recipient } }: EcdhAgreement): Uint8Array {
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
