/**
 * What is asked of a client of AWS KMS: the shape of `KMS` in `@aws-sdk/client-kms`, as far as it is used here.
 *
 * Answers are typed as they may be, not as they should be: every field is checked.
 *
 * @module
 */

import { hasMethods } from '@esdk/cmm'
import type { ServiceCallOptions } from '@esdk/cmm/services'
import { DataKeyError } from '../errors.ts'

type Call<Input, Output> = (input: Input, options?: ServiceCallOptions) => Promise<Output>

interface CommonInput {
  EncryptionContext?: Record<string, string>
  GrantTokens?: string[]
}

interface KeyInput extends CommonInput {
  KeyId: string
}

/** `KeyId` is the ARN of the key that was used. */
export interface WrappedAnswer {
  readonly KeyId?: string | undefined
  readonly CiphertextBlob?: Uint8Array | undefined
}

export interface UnwrappedAnswer {
  readonly KeyId?: string | undefined
  readonly Plaintext?: Uint8Array | undefined
}

export interface ReEncryptedAnswer extends WrappedAnswer {
  readonly SourceKeyId?: string | undefined
}

interface ReEncryptInput {
  CiphertextBlob: Uint8Array
  SourceKeyId?: string
  SourceEncryptionContext: Record<string, string>
  DestinationKeyId: string
  DestinationEncryptionContext: Record<string, string>
  GrantTokens?: string[]
}

interface MayReEncrypt {
  /** Without it, what is rewrapped from one key to another is unwrapped in between. */
  reEncrypt?: Call<ReEncryptInput, ReEncryptedAnswer>
}

/** For the keyring over a key that is named. */
export interface S3KmsClient extends MayReEncrypt {
  generateDataKey: Call<KeyInput & { KeySpec: 'AES_256' }, WrappedAnswer & UnwrappedAnswer>
  encrypt: Call<KeyInput & { Plaintext: Uint8Array }, WrappedAnswer>
  decrypt: Call<KeyInput & { CiphertextBlob: Uint8Array }, UnwrappedAnswer>
}

/** For the keyring that only decrypts, and names no key. */
export interface S3KmsDiscoveryClient extends MayReEncrypt {
  decrypt: Call<CommonInput & { CiphertextBlob: Uint8Array }, UnwrappedAnswer>
}

/** What `KMS` of `@aws-sdk/client-kms` does. */
type AwsClient = S3KmsClient & S3KmsDiscoveryClient

/** Gives the client, which is made when it is first needed. */
export type ClientSource<Client> = () => Promise<Client>

/**
 * The client of the caller, or one of `@aws-sdk/client-kms`.
 *
 * @param region - of the key; `undefined` leaves it to the AWS SDK
 * @throws TypeError - the caller's client lacks a method
 */
export function clientSource<Client extends object>(
  client: Client | undefined,
  methods: readonly (keyof Client & string)[],
  region: string | undefined,
): ClientSource<Client | AwsClient> {
  if (client === undefined) return awsClient(region)
  if (!hasMethods(client, ...methods)) {
    throw new TypeError(
      `client must have the methods ${methods.join(', ')}: give \`new KMS({ region })\` of @aws-sdk/client-kms, which has one for each call (\`KMSClient\` has not)`,
    )
  }
  return async () => client
}

function awsClient(region: string | undefined): ClientSource<AwsClient> {
  let made: Promise<AwsClient> | undefined
  return () => {
    made ??= makeAwsClient(region)
    return made
  }
}

/**
 * A client whose credentials come from the environment, as the AWS SDK finds them.
 *
 * @throws DataKeyError - `@aws-sdk/client-kms` is not installed
 */
export async function makeAwsClient(region: string | undefined): Promise<AwsClient> {
  const { KMS } = await import('@aws-sdk/client-kms').catch((cause: unknown) => {
    throw new DataKeyError(
      '@aws-sdk/client-kms could not be loaded: install it, or give the keyring a client of your own',
      { cause },
    )
  })
  return new KMS({ ...(region !== undefined && { region }), customUserAgent: [['esdk-s3-cse']] })
}
