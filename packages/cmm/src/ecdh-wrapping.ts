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
  const salt = agreement.backend.randomBytes(saltLength)
  const fixedInfo = encodeFixedInfo(agreement)
  const { commitment, wrappingKey } = await deriveKeys(agreement.backend, sharedSecret, fixedInfo, salt)
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
  const salt = ciphertext.subarray(0, saltLength)
  const claimed = ciphertext.subarray(saltLength, saltLength + commitmentLength)
  const fixedInfo = encodeFixedInfo(agreement)
  const { commitment, wrappingKey } = await deriveKeys(agreement.backend, sharedSecret, fixedInfo, salt)
  if (!equalInConstantTime(commitment, claimed)) return unwrappedKey(wrapped, undefined, keyLength)
  const sealed = ciphertext.subarray(saltLength + commitmentLength)
  return unwrappedKey(wrapped, await wrappingKey.open(wrappingIv, fixedInfo, sealed), keyLength)
}

async function deriveKeys(
  backend: CryptoBackend,
  secret: Uint8Array,
  fixedInfo: Uint8Array,
  salt: Uint8Array,
): Promise<{ readonly commitment: Uint8Array; readonly wrappingKey: AesGcmKey }> {
  const input = { hash: 'SHA-384', key: secret, label: fixedInfo, context: salt, length: 64 } as const
  const derived = await counterKdf(backend, input).finally(() => secret.fill(0))
  try {
    const wrappingKey = await backend.importAesGcmKey(derived.subarray(commitmentLength))
    return { commitment: new Uint8Array(derived.subarray(0, commitmentLength)), wrappingKey }
  } finally {
    derived.fill(0)
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
