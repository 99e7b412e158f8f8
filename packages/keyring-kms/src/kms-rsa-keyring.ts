/**
 * The keyring over an RSA key of AWS KMS: wraps here with the public key, unwraps in AWS KMS.
 *
 * What is wrapped is the SHA-384 digest of the encryption context, and then the data key: RSA has no additional data.
 *
 * Spec: framework/aws-kms/aws-kms-rsa-keyring.md
 *
 * @module
 */

import {
  checkNoDataKey,
  DataKey,
  type EncryptionMaterials,
  encodeContext,
  type Keyring,
  KeyringError,
  quote,
  UnwrapError,
  wrapInto,
} from '@esdk/cmm'
import { checkGrantTokens } from '@esdk/cmm/services'
import {
  type CryptoBackend,
  defaultBackend,
  equalInConstantTime,
  parsePem,
  parseRsaSpki,
  type RsaPadding,
  type RsaPublicKey,
} from '@esdk/crypto-backend'
import { type AlgorithmSuite, concat, utf8 } from '@esdk/serialize'
import { awsClientFor, type ClientFor, clientOfKey, reuseClients } from './client-for.ts'
import { checkKeyIdentifier, isSameMultiRegionKey } from './key-arn.ts'
import { callKms, keyInput, unwrappedKeyOf } from './kms-call.ts'
import type { KmsRsaClient, KmsRsaPadding } from './kms-client.ts'
import { candidatesOf, unwrapCandidates } from './unwrap-candidates.ts'

/** Which RSA key a keyring has. */
export interface KmsRsaKeyringOptions {
  /** The ARN of the key: it is written into messages. */
  readonly keyId: string
  /** SPKI in PEM, 2048 bits or more, as `GetPublicKey` gives it. Needed to encrypt; AWS KMS is not asked then. */
  readonly publicKey?: string
  readonly encryptionAlgorithm: KmsRsaPadding
  /** Default: clients of `@aws-sdk/client-kms`. */
  readonly clientFor?: ClientFor<KmsRsaClient>
  readonly grantTokens?: readonly string[]
  readonly backend?: CryptoBackend
}

const rsaProviderId = 'aws-kms-rsa'
const digestLength = 48
const fewestBits = 2048

const paddings: Readonly<Record<KmsRsaPadding, RsaPadding>> = {
  RSAES_OAEP_SHA_1: { scheme: 'oaep', hash: 'SHA-1' },
  RSAES_OAEP_SHA_256: { scheme: 'oaep', hash: 'SHA-256' },
}

/**
 * A keyring that encrypts with a public key, without a call, and decrypts with AWS KMS.
 *
 * Suites that sign are refused: the key that encrypts is public, so a signature would prove nothing.
 *
 * @throws TypeError - no ARN of a key, no PEM, no RSA key of 2048 bits or more, another padding
 */
export function kmsRsaKeyring(options: KmsRsaKeyringOptions): Keyring {
  const { encryptionAlgorithm, backend = defaultBackend } = options
  const id = checkKeyIdentifier('keyId', options.keyId)
  if (id.arn?.type !== 'key') throw new TypeError(`keyId must be the ARN of a key, found ${quote(id.text)}`)
  if (!Object.hasOwn(paddings, encryptionAlgorithm)) {
    throw new TypeError(
      `encryptionAlgorithm must be one of ${Object.keys(paddings).join(', ')}; found ${String(encryptionAlgorithm)}`,
    )
  }
  const padding = paddings[encryptionAlgorithm]
  const publicKey = options.publicKey === undefined ? undefined : importPublicKey(backend, options.publicKey, padding)
  const clientFor = reuseClients<KmsRsaClient>(options.clientFor ?? awsClientFor)
  const grantTokens = checkGrantTokens(options.grantTokens)
  const digestOf = async (context: EncryptionMaterials['encryptionContext']) =>
    backend.digest('SHA-384', encodeContext(context))

  return {
    async onEncrypt(materials, callOptions) {
      checkUnsigned(materials.suite)
      callOptions?.signal?.throwIfAborted()
      if (publicKey === undefined) {
        throw new KeyringError(
          `this keyring has no publicKey, so it can only decrypt: give the public key of ${quote(id.text)} in PEM, as GetPublicKey gives it`,
        )
      }
      return wrapInto(materials, rsaProviderId, backend, async (dataKey) => {
        const secret = concat(await digestOf(materials.encryptionContext), dataKey)
        try {
          const ciphertext = await (await publicKey).encrypt(secret)
          return { providerInfo: utf8(id.text), ciphertext }
        } finally {
          secret.fill(0)
        }
      })
    },
    async onDecrypt(materials, encryptedDataKeys, callOptions) {
      checkNoDataKey(materials)
      checkUnsigned(materials.suite)
      const { keyLength } = materials.suite
      const all = candidatesOf(encryptedDataKeys, rsaProviderId)
      return unwrapCandidates({
        materials,
        encryptedDataKeys,
        candidates: all.filter(({ arn }) => isSameMultiRegionKey(id, arn)),
        wanted: quote(id.text),
        options: callOptions,
        unwrap: async ({ key }) => {
          const digest = await digestOf(materials.encryptionContext)
          const name = { operation: 'Decrypt', keyId: id.text, region: id.region }
          const kms = await clientOfKey<KmsRsaClient>(clientFor, name, ['decrypt'], callOptions)
          const input = {
            ...keyInput(id.text, grantTokens),
            CiphertextBlob: new Uint8Array(key.ciphertext),
            EncryptionAlgorithm: encryptionAlgorithm,
          }
          const answer = await callKms(name, callOptions, (each) => kms.decrypt(input, each))
          const expected = { keyId: id.text, length: digestLength + keyLength }
          return splitSecret(unwrappedKeyOf(name, answer, expected), digest, () => {
            throw new UnwrapError(key, 'it was wrapped with another encryption context')
          })
        },
      })
    },
  }
}

/** The data key behind the digest; the whole is zeroed. */
function splitSecret(opened: DataKey, digest: Uint8Array, refuse: () => never): DataKey {
  const bytes = opened.expose()
  try {
    if (!equalInConstantTime(bytes.subarray(0, digestLength), digest)) refuse()
    return new DataKey(bytes.subarray(digestLength))
  } finally {
    opened.zero()
  }
}

function checkUnsigned({ name, signature }: AlgorithmSuite): void {
  if (signature.kind === 'none') return
  throw new KeyringError(
    `a keyring over an RSA key of AWS KMS takes no suite that signs, found ${name}: use a suite without signature, such as 0x0478`,
  )
}

function importPublicKey(backend: CryptoBackend, pem: string, padding: RsaPadding): Promise<RsaPublicKey> {
  const spki = parsePem('PUBLIC KEY', pem)
  const modulus = parseRsaSpki(spki)
  if (modulus === undefined) throw new TypeError('publicKey is not an RSA key')
  const bits = modulus.length * 8 - (Math.clz32(modulus[0] ?? 0) - 24)
  if (bits < fewestBits) {
    throw new TypeError(`publicKey has ${bits} bits, at least ${fewestBits} are needed`)
  }
  const key = (async () => backend.rsa.importPublicKey(spki, padding))().then((imported) => {
    if (imported !== undefined) return imported
    throw new KeyringError('the platform cannot use the publicKey of this keyring')
  })
  // Whoever encrypts sees the failure; until then it is nobody's.
  key.catch(() => {})
  return key
}
