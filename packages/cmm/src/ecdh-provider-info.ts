/**
 * What an ECDH keyring writes into the provider info of an encrypted data key.
 *
 * | field            | bytes    | meaning                   |
 * | ---------------- | -------- | ------------------------- |
 * | version          | 1        | `01`                      |
 * | recipient length | 4        | uint32                    |
 * | recipient        | as above | compressed point          |
 * | sender length    | 4        | uint32                    |
 * | sender           | as above | compressed point          |
 *
 * A compressed point has 33, 49 or 67 bytes; the specification's table says 32, 48 or 56.
 *
 * Spec: framework/raw-ecdh-keyring.md, "Key Provider Information"
 *
 * @module
 */

import type { CurveName } from '@esdk/crypto-backend'
import { concat, type EncryptedDataKey, readU32, sameBytes, u32 } from '@esdk/serialize'

/** The two public keys, as compressed points. */
export interface EcdhProviderInfo {
  readonly sender: Uint8Array
  readonly recipient: Uint8Array
}

const version = 1
const pointLengths: Readonly<Record<CurveName, number>> = { 'P-256': 33, 'P-384': 49, 'P-521': 67 }

export function encodeEcdhProviderInfo({ sender, recipient }: EcdhProviderInfo): Uint8Array {
  return concat(Uint8Array.of(version), u32(recipient.length), recipient, u32(sender.length), sender)
}

/** The two keys, `undefined` when these bytes are no provider info for that curve. */
export function parseEcdhProviderInfo(curve: CurveName, info: Uint8Array): EcdhProviderInfo | undefined {
  const length = pointLengths[curve]
  if (info.length !== 1 + 4 + length + 4 + length || info[0] !== version) return undefined
  if (readU32(info, 1) !== length || readU32(info, 5 + length) !== length) return undefined
  return { recipient: info.subarray(5, 5 + length), sender: info.subarray(9 + length) }
}

/** The provider ids of keys that were wrapped by agreement, wherever the private keys are. */
export const rawEcdhProviderId = 'raw-ecdh'
export const kmsEcdhProviderId = 'aws-kms-ecdh'

export function isEcdhProvider({ providerId }: EncryptedDataKey): boolean {
  return providerId === rawEcdhProviderId || providerId === kmsEcdhProviderId
}

/**
 * Between whom a key was wrapped, if it was between these two, in either direction; or, where the other is not known
 * beforehand, by anybody for the first. `undefined` for all other keys. Points are compressed.
 */
export function findEcdhParties(
  curve: CurveName,
  key: EncryptedDataKey,
  own: Uint8Array,
  other: Uint8Array | undefined,
): EcdhProviderInfo | undefined {
  const info = isEcdhProvider(key) ? parseEcdhProviderInfo(curve, key.providerInfo) : undefined
  if (info === undefined) return undefined
  const isFrom = (sender: Uint8Array, recipient: Uint8Array) =>
    sameBytes(info.sender, sender) && sameBytes(info.recipient, recipient)
  if (other === undefined) return sameBytes(info.recipient, own) ? info : undefined
  return isFrom(own, other) || isFrom(other, own) ? info : undefined
}
