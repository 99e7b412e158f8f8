/**
 * `esdk/decrypt/manifest.json`: what it says, and how its entries become keyrings.
 *
 * @module
 */

import {
  type CryptographicMaterialsManager,
  DataKey,
  defaultCmm,
  type Keyring,
  multiKeyring,
  requiredContextCmm,
  withUnwrappedDataKey,
} from '@esdk/cmm'
import type { CryptoBackend } from '@esdk/crypto-backend'
import { type RsaPaddingName, rawAesKeyring, rawEcdhKeyring, rawRsaKeyring } from '@esdk/keyring-raw'
import { kmsKeyringOf } from './kms-keyring-of.ts'
import { fromBase64, readJson } from './source.ts'

export interface KeyDescription {
  readonly type: string
  readonly 'encryption-algorithm'?: string
  readonly 'provider-id'?: string
  readonly key?: string
  readonly 'padding-algorithm'?: string
  readonly 'padding-hash'?: string
  readonly 'ecc-curve'?: string
  readonly schema?: string
  readonly region?: string
  readonly 'default-mrk-region'?: string
  readonly 'aws-kms-discovery-filter'?: { readonly partition: string; readonly 'account-ids': readonly string[] }
  readonly generator?: KeyDescription
  readonly childKeyrings?: readonly KeyDescription[]
  readonly underlying?: KeyDescription
  readonly requiredEncryptionContextKeys?: readonly string[]
}

export interface VectorTest {
  readonly id: string
  readonly group: string
  readonly description: string
  readonly message: string
  readonly messageSha256: string
  readonly suiteId: string
  readonly commitmentPolicies: readonly string[]
  readonly contentType: string
  readonly frameLength: number
  readonly decryptKeyDescription: KeyDescription
  readonly headerEncryptionContext?: Readonly<Record<string, string>>
  readonly reproducedEncryptionContext?: Readonly<Record<string, string>>
  readonly plaintext: { readonly seed: string; readonly length: number; readonly sha256: string }
  readonly result: 'ok' | 'either' | { readonly error: string }
}

export interface KeyEntry {
  readonly 'key-id': string
  readonly material: string
  readonly 'public-material': string
  readonly 'sender-material': string
  readonly 'recipient-material': string
  readonly 'sender-material-public-key': string
  readonly 'recipient-material-public-key': string
  readonly 'sender-public-pem': string
  readonly 'recipient-public-pem': string
}

const { keys } = await readJson<{ keys: Record<string, KeyEntry> }>('esdk/keys.json')

/** Does this description need AWS KMS? */
export function needsKms(description: KeyDescription): boolean {
  return hasPart(description, ({ type }) => type.startsWith('aws-kms'))
}

/** Does this description need a branch key store? Those come with the keyring for them. */
export function needsBranchKeys(description: KeyDescription): boolean {
  return hasPart(description, ({ type }) => type === 'aws-kms-hierarchy')
}

/** PKCS #1 v1.5 is the one thing that WebCrypto cannot do. */
export function needsPkcs1(description: KeyDescription): boolean {
  return hasPart(description, (part) => part['padding-algorithm'] === 'pkcs1')
}

function hasPart(description: KeyDescription, is: (part: KeyDescription) => boolean): boolean {
  const parts = [description.generator, description.underlying, ...(description.childKeyrings ?? [])]
  return is(description) || parts.some((part) => part !== undefined && hasPart(part, is))
}

/** The materials manager that the description asks for. */
export function cmmOf(description: KeyDescription, backend: CryptoBackend): CryptographicMaterialsManager {
  if (description.type === 'required-encryption-context-cmm') {
    const inner = cmmOf(description.underlying as KeyDescription, backend)
    return requiredContextCmm(inner, description.requiredEncryptionContextKeys ?? [])
  }
  return defaultCmm(keyringOf(description, backend), { backend })
}

function keyringOf(description: KeyDescription, backend: CryptoBackend): Keyring {
  if (description.type === 'multi-keyring') {
    const { generator, childKeyrings = [] } = description
    return multiKeyring({
      ...(generator && { generator: keyringOf(generator, backend) }),
      children: childKeyrings.map((child) => keyringOf(child, backend)),
    })
  }
  const kms = kmsKeyringOf(description, keys[description.key ?? ''], backend)
  if (kms !== undefined) return kms
  const key = keys[description.key as string] as KeyEntry
  if (description.type === 'raw-ecdh') return ecdhKeyring(description, key, backend)
  if (description.type !== 'raw') throw new TypeError(`no keyring for ${description.type}`)
  const id = { namespace: description['provider-id'] as string, name: key['key-id'], backend }
  if (description['encryption-algorithm'] === 'aes') {
    return rawAesKeyring({ ...id, wrappingKey: fromBase64(key.material) })
  }
  return rawRsaKeyring({
    ...id,
    padding: paddingOf(description),
    ...(key['public-material'] && { publicKey: key['public-material'] }),
    privateKey: key.material,
  })
}

function paddingOf(description: KeyDescription): RsaPaddingName {
  if (description['padding-algorithm'] === 'pkcs1') return 'pkcs1'
  return `oaep-${description['padding-hash'] as string}` as RsaPaddingName
}

function ecdhKeyring(description: KeyDescription, key: KeyEntry, backend: CryptoBackend): Keyring {
  const curve = `P-${(description['ecc-curve'] as string).slice(4)}` as 'P-256'
  switch (description.schema) {
    case 'static':
      return rawEcdhKeyring({
        curve,
        schema: 'static',
        senderPrivateKey: key['sender-material'],
        recipientPublicKey: key['recipient-public-pem'],
        backend,
      })
    case 'ephemeral':
      return rawEcdhKeyring({ curve, schema: 'ephemeral', recipientPublicKey: key['recipient-public-pem'], backend })
    default:
      return rawEcdhKeyring({ curve, schema: 'discovery', recipientPrivateKey: key['recipient-material'], backend })
  }
}

/** A keyring that knows the data key, for published messages whose wrapping keys nobody has. */
export function staticDataKeyKeyring(plaintextDataKey: Uint8Array): Keyring {
  return {
    async onEncrypt() {
      throw new Error('decrypts only')
    },
    async onDecrypt(materials) {
      return withUnwrappedDataKey(materials, new DataKey(plaintextDataKey))
    },
  }
}

/** The policies of the manifest, in our words. */
export const policyNames = {
  REQUIRE_ENCRYPT_REQUIRE_DECRYPT: 'require-encrypt-require-decrypt',
  REQUIRE_ENCRYPT_ALLOW_DECRYPT: 'require-encrypt-allow-decrypt',
  FORBID_ENCRYPT_ALLOW_DECRYPT: 'forbid-encrypt-allow-decrypt',
} as const

/** The error classes of the manifest, as codes of esdk. */
export const codeOfClass: Readonly<Record<string, string>> = {
  'header-malformed': 'ERR_ESDK_HEADER_MALFORMED',
  'no-decryptable-edk': 'ERR_ESDK_NO_DATA_KEY',
  'header-auth-failed': 'ERR_ESDK_HEADER_AUTH',
  'commitment-mismatch': 'ERR_ESDK_COMMITMENT',
  'body-malformed': 'ERR_ESDK_BODY_MALFORMED',
  'body-sequence': 'ERR_ESDK_BODY_SEQUENCE',
  'body-auth-failed': 'ERR_ESDK_BODY_AUTH',
  truncated: 'ERR_ESDK_TRUNCATED',
  'trailing-bytes': 'ERR_ESDK_TRAILING_BYTES',
  'signature-invalid': 'ERR_ESDK_SIGNATURE',
  'context-public-key': 'ERR_ESDK_PUBLIC_KEY',
  'required-context-missing': 'ERR_ESDK_ENCRYPTION_CONTEXT',
  'encryption-context-mismatch': 'ERR_ESDK_ENCRYPTION_CONTEXT',
}
