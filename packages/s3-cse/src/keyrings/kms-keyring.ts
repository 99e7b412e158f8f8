/**
 * The keyring over a key of AWS KMS that is named.
 *
 * @module
 */

import { type CallOptions, type DataKey, type EncryptionContext, quote } from '@esdk/cmm'
import { checkGrantTokens } from '@esdk/cmm/services'
import { contentSuites } from '../content-suite.ts'
import type { ObjectEncryptionMaterials, ReadyObjectEncryptionMaterials, S3Keyring } from '../materials.ts'
import { callKms, type KmsCallName, kmsInput, unwrappedKeyOf, wrappedKeyOf } from './kms-call.ts'
import { type ClientSource, clientSource, type S3KmsClient } from './kms-client.ts'
import { contextToStore } from './kms-context.ts'
import { checkKmsKeyName, mayAnswerFor } from './kms-key-name.ts'
import { asSource, reEncryptTo } from './kms-re-encrypt.ts'
import { unwrapWithKms } from './kms-unwrap.ts'
import { checkKeyLength } from './wrapping-rules.ts'

/** What a KMS keyring for S3 objects is made of. */
export interface S3KmsKeyringOptions {
  /** An ARN of a key or an alias, `alias/NAME`, or a key id. Sent with every call: no other key can decrypt. */
  readonly keyId: string
  /** Default: one of `@aws-sdk/client-kms`, in the Region of the ARN; otherwise the AWS SDK chooses the Region. */
  readonly client?: S3KmsClient
  readonly grantTokens?: readonly string[]
}

interface KmsKey {
  readonly keyId: string
  readonly region: string | undefined
  readonly given: S3KmsClient | undefined
  readonly client: ClientSource<S3KmsClient>
  readonly grantTokens: readonly string[]
  readonly call: (operation: string) => KmsCallName
}

/**
 * A keyring that wraps data keys with AWS KMS, and unwraps what older clients have wrapped with it.
 *
 * The encryption context of an object is stored with it, readable by all who can read the object, and must be given
 * again to decrypt it.
 *
 * @throws TypeError - a name that can be none of a key, a client without methods, grant tokens that are no texts
 */
export function s3KmsKeyring({ keyId, client, grantTokens }: S3KmsKeyringOptions): S3Keyring {
  const name = checkKmsKeyName(keyId)
  const key: KmsKey = {
    keyId,
    region: name.arn?.region,
    given: client,
    client: clientSource(client, ['generateDataKey', 'encrypt', 'decrypt'], name.arn?.region),
    grantTokens: checkGrantTokens(grantTokens),
    call: (operation) => ({ operation, key: quote(keyId), mayAnswer: (arn) => mayAnswerFor(name, arn) }),
  }
  const keyring: S3Keyring = {
    onEncrypt: (materials, options) => encryptWith(key, materials, options),
    onDecrypt: unwrapWithKms({
      ...key,
      name: key.call('Decrypt'),
      decrypt: (kms, input, options) => kms.decrypt({ KeyId: keyId, ...input }, options),
    }),
    onReEncrypt: (request, options) => reEncryptTo(key, request, options),
  }
  return asSource(keyring, key)
}

async function encryptWith(
  key: KmsKey,
  { suite, encryptionContext, dataKey: given }: ObjectEncryptionMaterials,
  options: CallOptions | undefined,
): Promise<ReadyObjectEncryptionMaterials> {
  const description = contextToStore(encryptionContext, suite)
  if (given !== undefined) checkKeyLength(given, suite)
  const { dataKey, ciphertext } =
    given === undefined ? await generate(key, description, options) : await wrap(key, given, description, options)
  const wrappedDataKey = Object.freeze({ algorithm: 'kms+context' as const, ciphertext, description })
  return Object.freeze({ suite, encryptionContext, dataKey, wrappedDataKey })
}

interface BothForms {
  readonly dataKey: DataKey
  readonly ciphertext: Uint8Array
}

async function generate(
  { keyId, client, grantTokens, call }: KmsKey,
  context: EncryptionContext,
  options: CallOptions | undefined,
): Promise<BothForms> {
  const name = call('GenerateDataKey')
  const input = { KeyId: keyId, ...kmsInput(context, grantTokens), KeySpec: 'AES_256' as const }
  const answer = await callKms(name, client, options, (kms, each) => kms.generateDataKey(input, each))
  // New keys have 32 bytes, whatever else the suite would take.
  const dataKey = unwrappedKeyOf(name, answer, contentSuites.committing)
  try {
    return { dataKey, ciphertext: wrappedKeyOf(name, answer) }
  } catch (error) {
    dataKey.zero()
    throw error
  }
}

async function wrap(
  { keyId, client, grantTokens, call }: KmsKey,
  dataKey: DataKey,
  context: EncryptionContext,
  options: CallOptions | undefined,
): Promise<BothForms> {
  const name = call('Encrypt')
  const plaintext = new Uint8Array(dataKey.expose())
  const input = { KeyId: keyId, ...kmsInput(context, grantTokens), Plaintext: plaintext }
  try {
    const answer = await callKms(name, client, options, (kms, each) => kms.encrypt(input, each))
    return { dataKey, ciphertext: wrappedKeyOf(name, answer) }
  } finally {
    plaintext.fill(0)
  }
}
