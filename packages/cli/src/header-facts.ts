/**
 * A header in words and numbers: for tables, for JSON, for logs. Its open parts only.
 *
 * @module
 */

import type { MessageHeader } from '@esdk/client'
import { algorithmSuite, type EncryptedDataKey, formatSuiteId, hex, parseUtf8, readU32 } from '@esdk/serialize'

export interface KeyFacts {
  readonly providerId: string
  /** The name of the key, or the public key of the recipient; hexadecimal where it is no text. */
  readonly keyName: string
  /** What has to be there to unwrap it, as far as can be told. */
  readonly needs: string
  readonly providerInfoLength: number
  readonly ciphertextLength: number
}

export interface HeaderFacts {
  readonly format: 1 | 2
  readonly suite: { readonly id: string; readonly name: string; readonly signed: boolean; readonly committing: boolean }
  readonly messageId: string
  readonly encryptionContext: Readonly<Record<string, string>>
  readonly encryptedDataKeys: readonly KeyFacts[]
  readonly contentType: MessageHeader['contentType']
  readonly frameLength: number
}

export function headerFacts(header: MessageHeader): HeaderFacts {
  const suite = algorithmSuite(header.suite)
  return {
    format: header.version,
    suite: {
      id: formatSuiteId(suite.id),
      name: suite.name,
      signed: suite.signature.kind !== 'none',
      committing: suite.committing,
    },
    messageId: hex(header.messageId),
    encryptionContext: header.encryptionContext,
    encryptedDataKeys: header.encryptedDataKeys.map(keyFacts),
    contentType: header.contentType,
    frameLength: header.frameLength,
  }
}

function keyFacts(key: EncryptedDataKey): KeyFacts {
  const { providerId, providerInfo, ciphertext } = key
  const isRawKind = !Object.hasOwn(needsOf, providerId)
  const aesName = isRawKind ? rawAesName(providerInfo) : undefined
  const name = aesName ?? (providerId.endsWith('-ecdh') ? ecdhRecipient(providerInfo) : undefined) ?? providerInfo
  return {
    providerId,
    keyName: parseUtf8(name) ?? hex(name),
    needs: isRawKind ? rawNeeds(aesName, ciphertext) : (needsOf[providerId] as string),
    providerInfoLength: providerInfo.length,
    ciphertextLength: ciphertext.length,
  }
}

const needsOf: Readonly<Record<string, string>> = {
  'aws-kms': 'the AWS KMS key',
  'aws-kms-rsa': 'the AWS KMS key (RSA)',
  'aws-kms-ecdh': 'the private key of the recipient (ECDH)',
  'aws-kms-hierarchy': 'the branch key',
  'raw-ecdh': 'the private key of the recipient (ECDH)',
}

function rawNeeds(aesName: Uint8Array | undefined, { length }: Uint8Array): string {
  if (aesName !== undefined) return 'the AES key of this name'
  return length >= 128 && length % 8 === 0 ? `the private RSA key of this name (${length * 8} bits)` : 'unknown'
}

/** The name before the 20 bytes that raw AES keyrings add: bits of the tag, bytes of the IV, and the IV. */
function rawAesName(info: Uint8Array): Uint8Array | undefined {
  const end = info.length - 20
  if (end < 1 || readU32(info, end) !== 128 || readU32(info, end + 4) !== 12) return undefined
  return info.subarray(0, end)
}

/** The first of the two public keys, behind a version byte and its length. */
function ecdhRecipient(info: Uint8Array): Uint8Array | undefined {
  if (info.length < 5 || info[0] !== 1) return undefined
  const end = 5 + readU32(info, 1)
  return end <= info.length ? info.subarray(5, end) : undefined
}
