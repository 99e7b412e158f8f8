/**
 * A header in words and numbers: for tables, for JSON, for logs. Its open parts only.
 *
 * @module
 */

import type { MessageHeader } from '@esdk/client'
import { algorithmSuite, type EncryptedDataKey, formatSuiteId, hex, parseUtf8, readU32 } from '@esdk/serialize'
import { type KmsKeyName, parseKmsKeyName } from './kms-name.ts'

export interface KeyFacts {
  readonly providerId: string
  /** The name of the key, or the public key of the recipient; hexadecimal where it is no text. */
  readonly keyName: string
  /** What has to be there to unwrap it, as far as can be told. */
  readonly needs: string
  /** The key of AWS KMS, where the name is its ARN. */
  readonly kms?: Pick<KmsKeyName, 'partition' | 'region' | 'account' | 'keyId' | 'multiRegion'>
  /** Of a branch key. */
  readonly branchKeyVersion?: string
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

function keyFacts({ providerId, providerInfo, ciphertext }: EncryptedDataKey): KeyFacts {
  return {
    providerId,
    ...(specificFacts.get(providerId) ?? rawFacts)(providerInfo, ciphertext),
    providerInfoLength: providerInfo.length,
    ciphertextLength: ciphertext.length,
  }
}

type SpecificFacts = Omit<KeyFacts, 'providerId' | 'providerInfoLength' | 'ciphertextLength'>
type ReadFacts = (providerInfo: Uint8Array, ciphertext: Uint8Array) => SpecificFacts

const specificFacts: ReadonlyMap<string, ReadFacts> = new Map<string, ReadFacts>([
  ['aws-kms', (info) => kmsFacts(info, '')],
  ['aws-kms-rsa', (info) => kmsFacts(info, ' (RSA)')],
  ['aws-kms-ecdh', (info) => ecdhFacts(info, 'the AWS KMS key of this public key, or that of its sender (ECDH)')],
  ['aws-kms-hierarchy', branchKeyFacts],
  ['raw-ecdh', (info) => ecdhFacts(info, 'the private key of the recipient (ECDH)')],
])

function kmsFacts(info: Uint8Array, kind: string): SpecificFacts {
  const keyName = textOf(info)
  const name = parseKmsKeyName(keyName)
  if (name === undefined) return { keyName, needs: `the AWS KMS key${kind}` }
  const { partition, region, account, keyId, multiRegion } = name
  return {
    keyName,
    needs: `the AWS KMS key${kind} in ${region}${multiRegion ? ', or a replica in another Region' : ''}, account ${account}`,
    kms: { partition, region, account, keyId, multiRegion },
  }
}

function branchKeyFacts(info: Uint8Array, wrapped: Uint8Array): SpecificFacts {
  const keyName = textOf(info)
  const version = branchKeyVersion(wrapped)
  if (version === undefined) return { keyName, needs: 'the branch key of this id' }
  return { keyName, needs: `the branch key of this id, version ${version}`, branchKeyVersion: version }
}

/** Behind 16 bytes of salt and 12 of IV, before the wrapped key and its tag. */
function branchKeyVersion(wrapped: Uint8Array): string | undefined {
  if (wrapped.length <= 44) return undefined
  return hex(wrapped.subarray(28, 44)).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

function ecdhFacts(info: Uint8Array, needs: string): SpecificFacts {
  return { keyName: textOf(ecdhRecipient(info) ?? info), needs }
}

function rawFacts(info: Uint8Array, wrapped: Uint8Array): SpecificFacts {
  const aesName = rawAesName(info)
  return { keyName: textOf(aesName ?? info), needs: rawNeeds(aesName, wrapped) }
}

function textOf(bytes: Uint8Array): string {
  return parseUtf8(bytes) ?? hex(bytes)
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
